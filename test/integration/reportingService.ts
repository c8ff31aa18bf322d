/** A service for reports of runs, behind a network that fails in every way. */
import * as ReportCodec from "@effect-dispatch/api/ReportCodec"
import { ReportClient } from "@effect-dispatch/client/ReportClient"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { ReportBatch, ReportedRun } from "@effect-dispatch/core/ReportedRun"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as ReportService from "@effect-dispatch/server/ReportService"
import { Context, Effect, Layer, Result, Stream } from "effect"

export const microgridId = MicrogridId.make(1n)

/** The fate of a call. */
export type Fault = "None" | "RequestLost" | "AnswerLost" | "Doubled" | "Replayed" | "Refused" | "DiscLost"

/** A service, and a network to it that does as it is told. */
export class TestService {
  /** Decides on each call. */
  fault: () => Fault = () => "None"
  readonly batches: Array<ReportBatch> = []
  readonly #delayed: Array<ReportBatch> = []
  #service: ReportService.ReportService["Service"] | undefined

  get service(): Effect.Effect<ReportService.ReportService["Service"]> {
    return Effect.gen({ self: this }, function* () {
      if (this.#service !== undefined) return this.#service
      const layer = Layer.provide(ReportService.layer, Layer.fresh(DispatchStoreMemory.layer))
      const context = yield* Effect.scoped(Layer.build(Layer.fresh(layer)))
      return (this.#service = Context.get(context, ReportService.ReportService))
    })
  }

  /** All runs that the service knows. */
  get runs(): Effect.Effect<ReadonlyArray<ReportedRun>, DispatchError.DispatchError> {
    return Effect.gen({ self: this }, function* () {
      const { list } = yield* this.service
      const { runs } = yield* list({ microgridId, filter: {}, pageSize: 1_000, pageToken: "" })
      return runs.map((kept) => Result.getOrThrow(ReportCodec.decodeKept(ReportCodec.encodeKept(kept))))
    })
  }

  get client(): ReportClient["Service"] {
    const unused = Stream.die("not asked in these tests")
    return ReportClient.of({
      report: (batch) => Effect.suspend(() => this.#call(batch, this.fault())),
      list: () => unused,
      last: () => unused,
      days: () => unused,
      isOffered: Effect.succeed(true)
    })
  }

  #take(batch: ReportBatch) {
    return Effect.gen({ self: this }, function* () {
      const { report } = yield* this.service
      const read = Result.flatMap(ReportCodec.encodeBatch(batch), ReportCodec.decodeBatch)
      const asked = yield* Effect.mapError(Effect.fromResult(read), ({ message, path }) =>
        DispatchError.invalidArgument(path, message)
      )
      this.batches.push(asked)
      return yield* report(asked)
    })
  }

  #call(batch: ReportBatch, fault: Fault) {
    const away = Effect.fail(DispatchError.unavailable("the network is away"))
    return Effect.gen({ self: this }, function* () {
      switch (fault) {
        case "RequestLost":
          return yield* away
        case "AnswerLost":
          yield* this.#take(batch)
          return yield* away
        case "Doubled":
          yield* this.#take(batch)
          return yield* this.#take(batch)
        case "Replayed": {
          // An earlier call that was thought lost arrives now.
          const late = this.#delayed.shift()
          if (late !== undefined) yield* this.#take(late)
          this.#delayed.push(batch)
          return yield* this.#take(batch)
        }
        case "Refused":
          return yield* DispatchError.permissionDenied("not now")
        case "DiscLost":
          this.#service = undefined
          return yield* away
        case "None":
          return yield* this.#take(batch)
      }
    })
  }
}
