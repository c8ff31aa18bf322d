/** Connections without an admitted call: there are few of them, and none stays for long. */

/** The bounds of strangers. */
export interface StrangerBounds {
  /** Most of them in all. */
  readonly max: number
  /** Most connections, of strangers and others. */
  readonly connectionsMax: number
  /** Most of them from one address. */
  readonly perAddressMax: number
  /** Addresses that many come from, such as those of proxies. */
  readonly proxies: ReadonlySet<string>
  /** Most calls until one is admitted. */
  readonly callsMax: number
  /** Longest time until a call is admitted, in nanoseconds. */
  readonly strangerNanos: bigint
  /** Longest time from the end of the last admitted call, in nanoseconds. */
  readonly idleNanos: bigint
}

interface Connection {
  readonly address: string
  calls: number
  /** Calls before one was admitted. */
  asked: number
  isKnown: boolean
}

/** Connections whose time is over: those that never had a call admitted, and those that are idle. */
export interface Overdue<Id> {
  readonly strangers: ReadonlyArray<Id>
  readonly idle: ReadonlyArray<Id>
}

/** Knows of each connection whether a call was admitted on it, and when its time without one began. */
export class Strangers<Id> {
  readonly #bounds: StrangerBounds
  readonly #connections = new Map<Id, Connection>()
  /** Those that were never admitted a call, by the time of their arrival. */
  readonly #strangers = new Map<Id, bigint>()
  readonly #perAddress = new Map<string, number>()
  /** Those without an admitted call at present, by the end of the last one. */
  readonly #idle = new Map<Id, bigint>()

  constructor(bounds: StrangerBounds) {
    this.#bounds = bounds
  }

  /**
   * Notes a connection; gives the one to let go, if there are too many strangers: itself if they are of its address,
   * otherwise the oldest, since who means well has a call admitted soon. The oldest goes as well if all connections
   * are taken: a stranger keeps nobody out.
   */
  arrive(id: Id, address: string, now: bigint): Id | undefined {
    const { connectionsMax, max, perAddressMax, proxies } = this.#bounds
    const ofAddress = this.#perAddress.get(address) ?? 0
    if (ofAddress >= perAddressMax && !proxies.has(address)) return id
    const isFull = this.#strangers.size >= max || this.#connections.size >= connectionsMax
    const [oldest] = isFull ? this.#strangers.keys() : []
    if (oldest !== undefined) this.leave(oldest)
    this.#connections.set(id, { address, calls: 0, asked: 0, isKnown: false })
    this.#strangers.set(id, now)
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1)
    return oldest
  }

  /** A call asks to be admitted; `false` if too many have done so in vain. */
  ask(id: Id): boolean {
    const connection = this.#connections.get(id)
    return connection === undefined || connection.isKnown || ++connection.asked <= this.#bounds.callsMax
  }

  /** A call was admitted. */
  admit(id: Id): void {
    const connection = this.#connections.get(id)
    if (connection === undefined) return
    if (!connection.isKnown) this.#noStranger(id, connection)
    connection.isKnown = true
    connection.calls++
    this.#idle.delete(id)
  }

  /** An admitted call is over. */
  end(id: Id, now: bigint): void {
    const connection = this.#connections.get(id)
    if (connection !== undefined && --connection.calls === 0) this.#idle.set(id, now)
  }

  leave(id: Id): void {
    const connection = this.#connections.get(id)
    if (connection === undefined) return
    if (!connection.isKnown) this.#noStranger(id, connection)
    this.#idle.delete(id)
    this.#connections.delete(id)
  }

  /** Those whose time is over by now. An idle connection is told once, and may end what it has begun. */
  overdue(now: bigint): Overdue<Id> {
    const { idleNanos, strangerNanos } = this.#bounds
    const idle = olderThan(this.#idle, now - idleNanos)
    for (const id of idle) this.#idle.delete(id)
    return { strangers: olderThan(this.#strangers, now - strangerNanos), idle }
  }

  #noStranger(id: Id, { address }: Connection): void {
    this.#strangers.delete(id)
    const left = (this.#perAddress.get(address) ?? 1) - 1
    if (left > 0) this.#perAddress.set(address, left)
    else this.#perAddress.delete(address)
  }
}

/** The map is in the order of time. */
const olderThan = <Id>(since: ReadonlyMap<Id, bigint>, at: bigint): ReadonlyArray<Id> => {
  const found: Array<Id> = []
  for (const [id, begun] of since) {
    if (begun > at) break
    found.push(id)
  }
  return found
}
