import { Effect } from "effect"
import type { SiteKeeper } from "../../../src/internal/site/siteKeeper.ts"

/** Recalls, and takes the reading at once. */
export const recallFrom = (keeper: SiteKeeper) => Effect.map(keeper.recall, () => keeper.takeReadings()[0])
