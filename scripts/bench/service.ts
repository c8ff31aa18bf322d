/**
 * The costs of the service beside its foundations, all in processes of their own, in turn: calls and streams beside
 * Node's HTTP/2, bare connect, and the implementations of the gRPC project; creates beside an echo and beside a loop
 * written by hand; the history of runs. `pnpm bench service costs | streams | rates | writes | history` measures a part.
 */
import { clients, fanOut, fleet, inTurn, type Measure, rate, servers } from "./service/costs.ts"
import { history, historyInPostgres } from "./service/history.ts"
import { type ClientKind, Peers, type ServerKind } from "./service/peers.ts"
import { byHand, byService, type Synchronous } from "./service/writes.ts"
import { duration, figure, type Goal, report, table } from "./shared/statistics.ts"

const calls = 3_000
const lists = 500
const creates = 2_000
const streams = 1_000
const events = 10
const agents = 2_500
const burst = 2_000

type Figures = Readonly<Record<string, number>>

/** A column for each peer, in microseconds. */
const timesOf = (title: string, figures: Figures): ReadonlyArray<string> => [
  title,
  ...Object.entries(figures).map(([name, micros]) => `${name} ${duration(micros)}`)
]

const ratio = (figures: Figures, mine: string, other: string): number =>
  (figures[mine] ?? Number.NaN) / (figures[other] ?? Number.NaN)

/** Calls a second of pairs of client and server. */
const pairs = async (
  peers: Peers,
  kinds: ReadonlyArray<readonly [ClientKind, ServerKind]>,
  command: string,
  count: number
): Promise<Figures> => {
  const measures: Record<string, Measure> = {}
  for (const [client, server] of kinds)
    measures[`${client} and ${server}`] = rate(
      await peers.client(client, await peers.server(server)),
      command,
      count
    )
  return await inTurn(measures)
}

/** Events a second on one stream, of pairs, in bursts that the service can hold. */
const streamed = async (
  peers: Peers,
  kinds: ReadonlyArray<readonly [ClientKind, ServerKind]>
): Promise<Figures> => {
  const measures: Record<string, Measure> = {}
  for (const [clientKind, serverKind] of kinds) {
    const server = await peers.server(serverKind)
    const client = await peers.client(clientKind, server)
    await client.ask("open", 1)
    measures[`${clientKind} and ${serverKind}`] = async () => {
      const begin = performance.now()
      for (let round = 0; round < 5; round++) {
        await server.process.ask("tell", burst)
        await client.ask("hear", burst)
      }
      return ((5 * burst) / (performance.now() - begin)) * 1_000
    }
  }
  return await inTurn(measures)
}

const within = async <A>(measure: (peers: Peers) => Promise<A>): Promise<A> => {
  const peers = new Peers()
  try {
    return await measure(peers)
  } finally {
    await peers.end()
  }
}

/** Gets and listings: what each costs the server, and the client. */
const costs = async (): Promise<ReadonlyArray<Goal>> => {
  const get = await within((peers) =>
    servers(
      peers,
      ["ours", "raw", "bare", "grpc-js", ...(peers.hasPython ? (["grpcio"] as const) : [])],
      "get",
      calls
    )
  )
  const list = await within((peers) => servers(peers, ["ours", "raw", "bare"], "list", lists))
  const asked = await within((peers) => clients(peers, ["ours", "raw", "connect", "grpc-js"], "get", calls))
  const paged = await within((peers) => clients(peers, ["ours", "raw", "connect"], "list", lists))
  table([
    timesOf("get, server", get),
    timesOf("get, client", asked),
    timesOf("page of 100, server", list),
    timesOf("page of 100, client", paged)
  ])
  return [
    { name: "get, server, of raw HTTP/2", value: ratio(get, "ours", "raw"), most: 2.2 },
    { name: "get, server, of bare connect", value: ratio(get, "ours", "bare"), most: 0.35 },
    { name: "get, client, of bare connect", value: ratio(asked, "ours", "connect"), most: 0.6 },
    // A quarter of what a page cost when connect-node served it: 2.6 × bare connect.
    { name: "page of 100, server, of bare connect", value: ratio(list, "ours", "bare"), most: 0.65 }
  ]
}

