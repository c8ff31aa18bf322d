/** The front of a bucket as an entity: it lives where the program of the bucket does, on the same shard. */
import { Effect, Stream } from "effect"
import { Entity, type Sharding } from "effect/cluster"
import { Rpc } from "effect/rpc"
import { Schema } from "effect"
import { EdgesMessage, EdgesRequest, type Front, SiteReport } from "../../FleetEngine.ts"
import { FleetError } from "../../FleetError.ts"

/** The first message of each owner. */
const Begun = Schema.TaggedStruct("Begun", {})

const FrontEntity = Entity.make("FleetFront", [
  Rpc.make("Edges", {
    payload: EdgesRequest,
    success: Schema.Union([Begun, EdgesMessage]),
    error: FleetError,
    stream: true
  }),
  Rpc.make("Report", { payload: { microgrid: Schema.BigInt }, success: SiteReport, error: FleetError })
])

/** Answers for the buckets of this process. Readers of edges stay, so none waits for another. */
export const serve = (sharding: Sharding.Sharding["Service"], { edges, report }: Front) =>
  sharding.registerEntity(
    FrontEntity,
    Effect.succeed({
      Edges: ({ payload }) => Stream.concat(Stream.succeed(Begun.make({})), edges(payload)),
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
        edges: (request) => ofOneOwner(Stream.mapError(client.Edges(request), toError)),
        report: (microgrid) => Effect.mapError(client.Report({ microgrid }), toError)
      }
    }
  }))

/**
 * Where an owner dies, the engine sends the same request to the next one, within the same stream. That does not have in it
 * what the reader was told meanwhile, so that stops of it would never be told: the stream fails instead.
 */
const ofOneOwner = (
  messages: Stream.Stream<typeof Begun.Type | EdgesMessage, FleetError>
): Stream.Stream<EdgesMessage, FleetError> =>
  Stream.suspend(() => {
    let hasBegun = false
    return Stream.mapEffect(messages, (message): Effect.Effect<ReadonlyArray<EdgesMessage>, FleetError> => {
      if (message._tag !== "Begun") return Effect.succeed([message])
      if (hasBegun) return Effect.fail(replaced)
      hasBegun = true
      return Effect.succeed([])
    }).pipe(Stream.flatMap(Stream.fromIterable))
  })

const replaced = new FleetError({
  reason: "Unavailable",
  message: "the owner of the microgrid was replaced by another"
})

const toError = (error: FleetError | Error): FleetError =>
  error instanceof FleetError
    ? error
    : new FleetError({
        reason: "Unavailable",
        message: `the owner of the microgrid cannot be reached: ${error.message}`
      })
