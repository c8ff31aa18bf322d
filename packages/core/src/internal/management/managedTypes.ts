/** The managed types: each with its actors, and with the fibers that follow the dispatching actor for them. */
import { Deferred, Duration, Effect, Exit, Latch, Schedule, type Schema, Scope, Stream } from "effect"
import type { ActorFactory } from "../../ActorFactory.ts"
import type { DispatchEvent } from "../../DispatchEvent.ts"
import type { DispatchingActor } from "../../DispatchingActor.ts"
import * as Instrument from "../../Instrument.ts"
import {
  checkManaging,
  defaultRetryDelay,
  type Manage,
  type ManageOptions,
  managingCapacity,
  type WhenStale
} from "../../ManageOptions.ts"
import type { MergeStrategy } from "../../MergeStrategy.ts"
import * as Metrics from "../../Metrics.ts"
import { onTimers } from "../elapsed.ts"
import { leavesOut } from "../subscribers/leftOut.ts"
import * as Merging from "../subscribers/merge.ts"
import { ManagedType } from "./managedType.ts"
import * as Payloads from "./payloads.ts"
import * as StaleGuard from "./staleGuard.ts"

/** A type that is managed. */
interface Entry {
  readonly type: string
  readonly actors: Actors
  /** The scope of the fibers that follow the dispatching actor. */
  readonly scope: Scope.Closeable
  readonly stopped: Deferred.Deferred<void>
  isStopping: boolean
}

/** The actors of a type, whatever their payloads are. */
type Actors = Pick<
  ManagedType<never, never, never>,
  "follow" | "reject" | "revoke" | "hold" | "release" | "stop" | "running"
>

/** The way to read the changes of a type: payloads decoded, identities merged. */
interface Reading<P> {
  readonly decode: Payloads.Decode<P>
  readonly merging: Merging.Merging | undefined
  /** The dispatches that the merging leaves out because their payloads do not decode. */
  readonly unusable: Merging.Merging | undefined
}

type Options<E, P> = ManageOptions<E, P> & { readonly payload?: Schema.ConstraintDecoder<P> | undefined }

export class ManagedTypes {
  readonly #dispatching: DispatchingActor["Service"]
  readonly #scope: Scope.Scope
  readonly #entries = new Map<string, Entry>()
  /** Open while nothing is managed; made with the first type. */
  #none: Latch.Latch | undefined
  #hearsOfEnds = false

  constructor(dispatching: DispatchingActor["Service"], scope: Scope.Scope) {
    this.#dispatching = dispatching
    this.#scope = scope
  }

  has(type: string): boolean {
    return this.#entries.has(type)
  }

  /** Waits until nothing is managed. */
  get none(): Effect.Effect<void> {
    return Effect.suspend(() => this.#none?.await ?? Effect.void)
  }

  readonly manage: Manage = <P, E, R>(
    type: string,
    factory: ActorFactory<P, E, R>,
    options: Options<E, P> = {}
  ) =>
    Effect.gen({ self: this }, function* () {
      yield* checkManaging(type, factory, options)
      const before = this.#entries.get(type)
      if (before?.isStopping === true) yield* Deferred.await(before.stopped)
      yield* this.#begin(type, factory, options)
    })

  stop(type: string): Effect.Effect<void> {
    return Effect.suspend(() => {
      const entry = this.#entries.get(type)
      if (entry === undefined) return Effect.void
      if (entry.isStopping) return Deferred.await(entry.stopped)
      entry.isStopping = true
      // The caller may be interrupted; stopping still completes.
      return Effect.andThen(Effect.forkDetach(this.#end(entry)), Deferred.await(entry.stopped))
    })
  }

  get stopAll(): Effect.Effect<void> {
    return Effect.suspend(() =>
      Effect.forEach([...this.#entries.keys()], (type) => this.stop(type), {
        concurrency: "unbounded",
        discard: true
      })
    )
  }

  #end(entry: Entry): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      yield* Scope.close(entry.scope, Exit.void)
      yield* entry.actors.stop
      this.#entries.delete(entry.type)
      if (this.#entries.size === 0) this.#none?.openUnsafe()
      yield* Deferred.succeed(entry.stopped, undefined)
    })
  }

  #begin<P, E, R>(type: string, factory: ActorFactory<P, E, R>, options: Options<E, P>) {
    return Effect.gen({ self: this }, function* () {
      if (this.#entries.has(type)) {
        return yield* Effect.logWarning(`Actors of ${type} are managed already; they stay as they are`)
      }
      const reading = yield* readingOf(type, options)
      const actors = yield* this.#actorsOf(type, factory, reading, options)
      const entry = {
        type,
        actors,
        scope: Scope.makeUnsafe(),
        stopped: Deferred.makeUnsafe<void>(),
        isStopping: false
      }
      this.#entries.set(type, entry)
      this.#none ??= Latch.makeUnsafe(true)
      this.#none.closeUnsafe()
      const subscribe = this.#subscribe(entry, reading, options.whenStale ?? "continue")
      yield* Effect.onError(Scope.provide(subscribe, entry.scope), () => this.stop(type))
    }).pipe(Effect.uninterruptible)
  }