/** Streams: what an event and an open one cost, and a fleet that starts. */
const streamCosts = async (): Promise<ReadonlyArray<Goal>> => {
  const [ours, raw, bare] = [
    await within((peers) => fanOut(peers, "ours", streams, events)),
    await within((peers) => fanOut(peers, "raw", streams, events)),
    await within((peers) => fanOut(peers, "bare", streams, events))
  ]
  const started = {
    ours: await within((peers) => fleet(peers, "ours", "raw", agents)),
    bare: await within((peers) => fleet(peers, "bare", "raw", agents)),
    ourClient: await within((peers) => fleet(peers, "raw", "ours", agents)),
    connect: await within((peers) => fleet(peers, "raw", "connect", agents))
  }
  table([
    timesOf(`event to ${streams} streams, each`, { ours: ours.event, raw: raw.event, bare: bare.event }),
    timesOf("a stream opened", { ours: ours.open, raw: raw.open, bare: bare.open }),
    timesOf(`${agents} x stream and listing, server`, {
      ours: started.ours.server,
      bare: started.bare.server
    }),
    timesOf(`${agents} x stream and listing, client`, {
      ours: started.ourClient.client,
      connect: started.connect.client
    })
  ])
  console.log(
    `An open stream takes ${figure(ours.bytes)} bytes of memory, of raw HTTP/2 ${figure(raw.bytes)}, of bare connect ${figure(bare.bytes)}\n`
  )
  return [
    { name: "an event, each stream, of bare connect", value: ours.event / bare.event, most: 0.6 },
    { name: "an open stream", value: ours.bytes, most: 5_000, unit: "bytes" },
    { name: "fleet, server, of bare connect", value: started.ours.server / started.bare.server, most: 0.6 },
    // Bare connect reads no dispatch. With them our client took twice as long as it, on connect-node.
    {
      name: "fleet, client, of bare connect",
      value: started.ourClient.client / started.connect.client,
      most: 1.2
    }
  ]
}

/** Calls and events a second, of pairs. */
const rates = async (): Promise<ReadonlyArray<Goal>> => {
  const get = await within((peers) =>
    pairs(
      peers,
      [
        ["ours", "ours"],
        ["connect", "bare"],
        ...(peers.hasPython
          ? ([
              ["grpcio", "ours"],
              ["grpcio", "grpcio"]
            ] as const)
          : [])
      ],
      "get",
      calls
    )
  )
  const created = await within((peers) =>
    pairs(
      peers,
      [
        ["connect", "ours"],
        ["connect", "bare"]
      ],
      "create",
      creates
    )
  )
  const told = await within((peers) =>
    streamed(peers, [
      ["connect", "ours"],
      ["connect", "bare"]
    ])
  )
  const rows = { "get a second": get, "create a second": created, "events a second": told }
  table(
    Object.entries(rows).map(([name, figures]) => [
      name,
      ...Object.entries(figures).map(([pair, value]) => `${pair} ${figure(value)}`)
    ])
  )
  return goalsOfRates(get, created, told)
}

const goalsOfRates = (get: Figures, created: Figures, told: Figures): ReadonlyArray<Goal> => [
  {
    name: "get, our pair, of bare connect",
    value: ratio(get, "ours and ours", "connect and bare"),
    least: 2
  },
  ...("grpcio and ours" in get
    ? [
        {
          name: "get by grpcio, of its own server",
          value: ratio(get, "grpcio and ours", "grpcio and grpcio"),
          least: 1.3
        }
      ]
    : []),
  {
    name: "create beside an echo",
    value: ratio(created, "connect and ours", "connect and bare"),
    least: 0.8
  },
  {
    name: "events, of bare connect",
    value: ratio(told, "connect and ours", "connect and bare"),
    least: 1.3
  }
]

const inProcess = async (synchronous: Synchronous, count: number): Promise<Goal> => {
  const figures = await inTurn({
    service: () => byService(synchronous, count),
    hand: () => byHand(synchronous, count)
  })
  return {
    name: `create in process beside by hand, ${synchronous}`,
    value: figures.service / figures.hand,
    least: 0.5
  }
}

const writes = async (): Promise<ReadonlyArray<Goal>> => [
  await inProcess("NORMAL", 4_000),
  await inProcess("FULL", 1_000)
]

/** A year of 1,000 daily dispatches: a day, and the rest, page by page. */
const historyCosts = async (): Promise<ReadonlyArray<Goal>> => {
  const stores = { SQLite: await history(), PostgreSQL: await historyInPostgres() }
  const measured = Object.entries(stores).flatMap(([name, figures]) =>
    figures === undefined ? [] : [[name, figures] as const]
  )
  table(
    measured.map(([name, figures]) => [
      `of a year of 365,000 runs in ${name}`,
      ...Object.entries(figures).map(([part, millis]) => `${part} ${figure(millis)} ms`)
    ])
  )
  return measured.map(([name, figures]) => ({
    name: `a day of a year of runs in ${name}, slowest page`,
    value: figures.day,
    most: 100,
    unit: "ms"
  }))
}

const parts: Readonly<Record<string, () => Promise<ReadonlyArray<Goal>>>> = {
  costs,
  streams: streamCosts,
  rates,
  writes,
  history: historyCosts
}

/** Measures and prints all, or the part that the command line names. */
export const run = async (): Promise<boolean> => {
  const chosen = parts[process.argv[3] ?? ""]
  const goals: Array<Goal> = []
  for (const measure of chosen === undefined ? Object.values(parts) : [chosen])
    goals.push(...(await measure()))
  return report(goals)
}
