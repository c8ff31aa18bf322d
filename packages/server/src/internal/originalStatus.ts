/** The knowledge of its original that a copy has: the present status, then every change of it. */
import type { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import { Context, Option, type Stream } from "effect"

/** None where the service is no copy. */
export const OriginalStatus = Context.Reference<Option.Option<Stream.Stream<SyncStatus>>>(
  "@effect-dispatch/server/OriginalStatus",
  { defaultValue: () => Option.none() }
)