  #actorsOf<P, E, R>(
    type: string,
    factory: ActorFactory<P, E, R>,
    { decode, merging }: Reading<P>,
    { commandTimeLimit, retry }: Options<E, P>
  ) {
    return Effect.map(
      Effect.context<Exclude<R, Scope.Scope>>(),
      (services) =>
        new ManagedType({
          type,
          journal: this.#dispatching.journalWriter,
          factory,
          services,
          identityOf: merging?.keyOf ?? (({ dispatch }) => dispatch.id),
          decode,
          present: this.#dispatching.dispatch,
          retry: onTimers(retry ?? Schedule.spaced(defaultRetryDelay)),
          catchUpWindow: this.#dispatching.settings.catchUpWindow,
          commandTimeLimit: Duration.fromInputUnsafe(commandTimeLimit ?? Duration.infinity)
        })
    )
  }

  #subscribe(entry: Entry, { merging, unusable }: Reading<unknown>, whenStale: WhenStale) {
    return Effect.gen({ self: this }, function* () {
      const { actors, type } = entry
      yield* Instrument.declare(countedByType, { type: [type] })
      yield* Metrics.actorsRunning.observe(() => actors.running, type)
      yield* this.#hearOfEnds
      const changes = yield* this.#changesOf(type, merging)
      if (whenStale !== "continue") yield* this.#guard(entry, whenStale.stopAfter)
      yield* this.#follow(entry, changes, (change) => actors.follow(change))
      if (unusable !== undefined) {
        const leftOut = yield* this.#changesOf(type, unusable)
        yield* this.#follow(entry, leftOut, (change) => actors.reject(change))
      }
    })
  }

  #changesOf(type: string, merging: Merging.Merging | undefined) {
    return this.#dispatching.runningStateChanges({
      type,
      merging,
      current: true,
      leavesRecovered: true,
      capacity: managingCapacity
    })
  }

  #guard(entry: Entry, stopAfter: Duration.Input) {
    return Effect.gen({ self: this }, function* () {
      const { actors, type } = entry
      const { staleMillis, statusChanges } = this.#dispatching
      const guarded = { actors, type, stopAfter: Duration.fromInputUnsafe(stopAfter), staleMillis }
      // Already too stale: start nothing.
      yield* StaleGuard.check(guarded)
      yield* this.#follow(entry, StaleGuard.follow(guarded, statusChanges), () => Effect.void)
    })
  }

  /** Acts on each value. When the stream ends, the type is given up: its actors must not run on for ever. */
  #follow<A>({ scope, type }: Entry, stream: Stream.Stream<A>, act: (value: A) => Effect.Effect<void>) {
    const giveUp = (log: Effect.Effect<void>) => Effect.andThen(log, Effect.forkDetach(this.stop(type)))
    const stopped = `Actors of ${type} are stopped and managed no longer`
    return Stream.runForEach(stream, act).pipe(
      Effect.matchCauseEffect({
        onSuccess: () => giveUp(Effect.logWarning(`${stopped}: the dispatching actor tells nothing more`)),
        onFailure: (cause) => giveUp(Effect.logError(stopped, cause))
      }),
      Effect.forkIn(scope)
    )
  }

  /** Follows, once for all types, the events that end commands: no running-state change tells of them. */
  get #hearOfEnds(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      if (this.#hearsOfEnds) return
      this.#hearsOfEnds = true
      const events = yield* this.#dispatching.lifecycleEvents({ capacity: managingCapacity })
      yield* Effect.forkScoped(Stream.runForEach(events, (event) => this.#revoke(event)))
    }).pipe(Scope.provide(this.#scope))
  }

  #revoke(event: DispatchEvent): Effect.Effect<void> {
    const ended = [...this.#entries.values()].filter(({ type }) => endsCommand(event, type))
    return Effect.forEach(ended, ({ actors }) => actors.revoke(event.dispatch.id), { discard: true })
  }
}

const readingOf = Effect.fnUntraced(function* <P, E>(type: string, { merge, payload }: Options<E, P>) {
  const decode = Payloads.decoderOf(payload)
  const report = leavesOut(yield* Effect.context<never>())
  const mergingOf = (strategy: MergeStrategy) => Merging.make(strategy, type, report)
  return {
    decode,
    merging: merge && mergingOf(Payloads.usable(merge, decode)),
    unusable: merge && payload && mergingOf(Payloads.unusable(merge, decode))
  } satisfies Reading<P>
})

/** The counters of each type: they are 0 from the beginning of its management, so that the first failure is a rise. */
const countedByType = [
  Metrics.actorsStarted,
  Metrics.actorsFailed,
  Metrics.actorsRetried,
  Metrics.stopsLate,
  Metrics.commandsTooLong,
  Metrics.payloadsUnusable
]

/** True if the actor of a command must not go on after this. */
const endsCommand = (event: DispatchEvent, type: string): boolean => {
  const { dispatch } = event
  if (event._tag !== "Updated") return event._tag === "Deleted"
  return !dispatch.active || dispatch.type !== type || !dispatch.isSameKind(event.previous)
}
