import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as Fleet from "@effect-dispatch/fleet/Fleet"
import * as FleetNode from "@effect-dispatch/fleet/FleetNode"
import * as TokenGate from "@effect-dispatch/fleet/TokenGate"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, Schedule, Stream } from "effect"
import { isAvailable, sharedPostgres } from "../postgres.ts"
import { until } from "./processes.ts"
import { makeTestFleet } from "./testFleet.ts"

const one = MicrogridId.make(1n)

describe.skipIf(!isAvailable)("the readers of a fleet", () => {
  const server = sharedPostgres()

  it.live(
    "F5: over a crash what goes on is told again without a stop, and what was deleted is stopped once",
    () =>
      Effect.gen(function* () {
        const { client, owners, registry, settled, start, store, url } = yield* makeTestFleet(server, 1)
        const context = yield* Layer.build(
          Fleet.layer.pipe(
            Layer.provideMerge(FleetNode.layerClient({ url: Redacted.make(url) })),
            Layer.fresh
          )
        )
        yield* Effect.gen(function* () {
          const fleet = yield* Fleet.Fleet
          const processes = [yield* start(), yield* start()]
          // The second may get the only bucket, so nothing begins before both are there.
          yield* Effect.repeat(store.runners, {
            schedule: Schedule.spaced("100 millis"),
            until: ({ length }) => length === 2
          })
          yield* until(() => owners().size === 1)
          yield* settled(2_000)
          const create = (type: string) =>
            client.create(one, {
              type,
              startTime: "NOW",
              duration: "1 hour",
              target: Target.componentIds(7n)
            })
          const edges: Array<Fleet.FleetEdge> = []
          const gate = yield* TokenGate.make
          yield* Effect.forkScoped(
            fleet.edges(one).pipe(
              Stream.filterEffect(({ number, token }) => gate.admit(token, number)),
              Stream.runForEach((edge) => Effect.sync(() => void edges.push(edge)))
            )
          )
          // While it moves, nobody knows of it.
          const status = Effect.retry(fleet.status(one), {
            times: 100,
            schedule: Schedule.spaced("100 millis")
          })
          const told = () => edges.map(({ change: { dispatch, state } }) => `${state} ${dispatch.type}`)
          const staying = yield* create("STAYS")
          const leaving = yield* create("LEAVES")
          yield* until(() => told().length === 2)
          assert.sameMembers(told(), ["Running STAYS", "Running LEAVES"])
          const report = yield* status
          assert.strictEqual(report.status, "Synchronised")
          const first = edges.at(-1)
          const owner = processes.find(({ address }) => address === report.address)
          owner?.signal("SIGKILL")
          yield* client.delete(one, leaving.id)
          // Under load it may have moved once more before, which tells of both again.
          const isTaken = () =>
            edges.some(({ change, token }) => change.dispatch.type === "STAYS" && token.epoch > report.epoch)
          yield* until(() => told().includes("Stopped LEAVES") && isTaken())
          yield* Effect.sleep("2 seconds")
          assert.deepStrictEqual(
            told().filter((edge) => edge.startsWith("Stopped")),
            ["Stopped LEAVES"]
          )
          assert.strictEqual(
            told().findLast((edge) => edge.endsWith("STAYS")),
            "Running STAYS"
          )
          const after = yield* status
          assert.isAbove(Number(after.epoch), Number(report.epoch))
          assert.notStrictEqual(after.address, report.address)
          const where = yield* Effect.fromOption(yield* fleet.where(one))
          assert.deepStrictEqual([where.owner, where.epoch], [after.address, after.epoch])
          yield* client.delete(one, staying.id)
          yield* until(() => told().includes("Stopped STAYS"))
          assert.strictEqual(told().at(-1), "Stopped STAYS")
          // One that was away gets what came and went, then what runs: nothing.
          const late: Array<string> = []
          yield* Effect.forkScoped(
            fleet
              .edges(one, { after: { epoch: first?.token.epoch ?? 0n, number: first?.number ?? 0n } })
              .pipe(
                Stream.runForEach(({ change: { dispatch, state } }) =>
                  Effect.sync(() => void late.push(`${state} ${dispatch.type}`))
                )
              )
          )
          yield* until(() => late.includes("Stopped STAYS"))
          // Once for each owner that has told of it.
          assert.sameMembers([...new Set(late)], ["Stopped LEAVES", "Running STAYS", "Stopped STAYS"])
          assert.strictEqual(late.at(-1), "Stopped STAYS")
          assert.deepStrictEqual(yield* fleet.where(MicrogridId.make(9n)), Option.none())
          // Nobody runs a microgrid that is parked.
          yield* create("PARKED")
          yield* until(() => told().includes("Running PARKED"))
          yield* registry.park([one], "a look")
          yield* until(() => told().includes("Stopped PARKED"))
        }).pipe(Effect.provideContext(context))
      }).pipe(Effect.scoped)
  )
})
