/** The lines of a journal: a checksum, then the entry as JSON. */
import { type DateTime, Option, Schema } from "effect"
import { JournalEntry, type JournalEvent } from "../../JournalEntry.ts"
import type { RunDispatch } from "../../Run.ts"
import * as InstantText from "./instantText.ts"

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

/** FNV-1a over pairs of units of the text, in hexadecimal digits. */
const checksumOf = (text: string): string => {
  let hash = 0x811c9dc5
  const pairs = text.length - 1
  for (let index = 0; index < pairs; index += 2) {
    hash = Math.imul(hash ^ (text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16)), 0x01000193)
  }
  if ((text.length & 1) === 1) hash = Math.imul(hash ^ text.charCodeAt(pairs), 0x01000193)
  // Multiplication carries upwards alone.
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
  hash ^= hash >>> 13
  return (hash >>> 0).toString(16).padStart(checksumLength, "0")
}

/** The JSON of an entry, as its schema writes it, in a tenth of the time: it is written for every start and stop. */
export const jsonOf = ({ at, epoch, event, number, status }: JournalEntry): string => {
  const content = "occurrence" in event ? ofRun(event) : JSON.stringify(event)
  return `{"epoch":"${epoch}","number":"${number}",${instant("at", at)},"status":"${status}","event":${content}}`
}

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
    case "Amended":
      return `"epoch":"${event.epoch}"`
  }
}

const ofDispatch = ({ dryRun, id, name, type, updateTime }: RunDispatch): string => {
  const named = name === undefined ? "" : `"name":${JSON.stringify(name)},`
  return `{"id":"${id}",${named}"type":${JSON.stringify(type)},"dryRun":${dryRun},"updateTime":"${updateTime}"}`
}

const instant = (field: string, at: DateTime.Utc): string => `"${field}":"${InstantText.of(at)}"`
