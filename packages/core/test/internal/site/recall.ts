import { Effect } from "effect"
import type { SiteKeeper } from "../../../src/internal/site/siteKeeper.ts"
import type { DispatchMemory, Memory } from "../../../src/internal/timeline/memory.ts"
import { t0 } from "../../fixtures.ts"

/** Nobody waits to be told of a recovered stop. */
export const noStops = { waitingOf: () => ({ ended: [], moved: [] }) }

/** The memory that a step at `t0` leaves behind, in which all that is announced was told. */
export const memory = (
  dispatches: ReadonlyArray<DispatchMemory>,
  { forgottenUpTo = -Infinity }: Partial<Memory> = {}
): Memory => ({
  evaluatedAt: t0,
  forgottenUpTo,
  dispatches,
  told: dispatches.flatMap(({ announced }) => announced),
  losses: { joined: 0, forgotten: [] }
})

/** Recalls, and takes the reading at once. */
export const recallFrom = (keeper: SiteKeeper) => Effect.map(keeper.recall, () => keeper.releaseReadings()[0])
