import { fromBinary } from "@bufbuild/protobuf"
import * as Wire from "@effect-dispatch/api/Protobuf"
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import type { NewDispatch } from "@effect-dispatch/core/DispatchClient"
import type { DispatchError } from "@effect-dispatch/core/DispatchError"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect } from "effect"
import { clientOf, id, microgridId } from "./clientOf.ts"
import { answer, answerList, type Exchange, make, wireDispatch } from "./grpcService.ts"

const announced = { "dispatch-features": "calendar,other" }
const at = (text: string) => DateTime.makeUnsafe(text)
const recurrence = new CalendarRule({
  frequency: "WEEKLY",
  interval: 1,
  timeZone: "Europe/Berlin",
  byWeekdays: ["FRIDAY"]
})
const peak = {
  type: "PEAK",
  startTime: at("2027-03-23T17:00:00Z"),
  duration: Duration.hours(1),
  target: Target.componentIds(1n),
  recurrence
} as const

/** A service that keeps what it is sent, with the features that it announces; `forgets` loses rules in local time. */
const serviceOf = (features: { readonly [header: string]: string }, forgets = false) =>
  make((exchange: Exchange) => {
    exchange.open(features)
    if (exchange.method === "ListMicrogridDispatches") return answerList(exchange, [])
    if (exchange.method === "DeleteMicrogridDispatch") {
      return answer(exchange, Wire.DeleteMicrogridDispatchResponseSchema, {})
    }
    if (exchange.method === "UpdateMicrogridDispatch") {
      const { update } = fromBinary(Wire.UpdateMicrogridDispatchRequestSchema, exchange.request)
      const calendar = forgets ? undefined : update?.calendar
      return answer(exchange, Wire.UpdateMicrogridDispatchResponseSchema, {
        dispatch: wireDispatch(7n, calendar === undefined ? {} : { calendar })
      })
    }
    const { dispatchData } = fromBinary(Wire.CreateMicrogridDispatchRequestSchema, exchange.request)
    const { calendar, startTime } = dispatchData ?? {}
    return answer(exchange, Wire.CreateMicrogridDispatchResponseSchema, {
      dispatch: wireDispatch(7n, {
        ...(startTime === undefined ? {} : { startTime }),
        ...(forgets || calendar === undefined ? {} : { calendar })
      })
    })
  })

const methods = ({ exchanges }: { readonly exchanges: ReadonlyArray<Exchange> }) =>
  exchanges.map(({ method }) => method.replace("MicrogridDispatch", ""))

const failing = <A>(call: Effect.Effect<A, DispatchError>) =>
  Effect.map(Effect.flip(call), ({ reason }) => reason)

describe("rules in local time, written by the client", () => {
  it.live("are sent once the service has announced them, for which it is asked once", () =>
    Effect.gen(function* () {
      const service = yield* serviceOf(announced)
      const client = yield* clientOf(service)
      const both = [
        client.create(microgridId, peak),
        client.update(microgridId, id(7n), { calendar: recurrence })
      ]
      yield* Effect.all(both, { concurrency: "unbounded" })
      yield* client.create(microgridId, peak)
      assert.deepStrictEqual(methods(service).sort(), ["Create", "Create", "Listes", "Update"])
    })
  )

  it.live("ask nothing where no feature is needed, or any answer has told", () =>
    Effect.gen(function* () {
      const service = yield* serviceOf(announced)
      const client = yield* clientOf(service)
      const { recurrence: _, ...oneOff } = peak
      yield* client.create(microgridId, oneOff)
      yield* client.create(microgridId, peak)
      assert.deepStrictEqual(methods(service), ["Create", "Create"])
    })
  )

  it.live("are refused before anything is sent to a service that does not announce them", () =>
    Effect.gen(function* () {
      const service = yield* serviceOf({})
      const client = yield* clientOf(service)
      for (const call of [
        client.create(microgridId, peak),
        client.update(microgridId, id(7n), { calendar: { exceptions: [] } })
      ]) {
        const reason = yield* failing(call)
        assert.strictEqual(reason._tag, "Unsupported")
        assert.include(reason.message, `127.0.0.1:${service.port}`)
      }
      // "Not announced" is remembered, so that it asked once.
      assert.lengthOf(service.exchanges, 1)
    })
  )

  it.live("that the service loses are taken back, and told with the id and what was stored", () =>
    Effect.gen(function* () {
      const service = yield* serviceOf(announced, true)
      const client = yield* clientOf(service)
      const created = yield* failing(client.create(microgridId, peak))
      assert.strictEqual(created._tag, "Unsupported")
      assert.match(
        created.message,
        /dispatch 7 is stored as a one-off at 2027-03-26T17:00:00.000Z, and was deleted/
      )
      const updated = yield* failing(client.update(microgridId, id(7n), { calendar: recurrence }))
      assert.match(updated.message, /dispatch 7 is stored as a one-off/)
      assert.deepStrictEqual(methods(service).slice(1), ["Create", "Delete", "Update"])
    })
  )

  it.live("start at their first run, so that a reader that knows no zones runs a right one", () =>
    Effect.gen(function* () {
      const service = yield* serviceOf(announced)
      const client = yield* clientOf(service)
      const starts = (yield* Effect.forEach(
        [
          peak,
          // Its first run is one that the clock leaps over: moving there would change all later ones.
          {
            ...peak,
            startTime: at("2027-03-28T00:30:00Z"),
            recurrence: new CalendarRule({
              frequency: "DAILY",
              interval: 1,
              timeZone: "Europe/Berlin",
              byHours: [2]
            })
          }
        ],
        (dispatch) => client.create(microgridId, dispatch)
      )).map(({ startTime }) => DateTime.formatIso(startTime))
      assert.deepStrictEqual(starts, ["2027-03-26T17:00:00.000Z", "2027-03-28T00:30:00.000Z"])
    })
  )

  it.live("that start now start at their first run as well, and now if that is it", () =>
    Effect.gen(function* () {
      const service = yield* serviceOf(announced)
      const client = yield* clientOf(service)
      const created = (dispatch: NewDispatch) =>
        Effect.map(client.create(microgridId, { ...peak, ...dispatch, startTime: "NOW" }), () => {
          const request = service.exchanges.at(-1)?.request ?? new Uint8Array()
          return fromBinary(Wire.CreateMicrogridDispatchRequestSchema, request)
        })
      const before = yield* DateTime.now
      const nightly = yield* created({
        ...peak,
        recurrence: new CalendarRule({ ...recurrence, frequency: "YEARLY", byMonths: [2], byMonthDays: [29] })
      })
      const { seconds = 0n } = nightly.dispatchData?.startTime ?? {}
      assert.isUndefined(nightly.startImmediately)
      assert.isAbove(Number(seconds) * 1_000, before.epochMilliseconds)
      const { byWeekdays: _, ...daily } = recurrence
      const now = yield* created({ ...peak, recurrence: new CalendarRule({ ...daily, frequency: "DAILY" }) })
      assert.isTrue(now.startImmediately)
    })
  )
})
