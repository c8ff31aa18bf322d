/** Many calls as one piece of work: progress, a line for each failure, a summary, and an end at the first failure. */
import { Effect, Result, Stream } from "effect"
import * as Json from "../output/json.ts"
import * as Progress from "../output/progress.ts"
import { tell, tellSentences } from "../output/terminal.ts"
import { watchingForStop } from "../signals.ts"
import { Failure } from "../UsageError.ts"

/** Most calls under way at once. */
const callsMax = 16

/** Most successes that are told one by one. */
const toldMax = 20

/** One call of many. */
export interface Task<A, R> {
  /** Its name in messages: `#12` or `line 3`. */
  readonly name: string
  /** Its name in JSON. */
  readonly key:
    | { readonly id: string }
    | { readonly name: string }
    | { readonly copyOf: string }
    | { readonly line: number }
  /** The word for its success: `created`, `deleted`. */
  readonly done: string
  readonly call: Effect.Effect<A, Failure, R>
}

/** The manner in which many calls are told. */
export interface Manner<A> {
  readonly json: boolean
  /** Only failures are told. */
  readonly quiet: boolean
  /** Goes on after a failure. */
  readonly keepGoing: boolean
  /** A success in JSON, beside its key; `result` if that is not the word of the task. */
  readonly jsonOf: (value: A) => object
  /** A success in words, behind its name. */
  readonly textOf: (value: A, done: string) => string
}

/** The end of a task: its value, why it failed, or that it was not begun. */
type Answer<A> = { readonly value: A } | { readonly failure: Failure } | "not sent"

/** Counts what became of the tasks, and whether more are begun. */
class Tally {
  /** The successes by their words. */
  readonly done: Map<string, number>
  failed = 0
  unsent = 0
  /** No further task is begun; those that are under way end as they do. */
  isStopped = false

  constructor(tasks: ReadonlyArray<{ readonly done: string }>) {
    this.done = new Map(tasks.map(({ done }) => [done, 0]))
  }

  succeed(word: string): void {
    this.done.set(word, (this.done.get(word) ?? 0) + 1)
  }
}

/** Makes all calls, a few at a time, tells of them in order, and fails if one has failed or was not begun. */
export const callAll = Effect.fnUntraced(function* <A, R>(
  tasks: ReadonlyArray<Task<A, R>>,
  manner: Manner<A>
) {
  const isAsked = yield* watchingForStop
  const bar = yield* Progress.bar(tasks.length)
  const tally = new Tally(tasks)
  const answer = (task: Task<A, R>): Effect.Effect<Answer<A>, never, R> =>
    Effect.gen(function* () {
      if (tally.isStopped || isAsked()) return "not sent"
      const result = yield* Effect.result(task.call)
      if (Result.isSuccess(result)) return { value: result.success }
      tally.isStopped ||= !manner.keepGoing
      return { failure: result.failure }
    })
  const answers = Stream.fromIterable(tasks).pipe(
    Stream.mapEffect((task) => Effect.map(answer(task), (found) => ({ task, found })), {
      concurrency: callsMax
    })
  )
  const teller = tellerOf(tasks.length, manner, bar)
  yield* Stream.runForEach(answers, ({ found, task }) => {
    if (found === "not sent") tally.unsent += 1
    else if ("value" in found) tally.succeed(task.done)
    else tally.failed += 1
    return Effect.andThen(teller(task, found), bar.advance)
  })
  if (!manner.quiet && tasks.length > 1) yield* bar.aside(tell(summary(tally, manner)))
  if (isAsked()) return yield* Effect.interrupt
  if (tally.failed > 0) return yield* new Failure({ message: "" })
}, Effect.scoped)

const tellerOf =
  <A>(count: number, manner: Manner<A>, bar: Progress.Bar) =>
  <R>({ done, key, name }: Task<A, R>, found: Answer<A>): Effect.Effect<void> => {
    if (found !== "not sent" && "failure" in found) {
      const { message } = found.failure
      const told = bar.aside(tellSentences(`${name}: ${message}`))
      return manner.json
        ? Effect.andThen(told, bar.aside(Json.line({ ...key, result: "failed", message })))
        : told
    }
    if (manner.json) {
      const fields: { readonly result?: string } =
        found === "not sent" ? { result: found } : manner.jsonOf(found.value)
      const line = { ...key, ...fields, result: fields.result ?? done }
      return bar.aside(Json.line(line))
    }
    if (found === "not sent" || manner.quiet || count > toldMax) return Effect.void
    return bar.aside(tell(`${name} ${manner.textOf(found.value, done)}`))
  }

const summary = ({ done, failed, unsent }: Tally, { keepGoing }: Manner<never>): string => {
  const number = (count: number) => count.toLocaleString("en-US")
  const counts = [
    ...[...done].map(([word, count]) => `${number(count)} ${word}`),
    ...(failed > 0 ? [`${number(failed)} failed`] : []),
    ...(unsent > 0 ? [`${number(unsent)} not sent`] : [])
  ]
  const hint =
    unsent > 0 && failed > 0 && !keepGoing
      ? " It stops at the first failure, unless --keep-going is given."
      : ""
  return `${counts.join(", ")}.${hint}`
}
