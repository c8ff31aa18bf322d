/**
 * The costs of the service beside its foundations: calls and streams beside bare connect on Node, creates beside an
 * echo and beside a loop written by hand. Servers have processes of their own; those to compare are asked in turn by
 * the same client.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface, type Interface } from "node:readline"
import { type Client, createClient } from "@connectrpc/connect"
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import { byHand, byService, type Synchronous } from "./service/writes.ts"
import { duration, figure, percentile, report, table } from "./shared/statistics.ts"

const rounds = 5
/** A service that has just started is being compiled still. */
const warmUps = 3
const inFlight = 32
const calls = 2_000
const burst = 2_000
const bursts = 10
const streams = 1_000
const changes = 20
const listed = 10_000

interface Server {
  readonly process: ChildProcess
  readonly folder: string
  readonly lines: Interface
  readonly baseUrl: string
  readonly client: Client<typeof Protobuf.MicrogridDispatchService>
  readonly sessions: Http2SessionManager
}

const nextLine = (lines: Interface): Promise<string> => new Promise((resolve) => lines.once("line", resolve))

const start = async (kind: "ours" | "bare"): Promise<Server> => {
  const folder = mkdtempSync(join(tmpdir(), "dispatch-bench-"))
  const child = spawn(process.execPath, [join(import.meta.dirname, "service/server.ts"), kind, folder], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  const lines = createInterface({ input: child.stdout })
  const baseUrl = `http://127.0.0.1:${await nextLine(lines)}`
  const sessions = new Http2SessionManager(baseUrl)
  const transport = createGrpcTransport({ baseUrl, sessionManager: sessions, readMaxBytes: 8 << 20 })
  const client = createClient(Protobuf.MicrogridDispatchService, transport)
  return { process: child, folder, lines, baseUrl, client, sessions }
}

const stop = async ({ folder, process: child, sessions }: Server): Promise<void> => {
  sessions.abort()
  const ended = new Promise((resolve) => child.once("exit", resolve))
  child.kill("SIGKILL")
  await ended
  rmSync(folder, { recursive: true })
}

/** Tells all streams of a server of so many changes. */
const tell = (server: Server, count: number): Promise<string> => {
  const told = nextLine(server.lines)
  server.process.stdin?.write(`${count}\n`)
  return told
}

/** The rate per second of so many calls, some at a time. */
const rate = async (count: number, call: () => Promise<unknown>): Promise<number> => {
  let left = count
  const worker = async () => {
    while (left-- > 0) await call()
  }
  const begin = performance.now()
  await Promise.all(Array.from({ length: inFlight }, worker))
  return (count / (performance.now() - begin)) * 1_000
}

const request = () => ({
  microgridId: 1n,
  startImmediately: true,
  dispatchData: {
    type: "CHARGE",
    duration: 600,
    target: { components: { case: "componentIds" as const, value: { ids: [1n, 2n] } } },
    isActive: true,
    payload: { power_w: 5_000, mode: "charge" }
  }
})

const get = ({ client }: Server) =>
  rate(calls, () => client.getMicrogridDispatch({ microgridId: 1n, dispatchId: 1n }))

const createSome = ({ client }: Server) => rate(calls, () => client.createMicrogridDispatch(request()))

/** Messages a second on one stream, in bursts that the service can hold. */
const stream = async (server: Server): Promise<number> => {
  const end = new AbortController()
  let heard = 0
  let awaited = { count: Infinity, resolve: () => {} }
  const reading = (async () => {
    const options = { signal: end.signal }
    for await (const _ of server.client.streamMicrogridDispatches({ microgridId: 1n }, options))
      if (++heard >= awaited.count) awaited.resolve()
  })().catch(() => {})
  await new Promise((resolve) => setTimeout(resolve, 100))
  let millis = 0
  for (let round = 0; round <= bursts; round++) {
    const begin = performance.now()
    const all = new Promise<void>((resolve) => {
      awaited = { count: heard + burst, resolve }
    })
    await tell(server, burst)
    await all
    // The first one warms up.
    if (round > 0) millis += performance.now() - begin
  }
  end.abort()
  await reading
  return ((bursts * burst) / millis) * 1_000
}

/** Milliseconds from a change until the last of a thousand streams has it. */
const fanOut = async (server: Server): Promise<ReadonlyArray<number>> => {
  const end = new AbortController()
  let left = 0
  let resolve = () => {}
  let open = 0
  const readers = Array.from({ length: streams }, async () => {
    const options = { signal: end.signal, onHeader: () => void open++ }
    for await (const _ of server.client.streamMicrogridDispatches({ microgridId: 1n }, options))
      if (--left === 0) resolve()
  }).map((reader) => reader.catch(() => {}))
  while (open < streams) await new Promise((wake) => setTimeout(wake, 50))
  const times: Array<number> = []
  for (let round = 0; round <= changes; round++) {
    const begin = performance.now()
    const all = new Promise<void>((done) => {
      left = streams
      resolve = done
    })
    await tell(server, 1)
    await all
    if (round > 0) times.push(performance.now() - begin)
  }
  end.abort()
  await Promise.all(readers)
  return times
}

/** Milliseconds to list all there is, in pages of a thousand. */
const listAll = async ({ client }: Server): Promise<number> => {
  const begin = performance.now()
  let count = 0
  let params: { case: "pageSize"; value: number } | { case: "pageToken"; value: string } = {
    case: "pageSize",
    value: 1_000
  }
  while (true) {
    const { dispatches, paginationInfo } = await client.listMicrogridDispatches({
      microgridId: 1n,
      paginationParams: { params }
    })
    count += dispatches.length
    const token = paginationInfo?.nextPageToken
    if (token === undefined || token === "") break
    params = { case: "pageToken", value: token }
  }
  if (count < listed) throw new Error(`listed ${count} of ${listed}`)
  return performance.now() - begin
}

/** The middle of several measurements of each side, taken in turn, and their ratio. */
const beside = async (left: () => Promise<number>, right: () => Promise<number>) => {
  const ours: Array<number> = []
  const theirs: Array<number> = []
  for (let round = 0; round < warmUps; round++) {
    await left()
    await right()
  }
  for (let round = 0; round < rounds; round++) {
    ours.push(await left())
    theirs.push(await right())
  }
  const [mine, baseline] = [percentile(ours, 0.5), percentile(theirs, 0.5)]
  return { mine, baseline, ratio: mine / baseline }
}

/** Measures and prints. */
export const run = async (): Promise<boolean> => {
  const [ours, bare] = [await start("ours"), await start("bare")]
  try {
    const rows = {
      "get, beside bare connect": await beside(
        () => get(ours),
        () => get(bare)
      ),
      "stream, beside bare connect": await beside(
        () => stream(ours),
        () => stream(bare)
      ),
      "create, beside an echo": await beside(
        () => createSome(ours),
        () => createSome(bare)
      ),
      "create in process, NORMAL, beside by hand": await inProcess("NORMAL", 4_000),
      "create in process, FULL, beside by hand": await inProcess("FULL", 1_000)
    }
    const times = await fanOut(ours)
    const listing: Array<number> = []
    for (let round = 0; round < rounds; round++) listing.push(await listAll(ours))
    console.log(
      `A second; the middle of ${rounds} runs each, in turn; ${inFlight} calls in flight, in process 16\n`
    )
    table([
      ["", "service", "baseline", "ratio"],
      ...Object.entries(rows).map(([name, { baseline, mine, ratio }]) => [
        name,
        figure(mine),
        figure(baseline),
        ratio.toFixed(2)
      ])
    ])
    const fan = percentile(times, 0.5)
    console.log(
      `\nOne change to ${streams} streams: ${duration(fan * 1_000)}, at most ${duration(Math.max(...times) * 1_000)}`
    )
    console.log(
      `List of all ${listed.toLocaleString("en-US")} and more: ${duration(percentile(listing, 0.5) * 1_000)}\n`
    )
    return report([
      { name: "get beside bare connect", value: rows["get, beside bare connect"].ratio, least: 0.85 },
      { name: "stream beside bare connect", value: rows["stream, beside bare connect"].ratio, least: 0.85 },
      { name: "create beside an echo", value: rows["create, beside an echo"].ratio, least: 0.8 },
      {
        name: "create in process beside by hand, NORMAL",
        value: rows["create in process, NORMAL, beside by hand"].ratio,
        least: 0.5
      },
      {
        name: "create in process beside by hand, FULL",
        value: rows["create in process, FULL, beside by hand"].ratio,
        least: 0.5
      },
      { name: `one change to ${streams} streams`, value: fan, most: 250, unit: "ms" }
    ])
  } finally {
    await stop(ours)
    await stop(bare)
  }
}

const inProcess = (synchronous: Synchronous, count: number) =>
  beside(
    () => byService(synchronous, count),
    () => byHand(synchronous, count)
  )
