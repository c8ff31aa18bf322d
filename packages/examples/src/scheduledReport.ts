/**
 * A service that reports every minute what its dispatches will do within a day. The report is a dispatch itself: a
 * command, which recurs. Run `pnpm --filter @effect-dispatch/examples start:report`.
 */
import { Dispatcher, RecurrenceRule, Target } from "@effect-dispatch/core"
import { GrpcServer } from "@effect-dispatch/server"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { DateTime, Duration, Effect, Layer } from "effect"
import { Service, Site } from "./serving.ts"

const report = Effect.gen(function* () {
  const { dispatches } = yield* Dispatcher.Dispatcher
  const now = yield* DateTime.now
  for (const dispatch of yield* dispatches) {
    const runs = [...dispatch.runs(now, DateTime.add(now, { days: 1 }))]
    yield* Effect.log(`${dispatch.type} #${dispatch.id}: ${runs.length} within a day`)
  }
})

/** Makes the dispatches to report, while the store is still empty. */
const furnish = Effect.gen(function* () {
  const { client, dispatches, initialized, microgridId } = yield* Dispatcher.Dispatcher
  yield* initialized
  if ((yield* dispatches).length > 0) return
  yield* client.create(microgridId, {
    type: "NIGHT_CHARGE",
    startTime: "NOW",
    duration: Duration.hours(2),
    target: Target.componentCategories("BATTERY"),
    recurrence: new RecurrenceRule.RecurrenceRule({
      frequency: "DAILY",
      interval: 1,
      byHours: [22],
      byMinutes: [0]
    })
  })
  yield* client.create(microgridId, {
    type: "REPORT",
    startTime: "NOW",
    duration: Duration.zero,
    target: Target.componentCategories("METER"),
    recurrence: new RecurrenceRule.RecurrenceRule({ frequency: "MINUTELY", interval: 1 })
  })
})

const Reporting = Layer.effectDiscard(
  Effect.gen(function* () {
    const dispatcher = yield* Dispatcher.Dispatcher
    const { port } = yield* GrpcServer.GrpcServer
    yield* dispatcher.manage("REPORT", () => report)
    yield* furnish
    yield* Effect.log(`Look at it: pnpm dispatch timeline 1 --url 'grpc://127.0.0.1:${port}?ssl=false'`)
  })
)

Reporting.pipe(Layer.provide(Site), Layer.provide(Service), Layer.launch, NodeRuntime.runMain)
