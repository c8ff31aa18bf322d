/** Reads plans: first their fields, then what the fields mean. */
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { LocalClock } from "@effect-dispatch/core/LocalClock"
import { findFault as findFaultOfName } from "@effect-dispatch/core/DispatchName"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { findFault, type Payload } from "@effect-dispatch/core/Payload"
import type { Target } from "@effect-dispatch/core/Target"
import { Duration, Result, Schema, SchemaIssue } from "effect"
import { parseDuration } from "../input/duration.ts"
import { idMax } from "../input/ids.ts"
import { faultOf, keysOf } from "../input/schemaFaults.ts"
import { parseTarget } from "../input/target.ts"
import { type Plan, type Planned, prefixOf } from "./plan.ts"
import { type ItemFields, PlanFields } from "./planFields.ts"
import { ruleOf } from "./planRule.ts"
import { instantOf, type Read, shown, timeOrDayOf, zoneOf } from "./planTimes.ts"
import { type Fault, nameOf, parse, type Path, type PlanText } from "./planText.ts"

/** Reads a plan, or tells all its faults. */
export const parsePlan = (text: string): Result.Result<Plan, ReadonlyArray<Fault>> =>
  Result.flatMap(parse(text), (read) =>
    Result.flatMap(fieldsOf(read), (fields) => new Reader(read, fields).plan())
  )

const decode = Schema.decodeUnknownResult(PlanFields)
const issuesOf = SchemaIssue.makeFormatterStandardSchemaV1()

const fieldsOf = ({ lineOf, value }: PlanText): Result.Result<PlanFields, ReadonlyArray<Fault>> =>
  Result.mapError(decode(value, { onExcessProperty: "error", errors: "all" }), ({ issue }) => {
    const faults = issuesOf(issue).issues.map(({ message, path = [] }): readonly [string, Fault] => {
      const keys = keysOf(path)
      const fault = faultOf(message, value, keys)
      const hint = fault === "is no field" ? " of a plan there; dispatch schema tells them" : ""
      const words = `${nameOf(keys)} ${fault}${hint}`
      return [`${keys.join()} ${words}`, { line: lineOf(keys), message: words }]
    })
    // Several checks may say the same of one value.
    return [...new Map(faults).values()]
  })

/** Reads what the fields mean, and notes what cannot be meant. */
class Reader {
  readonly #text: PlanText
  readonly #fields: PlanFields
  readonly #faults: Array<Fault> = []
  #clock: LocalClock | undefined

  constructor(text: PlanText, fields: PlanFields) {
    this.#text = text
    this.#fields = fields
  }

