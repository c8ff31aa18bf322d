/**
 * Turns of the event loop without a delay. Browsers put four milliseconds before a timer that follows another, which
 * fibers that yield would wait for each time: ten thousand dispatches then take a minute.
 */
import * as Scheduler from "effect/Scheduler"

/** Work that waits for its turn, in order; a piece that was taken back is left out. */
const waiting = new Map<number, () => void>()
const { port1, port2 } = new MessageChannel()
let last = 0

port1.onmessage = ({ data }: MessageEvent<number>) => {
  const work = waiting.get(data)
  waiting.delete(data)
  work?.()
}

/** Does something in the next turn; gives the function that prevents it. */
const inNextTurn = (work: () => void): (() => void) => {
  const number = ++last
  waiting.set(number, work)
  port2.postMessage(number)
  return () => waiting.delete(number)
}

/** Lets fibers go on in the next turn. */
export const scheduler = new Scheduler.MixedScheduler("async", inNextTurn)
