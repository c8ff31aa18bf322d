/** Lets calls begin a few at a time, so that a session that opens thousands at once holds up no other. */
import type * as http2 from "node:http2"
import { callsBegunAtOnce, callsToBeginMax } from "../../ServiceLimits.ts"

interface Waiting {
  readonly stream: http2.ServerHttp2Stream
  readonly begin: () => void
}

/**
 * So many calls begin in a turn of the event loop; the others wait for the next, and each session has its turn. A call
 * that went away meanwhile never begins.
 */
export class CallTurns {
  #left = callsBegunAtOnce
  #isTurning = false
  /** The calls that wait. */
  #count = 0
  /** By session; the first is next. */
  readonly #waiting = new Map<http2.Http2Session | undefined, Array<Waiting>>()

  /** Begins a call, at once if it is its turn; false if too many wait for theirs. */
  take(stream: http2.ServerHttp2Stream, begin: () => void): boolean {
    this.#turn()
    if (this.#left > 0 && this.#waiting.size === 0) {
      this.#left--
      begin()
      return true
    }
    if (this.#count >= callsToBeginMax) return false
    this.#count++
    const ofSession = this.#waiting.get(stream.session) ?? []
    ofSession.push({ stream, begin })
    this.#waiting.set(stream.session, ofSession)
    return true
  }

  #turn(): void {
    if (this.#isTurning) return
    this.#isTurning = true
    setImmediate(() => this.#beginNext())
  }

  #beginNext(): void {
    this.#isTurning = false
    this.#left = callsBegunAtOnce
    for (const [session, ofSession] of this.#waiting) {
      if (this.#left === 0) break
      this.#waiting.delete(session)
      const next = ofSession.shift()
      this.#count--
      // Its session comes again after all the others.
      if (ofSession.length > 0) this.#waiting.set(session, ofSession)
      if (next === undefined || next.stream.closed || next.stream.destroyed) continue
      this.#left--
      next.begin()
    }
    if (this.#left < callsBegunAtOnce) this.#turn()
  }
}
