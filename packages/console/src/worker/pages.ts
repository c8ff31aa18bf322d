/** The pages that a worker serves, and all that a new one must be told. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { UnreadableDispatch } from "@effect-dispatch/core/DispatchClient"
import type { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import {
  type Happening,
  type KeyState,
  type Port,
  type Knowledge,
  noKnowledge,
  type Size,
  toPage,
  type ToPage,
  type Unreadable
} from "./protocol.ts"

/** Most things that happened that are kept for new pages. */
export const happeningsMax = 1_000

/** Most dispatches of one message. */
const messageMax = 500

/** Knows what is known, and tells it to all pages. */
export class Pages {
  readonly #ports = new Set<Port>()
  readonly #dispatches = new Map<DispatchId, Dispatch>()
  readonly #happenings: Array<Happening> = []
  readonly listeningSince: number
  #knowledge = noKnowledge
  #unreadable: ReadonlyArray<Unreadable> = []
  #key: KeyState = { _tag: "Unknown" }
  #end: ToPage | undefined

  constructor(listeningSince: number) {
    this.listeningSince = listeningSince
  }

  /** The ids of all that is known at the moment. */
  readonly knownIds = (): ReadonlySet<DispatchId> => new Set(this.#dispatches.keys())

  get knowledge(): Knowledge {
    return this.#knowledge
  }

  /** Tells a page all that is known, and from then on what changes. */
  enter(port: Port): void {
    this.#ports.add(port)
    toPage(port, { _tag: "Begun", listeningSince: this.listeningSince })
    toPage(port, { _tag: "Keyed", key: this.#key })
    const all = [...this.#dispatches.values()]
    for (let from = 0; from < all.length; from += messageMax)
      toPage(port, { _tag: "Changed", dispatches: all.slice(from, from + messageMax), gone: [] })
    toPage(port, { _tag: "Happened", lines: this.#happenings })
    toPage(port, { _tag: "Stands", knowledge: this.#knowledge, unreadable: this.#unreadable })
    // A session may end before its first page is in.
    if (this.#end !== undefined) toPage(port, this.#end)
  }

  /** The pages that were let in, and have not left. */
  get ports(): ReadonlyArray<Port> {
    return [...this.#ports]
  }

  /** True if a page was let in, and has not left. */
  has(port: Port): boolean {
    return this.#ports.has(port)
  }

  leave(port: Port): void {
    this.#ports.delete(port)
  }

  /** Learns of dispatches that came, changed or went. */
  changed(batch: ReadonlyArray<DispatchEvent>): void {
    const dispatches = new Map<DispatchId, Dispatch>()
    const gone = new Set<DispatchId>()
    for (const { _tag, dispatch } of batch) {
      const isGone = _tag === "Deleted" || _tag === "Retired"
      if (isGone) {
        this.#dispatches.delete(dispatch.id)
        dispatches.delete(dispatch.id)
        gone.add(dispatch.id)
      } else {
        this.#dispatches.set(dispatch.id, dispatch)
        dispatches.set(dispatch.id, dispatch)
        gone.delete(dispatch.id)
      }
    }
    const all = [...dispatches.values()]
    const last = [...gone]
    for (let from = 0; from === 0 || from < all.length; from += messageMax)
      this.#tell({
        _tag: "Changed",
        dispatches: all.slice(from, from + messageMax),
        gone: from === 0 ? last : []
      })
  }

  stands(knowledge: Knowledge, unreadable: ReadonlyArray<UnreadableDispatch>): void {
    this.#knowledge = knowledge
    this.#unreadable = unreadable.map(plain)
    this.#tellKnowledge()
  }

  /** Learns how much there is. */
  sized(size: Size): void {
    this.#knowledge = { ...this.#knowledge, size }
    this.#tellKnowledge()
  }

  unreadable(unreadable: ReadonlyArray<UnreadableDispatch>): void {
    if (unreadable.length > 0 || this.#unreadable.length > 0) this.stands(this.#knowledge, unreadable)
  }

  keyed(key: KeyState): void {
    this.#key = key
    this.#tell({ _tag: "Keyed", key })
  }

  happened(lines: ReadonlyArray<Happening>): void {
    if (lines.length === 0) return
    const recent = lines.slice(-happeningsMax)
    this.#happenings.push(...recent)
    this.#happenings.splice(0, Math.max(0, this.#happenings.length - happeningsMax))
    this.#tell({ _tag: "Happened", lines: recent })
  }

  /** True if nothing more is told. */
  get hasEnded(): boolean {
    return this.#end !== undefined
  }

  /** Nothing more is told, for a reason. */
  ended(cause: string): void {
    this.#end = { _tag: "Ended", cause }
    this.#tell(this.#end)
  }

  #tellKnowledge(): void {
    this.#tell({ _tag: "Stands", knowledge: this.#knowledge, unreadable: this.#unreadable })
  }

  #tell(message: ToPage): void {
    for (const port of this.#ports) toPage(port, message)
  }
}

const plain = ({ id, message, path }: UnreadableDispatch): Unreadable => ({
  id: id === undefined ? null : String(id),
  path,
  message
})
