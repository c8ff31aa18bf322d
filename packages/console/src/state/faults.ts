/** Faults of the page itself. A part that stands still since then must not pass for one in which nothing happens. */
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Cause, Effect, Exit } from "effect"
import * as Atoms from "./atoms.ts"
import { registry } from "./binding.ts"

/** Tells everybody that the page has failed. */
export const tell = (thrown: unknown): void => registry.set(Atoms.fault, Thrown.messageOf(thrown))

/** Does work whose end nobody awaits. */
export const run = (work: Effect.Effect<unknown>): void =>
  void Effect.runFork(work).addObserver((exit) => {
    if (Exit.isFailure(exit)) tell(Cause.squash(exit.cause))
  })
