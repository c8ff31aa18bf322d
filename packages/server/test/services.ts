/** The service over each of the stores that need nothing but this machine. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { NewDispatch } from "@effect-dispatch/core/DispatchClient"
import * as Target from "@effect-dispatch/core/Target"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import { DateTime, Duration, Effect, Layer } from "effect"
import { TestClock } from "effect/testing"

/** A folder that goes with the scope. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "dispatch-server-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const sqlite = Layer.unwrap(
  Effect.map(folder, (path) =>
    DispatchStoreSqlite.layer({ filename: join(path, "store.sqlite"), synchronous: "NORMAL" })
  )
)

/** Stores by name; each use makes one of its own. */
export const stores = [
  ["memory", Layer.fresh(DispatchStoreMemory.layer)],
  ["SQLite", Layer.fresh(sqlite)]
] as const

/** The service and its store. */
export const serviceOver = <A, E>(store: Layer.Layer<A, E>) =>
  Layer.fresh(DispatchService.layer).pipe(Layer.provideMerge(store))

export const one = MicrogridId.make(1n)
export const two = MicrogridId.make(2n)

/** When the tests begin. */
export const noon = DateTime.makeUnsafe("2026-03-01T12:00:00Z")
export const atNoon = TestClock.setTime(noon.epochMilliseconds)

/** An instant some seconds after the beginning. */
export const after = (seconds: number): DateTime.Utc => DateTime.addDuration(noon, Duration.seconds(seconds))

/** A dispatch that is accepted, in an hour. */
export const draft = (fields: Partial<NewDispatch> = {}): NewDispatch => ({
  type: "CHARGE",
  startTime: after(3_600),
  duration: Duration.minutes(10),
  target: Target.componentIds(1n),
  ...fields
})

/** Creates a dispatch that is accepted. */
export const create = (fields: Partial<NewDispatch> = {}, microgridId = one) =>
  Effect.flatMap(DispatchService.DispatchService, (service) => service.create(microgridId, draft(fields)))
