/**
 * A service and a site as processes of their own, killed by turns while dispatches are created, changed and deleted.
 * Then both are left in peace, and what is left is judged.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import { ReportClient } from "@effect-dispatch/client/ReportClient"
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import { beginning } from "@effect-dispatch/core/JournalStore"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as SiteJournal from "@effect-dispatch/core/SiteJournal"
import * as Target from "@effect-dispatch/core/Target"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { DateTime, Duration, Effect, Fiber, Layer, Option, Random, Result, Stream } from "effect"
import { bundle } from "../../scripts/bundle.ts"
import { freePort } from "../integration/freePort.ts"
import { judge, knownInTime, type SiteLife } from "./soakJudge.ts"
import type { Life } from "./told.ts"

const microgridId = MicrogridId.make(1n)

/** The findings of a soak. */
export interface Soaked {
  readonly kills: { readonly service: number; readonly site: number }
  readonly created: number
  /** Those of them that nobody asked to delete and that the site knew of before they were over. */
  readonly known: number
  readonly told: number
  readonly entries: number
  readonly reported: number
  readonly faults: ReadonlyArray<string>
}

/** Kills for so long, then judges. */
export const soak = (length: Duration.Duration): Effect.Effect<Soaked> =>
  Effect.gen(function* () {
    const stage = yield* makeStage
    return yield* Effect.provide(played(stage, length), DispatchClientGrpc.layer({ url: stage.url }))
  }).pipe(Effect.scoped, Effect.orDie)

/** A process that can be killed and started again. */
interface Killed {
  readonly start: Effect.Effect<void>
  readonly kill: Effect.Effect<void>
  /** Ends it in good order. */
  readonly end: Effect.Effect<void>
}

interface Stage {
  readonly url: string
  readonly directory: string
  readonly service: Killed
  readonly site: Killed
  readonly lives: Array<Omit<SiteLife, "lines">>
}

const makeStage = Effect.gen(function* () {
  const directory = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "dispatch-soak-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const program = yield* Effect.promise(() => bundle(join(directory, "program")))
  const port = yield* freePort
  const url = `grpc://127.0.0.1:${port}?ssl=false`
  const store = `sqlite:${join(directory, "store.sqlite")}`
  const lives: Array<Omit<SiteLife, "lines">> = []
  const site = join(import.meta.dirname, "site.ts")
  const stage: Stage = {
    url,
    directory,
    lives,
    service: yield* killed([program, "serve", "--port", String(port), "--store", store]),
    site: yield* killed([site, JSON.stringify({ url, directory })], (life) => lives.push(life))
  }
  return stage
})

/** A program of Node, which goes with the scope. */
const killed = Effect.fnUntraced(function* (
  args: ReadonlyArray<string>,
  onEnd: (life: Omit<SiteLife, "lines">) => void = () => {}
) {
  let running: { readonly child: ChildProcess; readonly began: number } | undefined
  const stop = (signal: NodeJS.Signals) =>
    Effect.callback<void>((resume) => {
      if (running === undefined) return resume(Effect.void)
      const { began, child } = running
      running = undefined
      let ended = Date.now()
      child.once("exit", () => {
        // One that ends in good order goes on for a while.
        if (signal !== "SIGKILL") ended = Date.now()
        onEnd({ began, ended, isKilled: signal === "SIGKILL" })
        resume(Effect.void)
      })
      child.kill(signal)
    })
  yield* Effect.addFinalizer(() => stop("SIGKILL"))
  return {
    start: Effect.sync(() => {
      running = { began: Date.now(), child: spawn(process.execPath, args, { stdio: "ignore" }) }
    }),
    kill: stop("SIGKILL"),
    end: stop("SIGTERM")
  } satisfies Killed
})

