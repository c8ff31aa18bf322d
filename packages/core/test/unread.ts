/** A process after another, whose records it cannot read at first. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { t0 } from "./fixtures.ts"
import { UnreliableStore } from "./internal/site/unreliableStore.ts"
import { makeProcess, startProcess } from "./recovering.ts"
import { hold, moveTo } from "./site.ts"

/**
 * A first process announced version 1 and ended at 5 s. At 10 s another can start, with `known` at the service, whose
 * store cannot be read before `letRead`; with `holdsNotes`, its notes hang until `release`.
 */
export const blindAtFirst = Effect.fnUntraced(function* (
  announced: Dispatch,
  known: Dispatch,
  { holdsNotes = false }: { readonly holdsNotes?: boolean } = {}
) {
  yield* TestClock.setTime(t0 - 10_000)
  const unreliable = new UnreliableStore()
  const kept = Effect.provideService(SitePersistence.SitePersistence, Option.some(unreliable.store))
  const [start, make] = [kept(startProcess), kept(makeProcess)]
  yield* hold(announced)
  const first = yield* start
  yield* moveTo(5)
  yield* first.end
  yield* moveTo(10)
  yield* hold(known)
  const fate = (canRead: boolean) => (operation: string, key: string) => {
    if (operation === "get" && !canRead) return "Failed" as const
    return holdsNotes && operation === "set" && key.includes("note-")
      ? ("Hanging" as const)
      : ("Done" as const)
  }
  unreliable.fateOf = fate(false)
  return { unreliable, start, make, letRead: () => (unreliable.fateOf = fate(true)) }
})
