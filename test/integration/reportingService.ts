/** A journal that grows, and a service behind a network that fails in every way. */
import * as ReportCodec from "@effect-dispatch/api/ReportCodec"
import { ReportClient } from "@effect-dispatch/client/ReportClient"
import type { RunReporterOptions } from "@effect-dispatch/client/RunReporter"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { JournalEntry, JournalEvent } from "@effect-dispatch/core/JournalEntry"
import { isAfter, type JournalPosition } from "@effect-dispatch/core/JournalStore"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { ReportBatch, ReportedRun } from "@effect-dispatch/core/ReportedRun"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as ReportService from "@effect-dispatch/server/ReportService"
import { Context, DateTime, Effect, Layer, PubSub, Result, Stream } from "effect"

export const microgridId = MicrogridId.make(1n)

/** An instant some seconds after the beginning. */
export const at = (seconds: number): DateTime.Utc => DateTime.makeUnsafe(1_795_435_200_000 + seconds * 1_000)

const about = (id: number, from: number, length = 60) => ({
  dispatch: { id: DispatchId.make(BigInt(id)), type: "CHARGE", dryRun: false, updateTime: 1n },
  occurrence: at(from),
  until: at(from + length)
})

export const running = (id: number, from: number): JournalEvent => ({
  _tag: "Running",
  ...about(id, from),
  plannedAt: at(from),
  cause: "Scheduled"
})

export const stopped = (id: number, from: number): JournalEvent => ({
  _tag: "Stopped",
  ...about(id, from),
  plannedAt: at(from + 60),
  cause: "Scheduled"
})

export const missed = (id: number, from: number): JournalEvent => ({
  _tag: "Missed",
  ...about(id, from),
  reason: "LateWakeUp",
  count: 1
})

export const failed = (id: number, from: number, reason: string): JournalEvent => ({
  _tag: "Actor",
  ...about(id, from),
  step: "Failed",
  reason
})

export const amended = (epoch: bigint, number: bigint): JournalEvent => ({ _tag: "Amended", epoch, number })

/** A journal in memory. */
export class TestJournal {
  entries: ReadonlyArray<JournalEntry> = []
  /** True if an entry came late. */
  hasLate = false
  readonly #written = Effect.runSync(PubSub.unbounded<JournalPosition>())
  readonly id: string

  constructor(id = "0123456789abcdef0123456789abcdef") {
    this.id = id
  }

  append(event: JournalEvent, when: DateTime.Utc, epoch = 0n): Effect.Effect<unknown> {
    const number = BigInt(this.entries.length + 1)
    this.entries = [...this.entries, { epoch, number, at: when, status: "Synchronised", event }]
    return PubSub.publish(this.#written, { epoch, number })
  }

  /** Writes an entry of an owner that was replaced, of which readers are not called; gives its number. */
  appendLate(event: JournalEvent, when: DateTime.Utc, epoch: bigint): bigint {
    this.hasLate = true
    const number = BigInt(this.entries.length + 1)
    const entry: JournalEntry = { epoch, number, at: when, status: "Stale", event }
    this.entries = [...this.entries, entry].sort((one, other) => (isAfter(one, other) ? 1 : -1))
    return number
  }

  get journal(): RunReporterOptions["journal"] {
    return {
      reporter: Effect.succeed({ id: this.id, name: "plant-7" }),
      after: (position, limit) =>
        Effect.sync(() => this.entries.filter((entry) => isAfter(entry, position)).slice(0, limit)),
      written: Stream.fromPubSub(this.#written)
    }
  }
}

/** The fate of a call. */
export type Fault =
  | "None"
  | "RequestLost"
  | "AnswerLost"
  | "Doubled"
  | "Replayed"
  | "Refused"
  | "NameRefused"
  | "DiscLost"

/** A service, and a network to it that does as it is told. */
export class TestService {
  /** Decides on each call. */
  fault: (batch: ReportBatch) => Fault = () => "None"
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
      report: (batch) => Effect.suspend(() => this.#call(batch, this.fault(batch))),
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
        case "NameRefused":
          return yield* DispatchError.invalidArgument("reporter.name", "is not one of ours")
        case "DiscLost":
          this.#service = undefined
          return yield* away
        case "None":
          return yield* this.#take(batch)
      }
    })
  }
}
