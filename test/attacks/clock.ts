/** A wall clock that is wrong, under a service that removes what is old. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { DispatchSort } from "@effect-dispatch/core/DispatchFilter"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import { ReportStore } from "@effect-dispatch/server/ReportStore"
import * as Retention from "@effect-dispatch/server/Retention"
import { Probe, SkewClock } from "@effect-dispatch/testing"
import { DateTime, Duration, Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"

const hour = 3_600_000
export const day = 24 * hour
export const start = Date.parse("2027-03-01T12:00:00Z")
const site = MicrogridId.make(1n)

/** A folder that goes with the scope. */
const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "dispatch-clock-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** The contents of a store, and its use. */
export interface Scene {
  /** Runs with a service on the file that is stopped afterwards. */
  readonly running: <A, E>(
    use: Effect.Effect<
      A,
      E,
      DispatchService.DispatchService | DispatchStore | Retention.RetentionTime | SkewClock.SkewClock
    >
  ) => Effect.Effect<A, never, SkewClock.SkewClock>
  readonly filename: string
  /** The lines logged as a fault, or as large. */
  readonly logged: Array<string>
}

/** A file with the given clock, whose wall clock begins at `start`. */
export const scene = <A, E>(use: (scene: Scene) => Effect.Effect<A, E, SkewClock.SkewClock>) =>
  Effect.gen(function* () {
    const filename = join(yield* folder, "store.sqlite")
    const logged: Array<string> = []
    const logger = Logger.layer([Logger.make(({ message }) => void logged.push(String(message)))])
    const store = Layer.fresh(counted).pipe(
      Layer.provideMerge(Layer.fresh(DispatchStoreSqlite.layer({ filename, synchronous: "NORMAL" })))
    )
    const service = Layer.fresh(Retention.layer()).pipe(
      Layer.provideMerge(Layer.fresh(DispatchService.layer)),
      Layer.provideMerge(store),
      Layer.provide(logger)
    )
    const running: Scene["running"] = (part) => Effect.orDie(Effect.provide(part, service))
    return yield* use({ running, filename, logged })
  }).pipe(Effect.provide(Layer.merge(SkewClock.layer({ start }), Probe.layer)))

/** Sets the wall clock. */
export const step = (millis: number) => Effect.flatMap(SkewClock.SkewClock, (clock) => clock.step(millis))

/** Creates dispatches that run from now on in so many hours, for an hour. */
export const create = (count: number, inHours = 24) =>
  Effect.gen(function* () {
    const service = yield* DispatchService.DispatchService
    const startTime = DateTime.addDuration(yield* DateTime.now, Duration.hours(inHours))
    for (let index = 0; index < count; index++) {
      yield* service.create(site, {
        type: "CHARGE",
        startTime,
        duration: Duration.hours(1),
        target: Target.componentIds(1n)
      })
    }
  })

/** Deletes the dispatch that was created last. */
export const deleteOne = Effect.gen(function* () {
  const service = yield* DispatchService.DispatchService
  const { dispatches } = yield* service.list(site, { sort, pageSize: 1 })
  for (const { dispatch } of dispatches) yield* service.delete(site, dispatch.id)
})

const sort: DispatchSort = { field: "createTime", order: "descending" }

/** The numbers of dispatches, changes and audit records in the store. */
export const held = Effect.gen(function* () {
  const store = yield* DispatchStore
  return {
    dispatches: (yield* store.begin({ microgridId: site, filter: {}, sort, limit: 1 })).total,
    changes: (yield* store.changesAfter(site, 0n, 100_000)).length,
    audit: (yield* store.audit(site, 100_000)).length
  }
})

/** The number of looks at the store that retention waits for. */
let asked = 0

const counting = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => asked++),
    () => effect,
    () => Effect.sync(() => asked--)
  )

/** A store that counts what is asked of it. */
const counted = Layer.merge(
  Layer.effect(
    DispatchStore,
    Effect.map(DispatchStore, (store) =>
      DispatchStore.of({
        ...store,
        moveRetentionTime: (decide) => counting(store.moveRetentionTime(decide)),
        trimNonces: (...parameters) => counting(store.trimNonces(...parameters)),
        prune: (...parameters) => counting(store.prune(...parameters))
      })
    )
  ),
  Layer.effect(
    ReportStore,
    Effect.map(ReportStore, (store) =>
      ReportStore.of({
        ...store,
        pruneReports: (...parameters) => counting(store.pruneReports(...parameters)),
        trimReports: (...parameters) => counting(store.trimReports(...parameters))
      })
    )
  )
)

/** Lets time go by, with looks at the store: it answers later than virtual time would go on, so that is waited for. */
export const pass = Effect.fnUntraced(function* (millis: number) {
  const stride = Math.max(60_000, millis / 60)
  for (let left = millis; left >= 0; left -= stride) {
    yield* TestClock.adjust(Math.min(left, stride))
    for (let quiet = 0; quiet < 50; quiet = asked > 0 ? 0 : quiet + 1) yield* Effect.yieldNow
  }
})

/**
 * A service is started with a clock that is far ahead, runs so for some hours in which something is written, and is
 * started again with the right one. Gives what was held at first, and what of that is held at the end.
 */
export const startedWrong = ({ hours, size }: { readonly hours: number; readonly size: number }) =>
  scene(({ running }) =>
    Effect.gen(function* () {
      const before = yield* running(Effect.andThen(create(size), held))
      yield* step(500 * day)
      const written = yield* running(
        Effect.gen(function* () {
          yield* create(size)
          yield* pass(hours * hour)
          return yield* held
        })
      )
      yield* step(-500 * day)
      const after = yield* running(Effect.andThen(pass(hour), held))
      return { before, written, after }
    })
  )

/** The clock of a running service is set ahead for some hours, and back. */
export const steppedWhileRunning = ({ hours, size }: { readonly hours: number; readonly size: number }) =>
  scene(({ logged, running }) =>
    running(
      Effect.gen(function* () {
        yield* create(size)
        const before = yield* held
        yield* step(500 * day)
        yield* pass(hours * hour)
        const { doubt } = yield* Retention.RetentionTime
        const meanwhile = yield* doubt
        yield* step(-500 * day)
        yield* pass(120_000)
        return { before, after: yield* held, meanwhile, afterwards: yield* doubt, logged: [...logged] }
      })
    )
  )
