/** The lines of a journal, in UTF-8: a checksum, then the entry as JSON. */
import { type DateTime, Option, Schema } from "effect"
import { JournalEntry, type JournalEvent } from "../../JournalEntry.ts"
import type { RunDispatch } from "../../Run.ts"
import * as InstantText from "./instantText.ts"

/** The byte that ends a line. */
export const newLine = 10

/** The lines of entries, each with its end. */
export const linesOf = (entries: ReadonlyArray<JournalEntry>): Uint8Array<ArrayBuffer> => {
  const bytes = encoder.encode(entries.map((entry) => `${noChecksum} ${jsonOf(entry)}\n`).join(""))
  const view = new DataView(bytes.buffer)
  for (let from = 0, end = 0; from < bytes.length; from = end + 1) {
    end = bytes.indexOf(newLine, from + jsonAt)
    const checksum = checksumOf(view, from + jsonAt, end)
    for (let digit = 0; digit < noChecksum.length; digit++) {
      view.setUint8(from + digit, digits.charCodeAt((checksum >>> (28 - 4 * digit)) & 15))
    }
  }
  return bytes
}

/** The entry of a line without its end; nothing, if the line is torn or damaged, or of a newer release. */
export const entryOf = (line: Uint8Array): JournalEntry | undefined => {
  const [checksum, json] = [line.subarray(0, jsonAt), line.subarray(jsonAt)].map((part) =>
    decoder.decode(part)
  )
  const view = new DataView(line.buffer, line.byteOffset, line.length)
  const text = checksumOf(view, Math.min(jsonAt, line.length), line.length).toString(16)
  if (checksum !== `${text.padStart(noChecksum.length, "0")} `) return undefined
  return Option.getOrUndefined(decode(json))
}

/** The number of a line without a look at anything else; nothing, if it is not where it is written. */
export const numberIn = (line: Uint8Array): bigint | undefined => {
  const number = numberPlace.exec(decoder.decode(line.subarray(0, numberWithin)))?.[1]
  return number === undefined ? undefined : BigInt(number)
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

const numberPlace = /"number":"(\d+)"/
/** The length of a checksum and two numbers of 64 bits with their names. */
const numberWithin = 80

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(JournalEntry))

const digits = "0123456789abcdef"
const noChecksum = "00000000"
const jsonAt = noChecksum.length + 1

/** MurmurHash3 of 32 bits. */
const checksumOf = (bytes: DataView, from: number, to: number): number => {
  let hash = 0
  let index = from
  for (; index + 4 <= to; index += 4) {
    hash = (Math.imul(rotated(hash ^ mixed(bytes.getInt32(index, true)), 13), 5) + 0xe6546b64) | 0
  }
  let rest = 0
  for (let last = to; last-- > index;) rest = (rest << 8) | bytes.getUint8(last)
  hash ^= mixed(rest) ^ (to - from)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

const mixed = (word: number): number => Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593)

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by))

/** The JSON of an entry, as its schema writes it, in a tenth of the time: it is written for every start and stop. */
export const jsonOf = ({ at, epoch, event, number, status }: JournalEntry): string => {
  const content = "occurrence" in event ? ofRun(event) : JSON.stringify(event, withBigInts)
  return `{"epoch":"${epoch}","number":"${number}",${instant("at", at)},"status":"${status}","event":${content}}`
}

const withBigInts = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value)

type EventOfRun = Extract<JournalEvent, { readonly occurrence: DateTime.Utc }>

const ofRun = (event: EventOfRun): string => {
  const { _tag, dispatch, occurrence, until } = event
  const about = `"_tag":"${_tag}","dispatch":${ofDispatch(dispatch)},${instant("occurrence", occurrence)}`
  return `{${about}${until === undefined ? "" : `,${instant("until", until)}`},${restOf(event)}}`
}

/** The fields that not all of them have. */
const restOf = (event: EventOfRun): string => {
  switch (event._tag) {
    case "Running":
    case "Stopped": {
      const told = `${instant("plannedAt", event.plannedAt)},"cause":"${event.cause}"`
      const earliest = event._tag === "Running" ? event.earliest : undefined
      return earliest === undefined ? told : `${told},${instant("earliest", earliest)}`
    }
    case "Missed": {
      const missed = `"reason":"${event.reason}","count":${event.count}`
      return event.last === undefined ? missed : `${missed},${instant("last", event.last)}`
    }
    case "Actor": {
      const step = `"step":"${event.step}"`
      return event.reason === undefined ? step : `${step},"reason":${JSON.stringify(event.reason)}`
    }
    case "Reported":
      return `"outcome":${JSON.stringify(event.outcome)}`
  }
}

const ofDispatch = ({ dryRun, id, name, type, updateTime }: RunDispatch): string => {
  const named = name === undefined ? "" : `"name":${JSON.stringify(name)},`
  return `{"id":"${id}",${named}"type":${JSON.stringify(type)},"dryRun":${dryRun},"updateTime":"${updateTime}"}`
}

const instant = (field: string, at: DateTime.Utc): string => `"${field}":"${InstantText.of(at)}"`