  plan(): Result.Result<Plan, ReadonlyArray<Fault>> {
    const { defaults = {}, microgrid, plan, service } = this.#fields
    this.#clock = this.#field(["defaults", "zone"], defaults.zone, zoneOf)
    const target = this.#field(["defaults", "target"], defaults.target, targetOf)
    const payload = this.#field(["defaults", "payload"], defaults.payload, payloadOf)
    const dispatches = this.#fields.dispatches.map((item, index): Planned => ({
      ...defined({ target, payload }),
      ...this.#planned(item, ["dispatches", index])
    }))
    this.#refuseRepetitions(dispatches)
    const read = this.#field(["microgrid"], microgrid, idOf)
    if (this.#faults.length > 0) return Result.fail(this.#faults)
    return Result.succeed({
      ...defined({
        name: plan,
        service,
        microgrid: read === undefined ? undefined : MicrogridId.make(read)
      }),
      dispatches
    })
  }

  #planned(item: ItemFields, path: Path): Planned {
    const id = this.#field([...path, "id"], item.id, idOf)
    if (id !== undefined && item.name !== undefined) {
      this.#fault([...path, "name"], "name and id cannot both be given: a dispatch is known by one of them")
    }
    return {
      line: this.#text.lineOf(path),
      ...defined({
        id: id === undefined ? undefined : DispatchId.make(id),
        name: this.#field([...path, "name"], item.name, (name) => nameIn(this.#fields.plan, name)),
        type: item.type,
        startTime: this.#field([...path, "start"], item.start, (text) => instantOf(text, this.#clock)),
        duration: this.#field([...path, "duration"], item.duration, durationOf),
        target: this.#field([...path, "target"], item.target, targetOf),
        active: item.active,
        dryRun: item.dryRun,
        payload: this.#field([...path, "payload"], item.payload, payloadOf),
        recurrence: this.#field([...path, "recurrence"], item.recurrence, (rule) =>
          ruleOf(rule, this.#clock)
        ),
        exceptions: this.#exceptions(item, path)
      })
    }
  }

  #exceptions({ exceptions }: ItemFields, path: Path): Planned["exceptions"] {
    if (exceptions === undefined || exceptions === null) return exceptions
    return exceptions.flatMap(
      (text, index) =>
        this.#field([...path, "exceptions", index], text, (given) => timeOrDayOf(given, this.#clock)) ?? []
    )
  }

  /** The meaning of a field, or nothing where it is not given or means nothing. */
  #field<A, B>(path: Path, given: A | undefined, read: (given: A) => Read<B>): B | undefined {
    if (given === undefined) return undefined
    const found = read(given)
    if (Result.isSuccess(found)) return found.success
    this.#fault(path, `${nameOf(path)} ${found.failure}`)
    return undefined
  }

  #fault(path: Path, message: string): void {
    this.#faults.push({ line: this.#text.lineOf(path), message })
  }

  /** Two descriptions of one dispatch would change it to and fro. */
  #refuseRepetitions(dispatches: ReadonlyArray<Planned>): void {
    const seen = new Map<string, number>()
    for (const [index, { id, line = 0, name }] of dispatches.entries()) {
      const key = id === undefined ? name && `name ${name}` : `id ${id}`
      if (key === undefined) continue
      const first = seen.get(key)
      if (first === undefined) seen.set(key, line)
      else this.#fault(["dispatches", index], `${key} is planned on line ${first} already`)
    }
  }
}

/** The fields that have a value. */
const defined = <A extends object>(fields: A): { readonly [Key in keyof A]?: Exclude<A[Key], undefined> } => {
  const found: { -readonly [Key in keyof A]?: Exclude<A[Key], undefined> } = {}
  for (const key in fields) {
    const value = fields[key]
    if (isDefined(value)) found[key] = value
  }
  return found
}

const isDefined = <A>(value: A): value is Exclude<A, undefined> => value !== undefined

/** A name as it is at the service. */
const nameIn = (plan: string | undefined, name: string): Read<string> => {
  const whole = plan === undefined ? name : `${prefixOf(plan)}${name}`
  const fault = findFaultOfName(whole)
  return fault === undefined ? Result.succeed(whole) : Result.fail(`${shown(whole)} ${fault}`)
}

const idOf = (given: number | string): Read<bigint> => {
  const id = BigInt(given)
  return id >= 0n && id <= idMax ? Result.succeed(id) : Result.fail(`${id} must be from 0 to ${idMax}`)
}

const durationOf = (given: number | string | null): Read<Duration.Duration> =>
  given === null
    ? Result.succeed(Duration.infinity)
    : Result.mapError(parseDuration(String(given)), (fault) => `${shown(given)} ${fault}`)

const targetOf = (given: number | string | ReadonlyArray<number | string>): Read<Target> =>
  Result.mapError(parseTarget([given].flat().join(",")), (fault) => `${shown(given)} ${fault}`)

const payloadOf = (given: Payload | null): Read<Payload> => {
  const fault = findFault(given ?? {}, "")
  return fault === undefined
    ? Result.succeed(given ?? {})
    : Result.fail(`${fault.path} ${fault.message}`.trim())
}
