import { PgClient } from "@effect/sql-pg"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as Fleet from "@effect-dispatch/fleet/Fleet"
import * as FleetPostgres from "@effect-dispatch/fleet/FleetPostgres"
import * as FleetNode from "@effect-dispatch/fleet/FleetNode"
import { FleetRegistry } from "@effect-dispatch/fleet/FleetRegistry"
import * as TokenGate from "@effect-dispatch/fleet/TokenGate"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, Schedule, Stream } from "effect"
import { isAvailable, sharedPostgres } from "../postgres.ts"
import { makeService } from "../service.ts"
import { freePort } from "../freePort.ts"
import { makeProcesses, until } from "./processes.ts"

const one = MicrogridId.make(1n)

/** Makes the tables of a fleet. */
const made = (url: string) =>
  Effect.scoped(
    Layer.build(
      FleetPostgres.layer().pipe(Layer.provide(PgClient.layer({ url: Redacted.make(url) })), Layer.fresh)
    )
  )

describe.skipIf(!isAvailable)("the readers of a fleet", () => {
  const server = sharedPostgres()

  it.live(
    "F5: over a crash what goes on is told again without a stop, and what was deleted is stopped once",
    () =>
      Effect.gen(function* () {
        const url = yield* server.database
        yield* made(url)
        const service = yield* makeService
        const context = yield* Layer.build(
          Fleet.layer.pipe(
            Layer.provideMerge(FleetNode.layerClient({ url: Redacted.make(url) })),
            Layer.provideMerge(DispatchClientGrpc.layer({ url: service.url })),
            Layer.fresh
          )
        )
        yield* Effect.gen(function* () {
          const fleet = yield* Fleet.Fleet
          const client = yield* DispatchClient
          yield* (yield* FleetRegistry).add([one])
          const { start } = yield* makeProcesses
          const begin = Effect.map(freePort, (port) =>
            start({ url, service: service.url, address: `127.0.0.1:${port}` })
          )
          const processes = [yield* begin, yield* begin]
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
          yield* until(() => late.length >= 3)
          assert.sameMembers(late, ["Stopped LEAVES", "Running STAYS", "Stopped STAYS"])
          assert.deepStrictEqual(yield* fleet.where(MicrogridId.make(9n)), Option.none())
          // Nobody runs a microgrid that is parked.
          yield* create("PARKED")
          yield* until(() => told().includes("Running PARKED"))
          yield* (yield* FleetRegistry).park([one], "a look")
          yield* until(() => told().includes("Stopped PARKED"))
        }).pipe(Effect.provideContext(context))
      }).pipe(Effect.scoped)
  )
})
