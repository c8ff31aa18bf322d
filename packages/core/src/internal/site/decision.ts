/**
 * One decision: messages change the mirror, the timeline evaluates that, and urgent results are told at once.
 * All of it happens in one go, without time and effects, so nobody ever sees half of it.
 */
import type { DispatchId } from "../../DispatchId.ts"
import type { DispatchEvent } from "../../DispatchEvent.ts"
import type { Outcome, Transition } from "../mirror/mirrorOutcome.ts"
import type { MissedRun, RunningStateChange } from "../../RunningStateChange.ts"
import * as Timeline from "../timeline/timeline.ts"
import { idOf, toEvent, toInput } from "../mirror/transitions.ts"
import type { Moment } from "../moment.ts"
import type { SyncMessage } from "../sync/syncOwner.ts"
import type { Memory } from "../timeline/memory.ts"
import { read, type ReadMessage } from "./messages.ts"
import { sliceMax } from "./outbox.ts"
import type { Site } from "./site.ts"

/** The outcome of a message for the mirror, and its effect on the status. */
export interface Applied {
  readonly show: ReadMessage["show"]
  readonly outcome: Outcome
}

/** The work that is left after a decision. */
export interface Decision {
  readonly applied: ReadonlyArray<Applied>
  /** The clock was set back. */
  readonly clockStepped: boolean
}

/** Messages to decide about at once. */
export interface Batch {
  readonly messages: ReadonlyArray<SyncMessage>
  /** Something is overdue. */
  readonly isLate: boolean
}

/**
 * Applies messages and evaluates. If something is overdue, all is evaluated together, once; else things due at this very
 * instant are settled before the messages.
 */
export const decide = (site: Site, { isLate, messages }: Batch, moment: Moment): Decision => {
  const { telemetry, timeline } = site
  const applied = messages.map((message): Applied => {
    const { learn, show } = read(message)
    const outcome = learn(site.mirror, moment)
    telemetry.learned(outcome.transitions, message.origin)
    return { show, outcome }
  })
  const transitions = applied.flatMap(({ outcome }) => outcome.transitions)
  if (transitions.length === 0 && !isLate) return { applied, clockStepped: false }
  const isDue = !isLate && Timeline.nextWakeAt(timeline) === moment.now
  const steppedBefore = isDue && apply(site, [], moment)
  const stepped = apply(site, transitions, moment)
  return { applied, clockStepped: steppedBefore || stepped }
}

/** Evaluates the transitions once, and tells the result; returns true if the clock was set back. */
export const apply = (site: Site, transitions: ReadonlyArray<Transition>, moment: Moment): boolean => {
  const evaluation = Timeline.evaluate(site.timeline, transitions.map(toInput), moment.now)
  const events = transitions.flatMap((transition) => toEvent(transition) ?? [])
  carryOut(site, evaluation, events, moment)
  site.keeper?.touch(transitions.map(idOf))
  return evaluation.clockStepped
}

/** Has the evaluation remembered, tells the part that need not wait, and keeps inherited stops for later subscribers. */
export const carryOut = (
  site: Site,
  evaluation: Timeline.Evaluation,
  events: ReadonlyArray<DispatchEvent>,
  { elapsed, now }: Moment
): void => {
  const { isStopSeen, keeper, outbox, recoveredStops } = site
  remember(site, evaluation.memory)
  const isAtOnce = keeper === undefined && outbox.isEmpty && evaluation.starts.length <= sliceMax
  if (isAtOnce) remember(site, outbox.tellAtOnce(evaluation, events, now))
  else outbox.add(evaluation, events)
  const inherited = evaluation.inherited.map((stop) => ({ stop, isMoved: false }))
  recoveredStops.add(inherited, elapsed, isStopSeen)
  keeper?.touch(idsOf(evaluation.stops, evaluation.withdrawn, evaluation.missed))
}

/** Hands the memory of a step to the keeper, and counts what is forgotten. */
export const remember = ({ keeper, telemetry }: Site, memory: Memory | undefined): void => {
  if (memory === undefined) return
  const { forgotten, joined } = memory.losses
  keeper?.remember(memory)
  telemetry.forgotten(joined, forgotten.length)
}

function* idsOf(
  ...all: ReadonlyArray<ReadonlyArray<RunningStateChange | MissedRun>>
): Generator<DispatchId, void, void> {
  for (const some of all) for (const { dispatch } of some) yield dispatch.id
}
