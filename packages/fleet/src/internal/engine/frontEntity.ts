/** The front of a bucket as an entity: it lives where the program of the bucket does, on the same shard. */
import { Effect, Stream } from "effect"
import { Entity, type Sharding } from "effect/cluster"
import { Rpc } from "effect/rpc"
import { Schema } from "effect"
import { EdgesMessage, EdgesRequest, type Front, SiteReport } from "../../FleetEngine.ts"
import { FleetError } from "../../FleetError.ts"

const FrontEntity = Entity.make("FleetFront", [
  Rpc.make("Edges", { payload: EdgesRequest, success: EdgesMessage, error: FleetError, stream: true }),
  Rpc.make("Report", { payload: { microgrid: Schema.BigInt }, success: SiteReport, error: FleetError })
])

/** Answers for the buckets of this process. Readers of edges stay, so none waits for another. */
export const serve = (sharding: Sharding.Sharding["Service"], { edges, report }: Front) =>
  sharding.registerEntity(
    FrontEntity,
    Effect.succeed({
      Edges: ({ payload }) => edges(payload),
      Report: ({ payload }) => report(payload.microgrid)
    }),
    { concurrency: "unbounded", maxIdleTime: "1 hour" }
  )

/** The way to the fronts, by the names of the buckets. */
export const reach = (sharding: Sharding.Sharding["Service"], names: ReadonlyArray<string>) =>
  Effect.map(sharding.makeClient(FrontEntity), (clientOf) => ({
    at: (bucket: number): Front => {
      const client = clientOf(names[bucket] ?? "")
      return {
        edges: (request) => Stream.mapError(client.Edges(request), toError),
        report: (microgrid) => Effect.mapError(client.Report({ microgrid }), toError)
      }
    }
  }))

const toError = (error: FleetError | Error): FleetError =>
  error instanceof FleetError
    ? error
    : new FleetError({
        reason: "Unavailable",
        message: `the owner of the microgrid cannot be reached: ${error.message}`
      })
