import { DispatchClient, type StreamEvent } from "@effect-dispatch/core/DispatchClient"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Schedule, Stream } from "effect"
import { clientLayer, explain, serviceAddress } from "../connection.ts"
import * as Account from "../output/account.ts"
import * as Json from "../output/json.ts"
import { tell } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import * as Times from "../output/times.ts"
import { tellUnreadable } from "../output/unreadable.ts"
import * as Types from "../schedule/types.ts"
import { untilStopped } from "../signals.ts"
import { Failure } from "../UsageError.ts"

interface Options {
  readonly microgrid: MicrogridId
  readonly type: ReadonlyArray<string>
  readonly json: boolean
  readonly utc: boolean
}

/** The times at which the service is tried again. */
const schedule = Schedule.jittered(Schedule.spaced("2 seconds"))

const isPassing = (error: Failure | DispatchError): boolean => error._tag === "Failure" || error.isRetryable

/** Shows the service's events until it is stopped, also beyond restarts of the service. */
export const run = (options: Options) =>
  Effect.gen(function* () {
    const client = yield* DispatchClient
    const address = yield* serviceAddress
    const account = Account.make(yield* Times.forScreen(options))
    let connections = 0
    let fault = ""
    const tellFault = (error: Failure | DispatchError) => {
      if (!isPassing(error) || error.message === fault) return Effect.void
      fault = error.message
      return tell(`${Text.safe(fault)}; trying again`)
    }
    const follow = Effect.gen(function* () {
      const { effective, events } = yield* client.stream(options.microgrid)
      yield* effective
      connections += 1
      fault = ""
      yield* tell(
        connections === 1
          ? `Following microgrid ${options.microgrid} at ${address}; stop with Ctrl-C.`
          : "Connected again; what happened in between is not shown."
      )
      yield* Stream.runForEach(events, show(options, account))
      return yield* new Failure({ message: "the service ended the stream" })
    }).pipe(Effect.scoped)
    const retried = follow.pipe(
      Effect.tapError(tellFault),
      Effect.retry({ while: isPassing, schedule }),
      Effect.catchTag("DispatchError", explain)
    )
    yield* untilStopped(retried)
  }).pipe(Effect.provide(clientLayer))

const show = (options: Options, account: Account.Account) => {
  const isOfType = Types.matcher(options.type)
  return ({ kind, record }: StreamEvent): Effect.Effect<void> =>
    Effect.gen(function* () {
      if (record._tag === "UnreadableDispatch") return yield* tellUnreadable(record)
      if (!isOfType(record.type)) return
      if (options.json) return yield* Json.line({ event: kind, dispatch: record })
      yield* account.announced(kind, record)
    })
}
