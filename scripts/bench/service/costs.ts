/** The processor time of calls and streams, for the server and for the client, beside others in the same run. */
import { percentile } from "../shared/statistics.ts"
import type { Obedient, Reply } from "./process.ts"
import type { ClientKind, Peers, Server, ServerKind } from "./peers.ts"

const rounds = 5
/** A process that has just started is being compiled still. */
const warmUps = 3

/** Something to measure; a negative figure is none. */
export type Measure = () => Promise<number>

/** The middle of several measurements of each, taken in turn. */
export const inTurn = async <Name extends string>(
  measures: Readonly<Record<Name, Measure>>,
  more = { rounds, warmUps }
): Promise<Record<Name, number>> => {
  const names = Object.keys(measures) as Array<Name>
  const found = new Map<Name, Array<number>>(names.map((name) => [name, []]))
  for (let round = -more.warmUps; round < more.rounds; round++)
    for (const name of names) {
      const figure = await measures[name]()
      if (round >= 0) found.get(name)?.push(figure)
    }
  return Object.fromEntries(names.map((name) => [name, percentile(found.get(name) ?? [], 0.5)])) as Record<
    Name,
    number
  >
}

const cpuOf = async (process: Obedient): Promise<number> => (await process.ask("usage"))["cpu"] ?? 0

/** Processor time of a server for one of so many calls, in microseconds. */
export const serverTime =
  ({ process }: Server, client: Obedient, command: string, count: number): Measure =>
  async () => {
    const before = await cpuOf(process)
    await client.ask(command, count)
    return ((await cpuOf(process)) - before) / count
  }

const figureOf =
  (client: Obedient, command: string, count: number, of: (reply: Reply) => number): Measure =>
  async () =>
    of(await client.ask(command, count))

/** Processor time of a client for one of so many calls, in microseconds. */
export const clientTime = (client: Obedient, command: string, count: number): Measure =>
  figureOf(client, command, count, ({ cpu = 0 }) => cpu / count)

/** Calls a second of a pair. */
export const rate = (client: Obedient, command: string, count: number): Measure =>
  figureOf(client, command, count, ({ millis = 0 }) => (count / millis) * 1_000)

/** Each of some servers, asked by a raw client. */
export const servers = async (
  peers: Peers,
  kinds: ReadonlyArray<ServerKind>,
  command: string,
  count: number
): Promise<Record<string, number>> => {
  const measures: Record<string, Measure> = {}
  for (const kind of kinds) {
    const server = await peers.server(kind)
    measures[kind] = serverTime(server, await peers.client("raw", server), command, count)
  }
  return await inTurn(measures)
}

/** Each of some clients, at one raw server each. */
export const clients = async (
  peers: Peers,
  kinds: ReadonlyArray<ClientKind>,
  command: string,
  count: number
): Promise<Record<string, number>> => {
  const measures: Record<string, Measure> = {}
  for (const kind of kinds)
    measures[kind] = clientTime(await peers.client(kind, await peers.server("raw")), command, count)
  return await inTurn(measures)
}

/** The cost of an open stream to a server in bytes, and of an event on each of them in microseconds. */
export const fanOut = async (peers: Peers, kind: ServerKind, streams: number, events: number) => {
  const server = await peers.server(kind)
  const client = await peers.client("raw", server)
  await client.ask("get", 500)
  const before = await server.process.ask("usage")
  await client.ask("open", streams)
  const after = await server.process.ask("usage")
  const tell: Measure = async () => {
    const cpu = await cpuOf(server.process)
    for (let event = 0; event < events; event++) {
      await server.process.ask("tell", 1)
      await client.ask("hear", streams)
    }
    return ((await cpuOf(server.process)) - cpu) / streams / events
  }
  const { told } = await inTurn({ told: tell })
  return {
    bytes: ((after["heap"] ?? 0) - (before["heap"] ?? 0)) / streams,
    open: ((after["cpu"] ?? 0) - (before["cpu"] ?? 0)) / streams,
    event: told
  }
}

/** Streams and first listings of a fleet that starts: each process does it once. */
export const fleet = async (peers: Peers, kind: ServerKind, client: ClientKind, count: number) => {
  const server = await peers.server(kind)
  const asking = await peers.client(client, server)
  const before = await cpuOf(server.process)
  const { cpu = 0 } = await asking.ask("fleet", count)
  return { server: ((await cpuOf(server.process)) - before) / count, client: cpu / count }
}
