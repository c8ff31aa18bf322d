/** The calls of a store that a test does not use: each is a defect. */
import type { FleetStore } from "@effect-dispatch/fleet/FleetStore"
import { Effect } from "effect"

const notUsed = Effect.die("not used")

export const unusedStore = {
  keys: () => notUsed,
  read: () => notUsed,
  write: () => notUsed,
  edgesAfter: () => notUsed,
  journal: () => notUsed,
  claim: () => notUsed,
  activate: () => notUsed,
  lost: () => notUsed,
  pruneEdges: () => notUsed,
  admit: () => notUsed,
  join: () => notUsed,
  beat: () => notUsed,
  leave: () => notUsed,
  drain: () => notUsed,
  runners: notUsed,
  runner: () => notUsed,
  suspect: () => notUsed,
  enter: () => notUsed,
  restless: notUsed
} satisfies Partial<FleetStore["Service"]>
