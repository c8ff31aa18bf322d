/** The lines of a journal: a checksum, then the entry as JSON. */
import { DateTime, Option, Schema } from "effect"
import { JournalEntry, type JournalEvent } from "../../JournalEntry.ts"
import type { RunDispatch } from "../../Run.ts"

/** A line with its end. */
export const lineOf = (entry: JournalEntry): string => {
  const json = jsonOf(entry)
  return `${checksumOf(json)} ${json}\n`
}

/** The entry of a line without its end; nothing, if the line is torn or damaged, or of a newer release. */
export const entryOf = (line: string): JournalEntry | undefined => {
  const json = line.slice(checksumLength + 1)
  if (line.slice(0, checksumLength + 1) !== `${checksumOf(json)} `) return undefined
  return Option.getOrUndefined(decode(json))
}

/** The number of a line without a look at anything else; nothing, if it is not where it is written. */
export const numberIn = (line: string): bigint | undefined => {
  const number = numberPlace.exec(line.slice(0, numberWithin))?.[1]
  return number === undefined ? undefined : BigInt(number)
}

const numberPlace = /"number":"(\d+)"/
/** The length of a checksum and two numbers of 64 bits with their names. */
const numberWithin = 80

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(JournalEntry))

const checksumLength = 8

/** FNV-1a over the units of the text, in hexadecimal digits. */
const checksumOf = (text: string): string => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0).toString(16).padStart(checksumLength, "0")
}

/** The JSON of an entry, as its schema writes it, in a tenth of the time: it is written for every start and stop. */
export const jsonOf = ({ at, epoch, event, number, status }: JournalEntry): string =>
  JSON.stringify({
    epoch: String(epoch),
    number: String(number),
    at: DateTime.formatIso(at),
    status,
    event: "occurrence" in event ? withTexts(event) : event
  })

const withTexts = (event: Extract<JournalEvent, { readonly occurrence: DateTime.Utc }>) => {
  const text: Record<string, unknown> = { ...event, dispatch: dispatchOf(event.dispatch) }
  for (const field of instants) {
    const instant = text[field]
    if (DateTime.isDateTime(instant)) text[field] = DateTime.formatIso(instant)
  }
  return text
}

const instants = ["occurrence", "until", "plannedAt", "earliest", "last"]

const dispatchOf = (dispatch: RunDispatch) => ({
  ...dispatch,
  id: String(dispatch.id),
  updateTime: String(dispatch.updateTime)
})
