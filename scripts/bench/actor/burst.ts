/**
 * The lateness of 100,000 runs that start at one instant, told by an actor with files: `node burst.ts` prints one line
 * of JSON. Lengths are milliseconds after the instants.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import * as Target from "@effect-dispatch/core/Target"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { DateTime, Duration, Effect, Layer, Logger, Stream } from "effect"
import { startActor } from "./port.ts"

/** The figures of a burst. */
export interface Burst {
  readonly starts: number
  readonly first: number
  readonly last: number
  /** The lateness of two stops that fell due while the starts were told. */
  readonly stopLate: number
}

const starts = 100_000
/** Each lasts so many seconds: the last must be told before the first is over. */
const seconds = 6
/** Time to list and write down all before the instant. */
const leadMillis = 25_000

const instant = Math.ceil((Date.now() + leadMillis) / 1_000) * 1_000

const run = (id: number, from: number, length: number) =>
  new Dispatch({
    id: DispatchId.make(BigInt(id)),
    type: "CHARGE",
    startTime: DateTime.makeUnsafe(from),
    duration: Duration.seconds(length),
    target: Target.componentIds(BigInt(id)),
    active: true,
    dryRun: false,
    payload: {},
    createTime: DateTime.makeUnsafe(0),
    updateTime: BigInt(id)
  })

const dispatches = [
  run(1, instant - 2_000, 3),
  run(2, instant - 2_000, 4),
  ...Array.from({ length: starts }, (_, index) => run(1_000 + index, instant, seconds))
]

const measured = Effect.gen(function* () {
  const { actor } = yield* startActor(dispatches, { subscriberCapacity: 1_000_000 })
  const started: Array<number> = []
  const late: Array<number> = []
  const changes = yield* actor.runningStateChanges()
  yield* Effect.forkScoped(
    Stream.runForEach(changes, ({ at, dispatch, state }) =>
      Effect.sync(() => {
        if (dispatch.id >= 1_000n && state === "Running") started.push(Date.now() - instant)
        if (dispatch.id < 1_000n && state === "Stopped") late.push(Date.now() - at.epochMilliseconds)
      })
    )
  )
  yield* Effect.sleep(instant - Date.now() + seconds * 1_000 + 2_000)
  return {
    starts: started.length,
    first: started[0] ?? Infinity,
    last: started.at(-1) ?? Infinity,
    stopLate: Math.max(...late)
  } satisfies Burst
}).pipe(Effect.scoped)

const folder = mkdtempSync(join(tmpdir(), "dispatch-burst-"))
const files = Layer.merge(
  SitePersistence.layerFiles(folder).pipe(Layer.provide(NodeServices.layer)),
  Logger.layer([])
)
try {
  console.log(JSON.stringify(await Effect.runPromise(Effect.provide(measured, files))))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
