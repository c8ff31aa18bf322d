/**
 * The distance of the service's clock from the local one, as far as answers tell. For display and warnings (rule S9):
 * the order of versions and of inputs never depends on it.
 *
 * @since 0.1.0
 */

/**
 * The knowledge that one answer gives of the service's clock. All three fields are epoch milliseconds.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClockReading {
  /** The service's instant, cut to whole seconds, as HTTP's `date` header has it (RFC 9110 section 6.6.1). */
  readonly serviceTime: number
  /** The local instant at which the call was sent. */
  readonly sentAt: number
  /** The local instant at which the beginning of the answer arrived. */
  readonly receivedAt: number
}

/**
 * Bounds of the service's clock minus the local one, in milliseconds: positive when the service is ahead.
 *
 * @category models
 * @since 0.1.0
 */
export interface ClockOffset {
  readonly earliest: number
  readonly latest: number
  /** The local instant of the newest reading, in epoch milliseconds. */
  readonly at: number
}

/**
 * The largest drift between two clocks, in milliseconds per millisecond: 200 ppm. Older readings grow less certain
 * at this rate; clocks that drift faster look as if one of them had been set. Cannot be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const driftMax = 0.000_2

/**
 * The largest offset between the service's clock and the local one, in milliseconds, that needs no warning. Cannot
 * be set.
 *
 * @category limits
 * @since 0.1.0
 */
export const offsetMillisMax = 2_000

/** The header is cut to whole seconds. */
const resolution = 1_000

/**
 * Adds a reading to the known bounds. The service wrote its instant between sending and receiving, so every reading
 * bounds the offset, and the bounds of several intersect. If they contradict each other, one of the clocks was set, and
 * the newest alone counts. A reading during which the local clock was set back tells nothing.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { ClockOffset } from "@effect-dispatch/core"
 *
 * const reading = { serviceTime: 10_000, sentAt: 5_000, receivedAt: 5_200 }
 * const offset = ClockOffset.refine(undefined, reading)
 * assert.deepStrictEqual(offset, { earliest: 4_800, latest: 6_000, at: 5_200 })
 * assert.strictEqual(ClockOffset.middle(offset), 5_400)
 * assert.strictEqual(ClockOffset.bound(offset), 600)
 * ```
 *
 * @see BEHAVIOUR S9
 * @category combining
 * @since 0.1.0
 */
export const refine = (known: ClockOffset | undefined, reading: ClockReading): ClockOffset | undefined => {
  const { receivedAt, sentAt, serviceTime } = reading
  if (!(sentAt <= receivedAt)) return known
  const earliest = serviceTime - receivedAt
  const latest = serviceTime + resolution - sentAt
  const alone = { earliest, latest, at: receivedAt }
  if (known === undefined) return alone
  const drift = Math.abs(receivedAt - known.at) * driftMax
  const both = {
    earliest: Math.max(earliest, known.earliest - drift),
    latest: Math.min(latest, known.latest + drift),
    at: receivedAt
  }
  return both.earliest <= both.latest ? both : alone
}

/**
 * The best guess, in milliseconds: the middle.
 *
 * @category queries
 * @since 0.1.0
 */
export const middle = ({ earliest, latest }: ClockOffset): number => (earliest + latest) / 2

/**
 * The largest distance of the truth from the best guess, in milliseconds.
 *
 * @category queries
 * @since 0.1.0
 */
export const bound = ({ earliest, latest }: ClockOffset): number => (latest - earliest) / 2

/**
 * The least distance between the clocks, in milliseconds, whichever is ahead: 0 while they may agree.
 *
 * @category queries
 * @since 0.1.0
 */
export const atLeast = ({ earliest, latest }: ClockOffset): number => Math.max(0, earliest, -latest)

/**
 * The warning that a reading gives: that the clocks turned out to be apart, by more than `offsetMillisMax`. A reading
 * that only narrows the bounds of such an offset gives none.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { ClockOffset } from "@effect-dispatch/core"
 *
 * const near = ClockOffset.refine(undefined, { serviceTime: 10_000, sentAt: 9_000, receivedAt: 9_200 })
 * const far = ClockOffset.refine(near, { serviceTime: 30_000, sentAt: 19_000, receivedAt: 19_200 })
 * assert.strictEqual(ClockOffset.warning(undefined, near), undefined)
 * assert.match(ClockOffset.warning(near, far) ?? "", /^The service's clock is 11\.4 s ahead of the local one/)
 * assert.strictEqual(ClockOffset.warning(far, far), undefined)
 * ```
 *
 * @see BEHAVIOUR S9
 * @category queries
 * @since 0.1.0
 */
export const warning = (
  before: ClockOffset | undefined,
  now: ClockOffset | undefined
): string | undefined => {
  if (now === undefined || !isApart(now) || isApart(before)) return undefined
  const apart = middle(now)
  const seconds = (millis: number) => `${(Math.abs(millis) / 1_000).toFixed(1)} s`
  const where = apart > 0 ? "ahead of" : "behind"
  return `The service's clock is ${seconds(apart)} ${where} the local one (give or take ${seconds(bound(now))}): dispatches start by the local clock`
}

const isApart = (offset: ClockOffset | undefined): boolean =>
  offset !== undefined && atLeast(offset) > offsetMillisMax
