/**
 * Checks golden messages: `pnpm vectors:wire FILE`.
 *
 * FILE is a JSON list of `{ message, hex, json }`: a message of the API by its full name, its bytes and its canonical
 * JSON, made with another implementation of protobuf. Each is checked both ways. Messages that hold dispatches also go
 * through the codec: a readable one must be written as the same bytes, but for plain categories, which may be in either
 * arm; a refusal must name its place.
 */
import { readFileSync } from "node:fs"
import { isDeepStrictEqual } from "node:util"
import {
  create,
  createRegistry,
  type DescMessage,
  equals,
  fromBinary,
  fromJson,
  type JsonValue,
  type Message,
  toBinary,
  toJson
} from "@bufbuild/protobuf"
import type { CodecError } from "@effect-dispatch/api/CodecError"
import * as CreateCodec from "@effect-dispatch/api/CreateCodec"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import { Result } from "effect"

interface Vector {
  readonly message: string
  readonly hex: string
  readonly json: JsonValue
}

/** The result of the check of a file. */
export interface Report {
  readonly messages: number
  /** Messages that hold dispatches. */
  readonly domain: number
  readonly wrong: ReadonlyArray<string>
  /** The messages that the codec refused: their numbers in the file, and where. */
  readonly refused: ReadonlyArray<{ readonly index: number; readonly path: string; readonly message: string }>
}

const schemas = (Object.values(Protobuf) as ReadonlyArray<object>).filter(
  (value): value is DescMessage => "kind" in value && value.kind === "message"
)
const registry = createRegistry(...schemas)

/** Checks a list of golden messages. */
export const check = (vectors: ReadonlyArray<Vector>): Report => {
  const wrong: Array<string> = []
  const refused: Array<{ index: number; path: string; message: string }> = []
  let domain = 0
  vectors.forEach((vector, index) => {
    const fault = (what: string) => wrong.push(`message ${index} (${vector.message}): ${what}`)
    const schema = registry.getMessage(vector.message)
    if (schema === undefined) return fault("is not a message of this API")
    const bytes = new Uint8Array(Buffer.from(vector.hex, "hex"))
    const read = Result.try(() => fromBinary(schema, bytes))
    if (Result.isFailure(read)) return fault(`its bytes cannot be read: ${read.failure}`)
    const message = read.success
    if (!sameBytes(schema, toBinary(schema, message), bytes)) fault("its bytes are written differently")
    const json = toJson(schema, message, { registry })
    if (!isDeepStrictEqual(json, vector.json)) fault(`as JSON it is ${JSON.stringify(json)}`)
    const fromText = Result.try(() => toBinary(schema, fromJson(schema, vector.json, { registry })))
    if (Result.isFailure(fromText)) return fault(`its JSON cannot be read: ${fromText.failure}`)
    if (!sameBytes(schema, fromText.success, bytes)) fault("its JSON is written as other bytes")
    const holding = dispatchesOf(schema, message)
    if (holding === undefined) return
    domain++
    for (const result of holding) {
      if (Result.isFailure(result)) {
        if (result.failure.path === "") fault("it is refused without a path")
        refused.push({ index, path: result.failure.path, message: result.failure.message })
      } else if (!result.success) {
        fault("the codec reads it and writes other bytes")
      }
    }
  })
  return { messages: vectors.length, domain, wrong, refused }
}

/** True if bytes say the same: the entries of a map have no order. */
const sameBytes = (schema: DescMessage, left: Uint8Array, right: Uint8Array): boolean =>
  Buffer.compare(left, right) === 0 ||
  (left.length === right.length &&
    equals(schema, fromBinary(schema, left), fromBinary(schema, right), { registry }))

/** For each dispatch in a message, true if the codec brings it back; nothing for another kind of message. */
const dispatchesOf = (
  schema: DescMessage,
  message: Message
): ReadonlyArray<Result.Result<boolean, CodecError>> | undefined => {
  switch (schema.typeName) {
    case Protobuf.DispatchSchema.typeName:
      return [bringBack(message as Protobuf.Dispatch)]
    case Protobuf.ListMicrogridDispatchesResponseSchema.typeName:
      return (message as Protobuf.ListMicrogridDispatchesResponse).dispatches.map(bringBack)
    case Protobuf.StreamMicrogridDispatchesResponseSchema.typeName:
    case Protobuf.CreateMicrogridDispatchResponseSchema.typeName:
    case Protobuf.UpdateMicrogridDispatchResponseSchema.typeName:
    case Protobuf.GetMicrogridDispatchResponseSchema.typeName: {
      const { dispatch } = message as Protobuf.CreateMicrogridDispatchResponse
      return dispatch === undefined ? [] : [bringBack(dispatch)]
    }
    case Protobuf.CreateMicrogridDispatchRequestSchema.typeName: {
      const request = message as Protobuf.CreateMicrogridDispatchRequest
      return [
        Result.flatMap(CreateCodec.decode(request), ({ dispatch, microgridId }) =>
          Result.map(CreateCodec.encode(microgridId, dispatch), (written) =>
            isSame(
              Protobuf.CreateMicrogridDispatchRequestSchema,
              asKept(request, normaliseRequest),
              asKept(written, normaliseRequest)
            )
          )
        )
      ]
    }
    default:
      return undefined
  }
}

