/** The shape of a case of the conformance of stores. */
import type { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import type { DispatchFormat } from "@effect-dispatch/server/DispatchFormat"
import type { DispatchStore, NameTaken, StoreError } from "@effect-dispatch/server/DispatchStore"
import type { ReportStore, TooManyReporters } from "@effect-dispatch/server/ReportStore"
import type { Effect } from "effect"

/**
 * One promise of a store, run beside the form that the store was handed. If a store breaks it, the effect dies with the expected and the found value.
 *
 * @category models
 * @since 0.1.0
 */
export interface StoreCase {
  readonly name: string
  readonly run: Effect.Effect<
    void,
    StoreError | NameTaken | TooManyReporters,
    DispatchStore | AccessKeyStore | ReportStore | DispatchFormat
  >
}
