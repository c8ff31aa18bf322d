/** Real dispatchers whose process dies while some of what they run is deleted. */
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { Effect, Stream } from "effect"
import { type Told, until } from "../../../test/integration/fleet/processes.ts"
import { idOf, type Stage } from "./stage.ts"

/** One of so many dispatches is deleted while nobody runs it. */
const deletedOf = 3

/** Kills a process whose microgrids all run something, and deletes some of that. Lengths are milliseconds. */
export const recovery = Effect.fnUntraced(function* (stage: Stage) {
  const { client } = stage.fleet
  const started = yield* Effect.forEach(
    Array.from({ length: stage.count }, (_, index) => MicrogridId.make(BigInt(index + 1))),
    (id) =>
      Effect.map(
        client.create(id, {
          type: "CHARGE",
          startTime: "NOW",
          duration: "1 hour",
          target: Target.componentIds(7n)
        }),
        (dispatch) => [String(id), dispatch.id] as const
      ),
    { concurrency: 50 }
  )
  const running = () =>
    stage.events.filter((told) => told.event === "edge" && told.state === "Running").length
  yield* until(() => running() >= stage.count)
  const victim = stage.processes[0]
  if (victim === undefined) return yield* Effect.die("there is no process")
  const mine = new Set(stage.of(victim).map(idOf))
  const deleted = started.filter(([id], index) => mine.has(id) && index % deletedOf === 0)
  const from = stage.events.length
  const at = Date.now()
  yield* stage.replaced(
    victim,
    Effect.andThen(
      Effect.sync(() => victim.signal("SIGKILL")),
      Effect.forEach(deleted, ([id, dispatch]) => client.delete(MicrogridId.make(BigInt(id)), dispatch), {
        concurrency: 50,
        discard: true
      })
    ).pipe(Effect.orDie)
  )
  const after = () => stage.events.slice(from)
  const inSync = () => after().filter((told) => told.event === "inSync" && mine.has(told.id))
  const stops = () => after().filter((told) => told.event === "edge" && told.state === "Stopped")
  yield* until(() => inSync().length >= mine.size && stops().length >= deleted.length)
  return {
    count: mine.size,
    stopped: Math.max(...stops().map((told) => told.at)) - at,
    lost: deleted.length - stops().length,
    inSync: longest(after().filter((told) => mine.has(idOf(told))))
  }
})

/** The time from the first takeover of a process until all that it took over is in sync: the longest of all. */
const longest = (events: ReadonlyArray<Told>): number => {
  const instants = (name: Told["event"], from: string) =>
    events.flatMap((told) => (told.event === name && told.from === from ? [told.at] : []))
  const processes = [...new Set(events.filter(({ event }) => event === "up").map(({ from }) => from))]
  return Math.max(
    ...processes.map((from) => Math.max(...instants("inSync", from)) - Math.min(...instants("up", from)))
  )
}

/** The time that as many streams and lists take without any actor, in milliseconds. */
export const bareCost = (stage: Stage, count: number): Effect.Effect<number> =>
  Effect.gen(function* () {
    const { client } = stage.fleet
    const at = performance.now()
    yield* Effect.forEach(
      Array.from({ length: count }, (_, index) => MicrogridId.make(BigInt(index + 1))),
      (id) => Effect.andThen(client.stream(id), Stream.runDrain(client.list(id))),
      { concurrency: "unbounded", discard: true }
    )
    return performance.now() - at
  }).pipe(Effect.scoped, Effect.orDie)
