/**
 * The edges of one microgrid as a reader gets them, over any number of owners (F5).
 *
 * The reader knows what it was told as running. At each new connection the owner says which of that does not run any
 * more, so that no stop is lost, and tells what goes on, which is news only if its token is.
 */
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { isCommand, type RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { DateTime, Duration, Effect, Option, Schedule, Schema, Stream } from "effect"
import type { Token } from "../FencingToken.ts"
import type { EdgesMessage, EdgesRequest, Front } from "../FleetEngine.ts"
import { ownerAbsenceMin, ownerSilenceMax, reconnectDelay } from "../FleetLimits.ts"
import type { Position } from "../FleetStore.ts"
import * as EdgeJson from "./edgeJson.ts"
import { elapsed } from "./elapsed.ts"

/** An edge with its place in the order. */
export interface PlacedEdge {
  readonly token: Token
  readonly number: bigint
  readonly change: RunningStateChange
}

/** All that one reader was told, as far as it matters for what comes. */
export class ToldEdges {
  readonly #microgridId: MicrogridId
  readonly #running = new Map<DispatchId, PlacedEdge>()
  /** Runs that were told to have ended since the owner's snapshot lacks them, with its epoch. */
  readonly #lacked = new Map<DispatchId, bigint>()
  #last: Position | undefined

  constructor(microgridId: MicrogridId, last: Position | undefined) {
    this.#microgridId = microgridId
    this.#last = last
  }

  get request(): EdgesRequest {
    return { microgrid: this.#microgridId, after: this.#last ?? null, held: [...this.#running.keys()] }
  }

  /** The edges that are news to the reader. `now` is for stops whose instant nobody can tell. */
  take(message: EdgesMessage, now: DateTime.Utc): ReadonlyArray<PlacedEdge> {
    switch (message._tag) {
      case "Alive":
      case "Missing":
        return []
      case "Edge":
        return this.#isNew(message) ? this.#tellJson(message, message.edge) : []
      case "Snapshot": {
        const { ended, epoch, running } = message
        // A process that stood still may answer before it knows that it was replaced.
        if (this.#last !== undefined && epoch < this.#last.epoch) return []
        return [
          ...ended.flatMap(({ dispatch, number }) => this.#end({ epoch, number }, dispatch, now)),
          ...running.flatMap(({ edge, number }) => this.#goOn({ epoch, number }, edge))
        ]
      }
    }
  }

  /** The runs that the reader believes in have ended: nobody owns the microgrid, and nobody will. */
  endAll(now: DateTime.Utc): ReadonlyArray<PlacedEdge> {
    return [...this.#running.keys()].flatMap((id) => {
      // A gate refuses all below the newest place, whoever told of the run.
      const { epoch, number } = this.#last ?? { epoch: 0n, number: 0n }
      return this.#end({ epoch, number: number + 1n }, id, now)
    })
  }

  #tellJson(position: Position, json: string): ReadonlyArray<PlacedEdge> {
    const change = Option.getOrUndefined(readEdge(json))
    return change === undefined || this.#isStopped(position, change) ? [] : [this.#tell(position, change)]
  }

  /** True, once, of the stop of a run that an owner tells after its snapshot has lacked it. */
  #isStopped({ epoch }: Position, { dispatch, state }: RunningStateChange): boolean {
    const isLacked = state === "Stopped" && this.#lacked.get(dispatch.id) === epoch
    if (isLacked) this.#lacked.delete(dispatch.id)
    return isLacked
  }

  /** A run that goes on is news, unless its present owner has told of it. */
  #goOn(position: Position, json: string): ReadonlyArray<PlacedEdge> {
    const change = Option.getOrUndefined(readEdge(json))
    if (change === undefined) return []
    const told = this.#running.get(change.dispatch.id)
    const isKnown =
      told?.token.epoch === position.epoch &&
      told.change.decidedAt.epochMilliseconds === change.decidedAt.epochMilliseconds
    return isKnown ? [] : [this.#tell(position, change)]
  }

  /** The run does not go on. An owner that still asks for its dispatch may tell of the stop later on as well. */
  #end(position: Position, dispatch: bigint, now: DateTime.Utc): ReadonlyArray<PlacedEdge> {
    const told = this.#running.get(DispatchId.make(dispatch))
    if (told === undefined) return []
    this.#lacked.set(told.change.dispatch.id, position.epoch)
    const { previous: _, ...change } = told.change
    return [
      this.#tell(position, { ...change, state: "Stopped", at: now, decidedAt: now, cause: "Recovered" })
    ]
  }

  #isNew({ epoch, number }: Position): boolean {
    const last = this.#last
    return last === undefined || epoch > last.epoch || (epoch === last.epoch && number > last.number)
  }

  #tell({ epoch, number }: Position, change: RunningStateChange): PlacedEdge {
    const edge = { token: { microgridId: this.#microgridId, epoch }, number, change }
    const { id } = change.dispatch
    this.#last = { epoch, number }
    if (change.state === "Running") this.#lacked.delete(id)
    if (change.state === "Stopped") this.#running.delete(id)
    else if (!isCommand(change)) this.#running.set(id, edge)
    return edge
  }
}

const parse = Schema.decodeOption(Schema.fromJsonString(Schema.Unknown))

const readEdge = (json: string) => Option.flatMap(parse(json), EdgeJson.decode)

interface FollowOptions {
  readonly after?: Position | undefined
  readonly onMissing?: Effect.Effect<void> | undefined
  /** True if the microgrid was parked or removed, so that it gets no owner. */
  readonly isOut: Effect.Effect<boolean>
}

/** Follows a microgrid for ever, at whoever owns it. */
export const follow = (
  front: Front,
  microgridId: MicrogridId,
  { after, isOut, onMissing = Effect.void }: FollowOptions
): Stream.Stream<PlacedEdge> =>
  Stream.suspend(() => {
    const told = new ToldEdges(microgridId, after)
    /** The elapsed instant (milliseconds) of the last answer, of the owner or of the database. */
    let answeredAt = -Infinity
    const connected = Stream.suspend(() => front.edges(told.request)).pipe(
      // Nothing else tells of a machine that is lost.
      Stream.timeout(ownerSilenceMax),
      Stream.tap(({ _tag }) =>
        Effect.andThen(
          Effect.map(elapsed, (now) => void (answeredAt = now)),
          _tag === "Missing" ? onMissing : Effect.void
        )
      ),
      Stream.mapEffect((message) => Effect.map(DateTime.now, (now) => told.take(message, now))),
      Stream.flatMap(Stream.fromIterable),
      // An owner that dies ends it in any way: by an end, an interruption, or an error.
      Stream.catchCause((cause) =>
        Stream.fromEffectDrain(Effect.logDebug("The owner is looked for again", cause))
      )
    )
    const ended = Effect.gen(function* () {
      const now = yield* elapsed
      const isDue = now - answeredAt >= Duration.toMillis(ownerAbsenceMin)
      if (!isDue || told.request.held.length === 0) return []
      answeredAt = now
      if (!(yield* isOut)) return []
      return told.endAll(yield* DateTime.now)
    })
    return Stream.repeat(
      Stream.concat(connected, Stream.fromIterableEffect(ended)),
      Schedule.spaced(reconnectDelay)
    )
  })
