/**
 * The state of one identity of a managed type: a machine without time and effects. Signals come from the dispatches and
 * from the identity's fiber; the answer is the next state and an action on the fiber.
 */
import type { DispatchId } from "../../DispatchId.ts"
import type { DispatchInfo } from "../../DispatchInfo.ts"
import { isCommand, type RunningStateChange } from "../../RunningStateChange.ts"

/** A `Running`, and the info that the actor is told for it. */
export interface Order<P> {
  readonly change: RunningStateChange
  readonly info: DispatchInfo<P>
  /** The instant until which a command may be tried, by the monotonic clock, in milliseconds. */
  readonly triedUntil: number
}

export type State<P> =
  /** There is nothing to do, or the work is done. */
  | { readonly _tag: "Idle" }
  /** There is a fiber, and it shall go on. */
  | {
      readonly _tag: "Active"
      readonly order: Order<P>
      /** Begun for a command and for nothing else since: it runs to completion. */
      readonly isCommand: boolean
      /** Its work is over, well or not: its finalizers run, or it is about to be tried again. */
      readonly isOver: boolean
      /** It has ended by itself and well: only a newer `Running` begins it again. */
      readonly isDone?: true
      /** Its dispatch has a newer version, which could not be understood. */
      readonly isOutdated: boolean
    }
  /** There is a fiber, and it has been interrupted; `next` begins once it has ended. */
  | { readonly _tag: "Stopping"; readonly next: Order<P> | undefined }
  /** There is no fiber until the mirror is synchronised again. */
  | { readonly _tag: "Held"; readonly order: Order<P> }

/** The action on the fiber: begin one, tell it, interrupt it. */
export type Action<P> =
  | { readonly _tag: "Launch" | "Update"; readonly order: Order<P> }
  | { readonly _tag: "Interrupt" }

export type Reaction<P> = readonly [state: State<P>, action?: Action<P>]

export type Signal<P> =
  /** A `Running` came; without an order if its payload could not be understood. */
  | { readonly _tag: "Running"; readonly change: RunningStateChange; readonly order: Order<P> | undefined }
  | { readonly _tag: "Stopped" }
  /** This dispatch is deleted, no longer active, or no longer of this type. */
  | { readonly _tag: "Revoked"; readonly id: DispatchId }
  /** A command has had all the time it may take. */
  | { readonly _tag: "Expired" }
  /** The work of the fiber is over, save for finalizers: well, or to be tried again. */
  | { readonly _tag: "Finished"; readonly isWell?: boolean }
  /** It is tried again, or the fiber has ended. */
  | { readonly _tag: "Retried" | "Ended" }
  /** Hold back runs without an end. */
  | { readonly _tag: "Held" }
  /** Run them again. */
  | { readonly _tag: "Released" }
  /** Stop everything, and run nothing more. */
  | { readonly _tag: "Closed" }

/** The state of the type: runs without an end are held back, or not. */
export interface Hold {
  readonly isHeld: boolean
}

export const idle: State<never> = { _tag: "Idle" }

const interrupt = <P>(next?: Order<P>): Reaction<P> => [{ _tag: "Stopping", next }, { _tag: "Interrupt" }]

const begin = <P>(order: Order<P>, { isHeld }: Hold): Reaction<P> => {
  if (isHeld && isEndless(order.change)) return [{ _tag: "Held", order }]
  const isOfCommand = isCommand(order.change)
  const state = { order, isCommand: isOfCommand, isOver: false, isOutdated: false }
  return [
    { _tag: "Active", ...state },
    { _tag: "Launch", order }
  ]
}

const isEndless = ({ until }: RunningStateChange): boolean => until === undefined

/** The next state. */
export const react = <P>(state: State<P>, signal: Signal<P>, hold: Hold): Reaction<P> => {
  switch (signal._tag) {
    case "Running":
      return signal.order === undefined
        ? misunderstood(state, signal.change.dispatch.id)
        : running(state, signal.order, hold)
    case "Stopped":
      return stopped(state)
    case "Revoked":
      return revoked(state, signal.id)
    case "Expired":
      return state._tag === "Active" && state.isCommand ? interrupt() : [state]
    case "Finished":
      if (state._tag !== "Active") return [state]
      // An actor is begun only with what its dispatch says now.
      if (state.isOutdated) return interrupt()
      return [{ ...state, isOver: true, ...(signal.isWell === true ? { isDone: true } : undefined) }]
    case "Retried":
      return state._tag === "Active" && !state.isDone ? [{ ...state, isOver: false }] : [state]
    case "Ended":
      return state._tag === "Stopping" && state.next !== undefined ? begin(state.next, hold) : [idle]
    case "Held":
      if (state._tag !== "Active" || state.isDone || !isEndless(state.order.change)) return [state]
      return interrupt(state.isOutdated ? undefined : state.order)
    case "Closed":
      if (state._tag === "Active") return interrupt()
      return state._tag === "Stopping" ? [{ _tag: "Stopping", next: undefined }] : [idle]
    case "Released":
      return state._tag === "Held" ? begin(state.order, { isHeld: false }) : [state]
  }
}

const running = <P>(state: State<P>, order: Order<P>, hold: Hold): Reaction<P> => {
  switch (state._tag) {
    case "Idle":
    case "Held":
      return begin(order, hold)
    case "Stopping":
      return [{ _tag: "Stopping", next: order }]
    case "Active": {
      if (state.isOver || (hold.isHeld && isEndless(order.change))) return interrupt(order)
      const goesToCompletion = state.isCommand && isCommand(order.change)
      return [
        { ...state, order, isCommand: goesToCompletion, isOutdated: false },
        { _tag: "Update", order }
      ]
    }
  }
}

/** An actor that is up keeps the info it was told last; one that is not up never begins with an outdated info. */
const misunderstood = <P>(state: State<P>, id: DispatchId): Reaction<P> => {
  switch (state._tag) {
    case "Idle":
      return [state]
    case "Active":
      if (state.order.change.dispatch.id !== id) return [state]
      return state.isOver ? interrupt() : [{ ...state, isOutdated: true }]
    case "Stopping":
      return state.next?.change.dispatch.id === id ? [{ _tag: "Stopping", next: undefined }] : [state]
    case "Held":
      return state.order.change.dispatch.id === id ? [idle] : [state]
  }
}

const stopped = <P>(state: State<P>): Reaction<P> => {
  switch (state._tag) {
    case "Idle":
      return [state]
    case "Active":
      return state.isCommand ? [state] : interrupt()
    case "Stopping":
      return [
        state.next !== undefined && isCommand(state.next.change) ? state : { ...state, next: undefined }
      ]
    case "Held":
      return [idle]
  }
}

const revoked = <P>(state: State<P>, id: DispatchId): Reaction<P> => {
  if (state._tag === "Active" && state.isCommand && state.order.change.dispatch.id === id) return interrupt()
  const isNext =
    state._tag === "Stopping" &&
    state.next !== undefined &&
    isCommand(state.next.change) &&
    state.next.change.dispatch.id === id
  return isNext ? [{ _tag: "Stopping", next: undefined }] : [state]
}