const bringBack = (message: Protobuf.Dispatch): Result.Result<boolean, CodecError> =>
  Result.flatMap(DispatchCodec.decodeDispatch(message), (dispatch) =>
    Result.map(DispatchCodec.encodeDispatch(dispatch), (written) =>
      isSame(Protobuf.DispatchSchema, normalise(message), normalise(written))
    )
  )

const isSame = <A extends Message>(schema: DescMessage, expected: A, actual: A): boolean =>
  sameBytes(schema, toBinary(schema, actual), toBinary(schema, expected))

const asKept = <A>(message: A, f: (message: A) => A): A => f(structuredClone(message))

/** The message without all that the model does not keep, as the codec's documentation says. */
const normalise = (message: Protobuf.Dispatch): Protobuf.Dispatch =>
  asKept(message, (copy) => {
    delete copy.$unknown
    for (const part of [copy.metadata, copy.data]) if (part !== undefined) delete part.$unknown
    if (copy.metadata !== undefined) {
      cutToMillis(copy.metadata.createTime)
      cutToMillis(copy.metadata.endTime)
    }
    if (copy.data !== undefined) normaliseData(copy.data)
    return copy
  })

const normaliseRequest = (
  copy: Protobuf.CreateMicrogridDispatchRequest
): Protobuf.CreateMicrogridDispatchRequest => {
  delete copy.$unknown
  if (copy.dispatchData !== undefined) {
    normaliseData(copy.dispatchData)
    // A dispatch that starts now has no start time.
    if (copy.startImmediately === true) delete copy.dispatchData.startTime
  }
  if (copy.startImmediately === false) delete copy.startImmediately
  return copy
}

const normaliseData = (data: Protobuf.DispatchData): void => {
  cutToMillis(data.startTime)
  if (data.recurrence?.freq === Protobuf.RecurrenceRule_Frequency.UNSPECIFIED) delete data.recurrence
  const end = data.recurrence?.endCriteria
  if (end?.countOrUntil.case === "untilTime") cutToMillis(end.countOrUntil.value)
  if (data.recurrence !== undefined) {
    if (data.recurrence.interval === 0) data.recurrence.interval = 1
    if (end?.countOrUntil.case === undefined) delete data.recurrence.endCriteria
  }
  // Plain categories mean the same in either arm.
  const components = data.target?.components
  if (components?.case === "componentCategories" && data.target !== undefined) {
    const categories = components.value.categories.map((category) =>
      create(Protobuf.TargetComponents_CategoryAndTypeSchema, { category })
    )
    const value = create(Protobuf.TargetComponents_CategoryTypeSetSchema, { categories })
    data.target.components = { case: "componentCategoriesTypes", value }
  }
}

const cutToMillis = (timestamp: { nanos: number } | undefined): void => {
  if (timestamp !== undefined) timestamp.nanos = Math.floor(timestamp.nanos / 1_000_000) * 1_000_000
}

if (import.meta.main) {
  const file = process.argv[2]
  const vectors = Result.try(() => JSON.parse(readFileSync(file ?? "", "utf8")) as ReadonlyArray<Vector>)
  if (file === undefined || Result.isFailure(vectors)) {
    const what = Result.isFailure(vectors) && file !== undefined ? `${vectors.failure}.` : "Which file?"
    console.error(`${what} For example: pnpm vectors:wire test/vectors/wire.json`)
    process.exit(2)
  }
  const { domain, messages, refused, wrong } = check(vectors.success)
  for (const { index, message, path } of refused)
    console.log(`message ${index} is refused: ${path}: ${message}`)
  for (const line of wrong.slice(0, 10)) console.log(`wrong: ${line}`)
  console.log(
    `messages ${messages}, wrong ${wrong.length}, domain ${domain}, refused ${new Set(refused.map(({ index }) => index)).size}`
  )
  process.exitCode = wrong.length > 0 ? 1 : 0
}
