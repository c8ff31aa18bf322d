/** Tokens of pages of runs: the position to go on after. A reader who makes one up reads what it may read anyway. */
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { Option, Schema } from "effect"

/** A form of tokens for positions of one kind. */
export interface PositionToken<Position> {
  readonly write: (position: Position) => string
  /** Reads a token; none if it is not one of these. */
  readonly read: (token: string) => Option.Option<Position>
}

const make = <Position, Json>(schema: Schema.Codec<Position, Json>): PositionToken<Position> => {
  const Token = Schema.StringFromBase64Url.pipe(Schema.decodeTo(Schema.fromJsonString(schema)))
  return { write: Schema.encodeSync(Token), read: Schema.decodeUnknownOption(Token) }
}

const Signed = Schema.BigIntFromString.check(
  Schema.isBetweenBigInt({ minimum: -(2n ** 63n), maximum: 2n ** 63n - 1n })
)

/** Tokens of listings of runs. */
export const ofReports = make(
  Schema.Struct({
    occurrence: Signed,
    id: Schema.BigIntFromString.pipe(Schema.decodeTo(DispatchId)),
    kind: Schema.String,
    reporter: Signed
  })
)

/** Tokens of listings of days. */
export const ofDays = make(Schema.Struct({ day: Schema.Int, type: Schema.String, reporter: Signed }))