const played = (stage: Stage, length: Duration.Duration) =>
  Effect.gen(function* () {
    const { lives, service, site } = stage
    yield* Effect.andThen(service.start, site.start)
    const created: Array<Dispatch> = []
    const unwanted = new Set<DispatchId>()
    const work = yield* Effect.forkChild(Effect.forever(wish(created, unwanted)))
    const kills = yield* killing(stage, length)
    yield* Fiber.interrupt(work)
    // The longest is over, all that was missed is told, and the reporter has asked again.
    yield* Effect.sleep(longest)
    yield* untilReported
    yield* site.end
    const planned = created.filter(({ id }) => !unwanted.has(id))
    const remains = { planned, ...(yield* remainsOf(stage)) }
    yield* service.end
    return {
      kills,
      created: created.length,
      known: knownInTime(remains).length,
      told: remains.lives.flatMap(({ lines }) => lines.filter(({ tag }) => tag === "told")).length,
      entries: remains.entries.length,
      reported: remains.reported.length,
      faults: [...judge(remains), ...(lives.length === kills.site + 1 ? [] : ["a site ended by itself"])]
    } satisfies Soaked
  })

const longest = Duration.seconds(8)

/** Creates a dispatch, and now and then ends an earlier one. The service may be away. */
const wish = Effect.fnUntraced(function* (created: Array<Dispatch>, unwanted: Set<DispatchId>) {
  const client = yield* DispatchClient
  const isCommand = (yield* Random.next) < 0.2
  const made = yield* Effect.result(
    client.create(microgridId, {
      type: isCommand ? "SWITCH" : "CHARGE",
      startTime: DateTime.addDuration(
        yield* DateTime.now,
        Duration.millis(yield* Random.nextIntBetween(500, 3_000))
      ),
      duration: Duration.seconds(isCommand ? 0 : yield* Random.nextIntBetween(1, 4)),
      target: Target.componentIds(1n)
    })
  )
  if (Result.isSuccess(made)) created.push(made.success)
  const earlier = created.at(-1 - Math.floor(10 * (yield* Random.next)))
  if (earlier !== undefined && (yield* Random.next) < 0.2) {
    unwanted.add(earlier.id)
    yield* Effect.ignore(client.delete(microgridId, earlier.id))
  }
  yield* Effect.sleep(Duration.millis(yield* Random.nextIntBetween(50, 400)))
})

/** Kills by turns, each after a while, and starts the one that was killed again after another. */
const killing = Effect.fnUntraced(function* ({ service, site }: Stage, length: Duration.Duration) {
  const until = Date.now() + Duration.toMillis(length)
  const kills = { service: 0, site: 0 }
  const sleep = (from: number, to: number) =>
    Effect.flatMap(Random.nextIntBetween(from, to), (millis) => Effect.sleep(Duration.millis(millis)))
  yield* sleep(2_000, 4_000)
  for (let turn = 0; Date.now() < until; turn++) {
    const [name, one] = turn % 2 === 0 ? (["site", site] as const) : (["service", service] as const)
    yield* one.kill
    kills[name] += 1
    yield* sleep(0, 1_500)
    yield* one.start
    yield* sleep(1_500, 4_000)
  }
  return kills
})

/** Waits until nothing new is reported for a while. */
const untilReported = Effect.gen(function* () {
  const { list } = yield* ReportClient
  for (let before = ""; ;) {
    yield* Effect.sleep("4 seconds")
    const runs = yield* Effect.result(Stream.runCollect(list(microgridId)))
    const now = Result.isSuccess(runs)
      ? runs.success.map(({ run }) => `${run.dispatch.id} ${run.fate._tag}`).join()
      : ""
    if (now !== "" && now === before) return
    before = now
  }
})

const remainsOf = Effect.fnUntraced(function* ({ directory, lives }: Stage) {
  const reports = yield* ReportClient
  const lines = linesIn(join(directory, "told"))
  const layer = SiteJournal.layerFiles({ directory: join(directory, "journal"), name: "soak" })
  const entries = yield* Effect.gen(function* () {
    const place = Option.getOrThrow(yield* SiteJournal.SiteJournal)
    return yield* (yield* place.open(microgridId)).after(beginning, 10_000_000)
  }).pipe(Effect.scoped, Effect.provide(Layer.provide(layer, NodeServices.layer)))
  return {
    entries,
    lives: lives.map((life) => ({
      ...life,
      lines: lines.filter(({ at }) => life.began <= at && at <= life.ended)
    })),
    reported: yield* Stream.runCollect(reports.list(microgridId)),
    days: yield* Stream.runCollect(reports.days(microgridId))
  }
})

/** The lines of a file; one that a kill has torn is left out. */
const linesIn = (file: string): SiteLife["lines"] =>
  existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line.endsWith("}"))
        .map((line) => JSON.parse(line) as Life & { readonly at: number })
    : []
