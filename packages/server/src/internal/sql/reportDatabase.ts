/** The database of reports, and the texts that it keeps of counts. */
import * as RunTally from "@effect-dispatch/core/RunTally"
import { Option, Schema } from "effect"
import type { Transact } from "./groupCommit.ts"
import type { Turns } from "./sqlPace.ts"
import type { ReadDatabase } from "./sqlRows.ts"

/** The ways to write and to read in turn. */
export interface ReportDatabase extends Pick<ReadDatabase, "sql"> {
  /** Runs a transaction of a caller. */
  readonly transact: Transact
  /** Runs one that nobody waits for. */
  readonly tidy: Transact
  readonly turns: Turns
}

const Text = Schema.fromJsonString(RunTally.RunTally)
const parse = Schema.decodeUnknownOption(Text)

/** The text of counts. */
export const textOf = Schema.encodeSync(Text)

/** The counts that a text holds. If it holds none, the counts begin anew. */
export const tallyOf = (text: string): RunTally.RunTally =>
  Option.getOrElse(parse(text), () => RunTally.nothing)
