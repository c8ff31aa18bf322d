/** Late records, as the loop of an actor takes them. */
import { Effect } from "effect"
import type { Fenced } from "@effect-dispatch/core/SitePersistence"
import type { SiteKeeper } from "../src/internal/site/siteKeeper.ts"

/** Calls `wake` whenever there is a reading to take, until nothing is left to read. */
export const recallLate = Effect.fnUntraced(function* (
  keeper: SiteKeeper,
  wake: () => void
): Effect.fn.Return<void, Fenced> {
  for (let failures = 0, isLeft = true; isLeft; failures++) {
    if (keeper.hasReadings) wake()
    isLeft = yield* keeper.recallAgain(failures)
  }
})
