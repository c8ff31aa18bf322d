/** The first fault of a message with many parts, so that each part can be read or written where it stands. */
import type { Timestamp } from "@bufbuild/protobuf/wkt"
import { DateTime } from "effect"
import { type Coded, isRefused, refuse } from "./coded.ts"
import * as TimestampCodec from "./timestampCodec.ts"

const unknownTime = DateTime.makeUnsafe(0)

/** Collects faults, and keeps the first one. */
export class Faults {
  #first: ReturnType<typeof refuse> | undefined

  /** Notes a fault, if there is one. */
  note(fault: ReturnType<typeof refuse> | undefined): void {
    this.#first ??= fault
  }

  /** Notes what is wrong at a place, if anything is. */
  check(path: string, wrong: string | undefined): void {
    if (wrong !== undefined) this.note(refuse(path, wrong))
  }

  /** The value, or what stands in for it, since the whole is refused. */
  take<A>(coded: Coded<A>, standIn: A): A {
    if (!isRefused(coded)) return coded
    this.note(coded)
    return standIn
  }

  /** Reads an instant. */
  instant(timestamp: Timestamp | undefined, path: string): DateTime.Utc {
    return this.take(TimestampCodec.decode(timestamp, path), unknownTime)
  }

  /** Writes an instant. */
  timestamp(instant: DateTime.Utc, path: string): Timestamp | undefined {
    return this.take<Timestamp | undefined>(TimestampCodec.encode(instant, path), undefined)
  }

  /** The whole, or its first fault. */
  result<A>(whole: A): Coded<A> {
    return this.#first ?? whole
  }
}

/** An object with the field, if it has a value. */
export const present = <Name extends string, A>(name: Name, value: A | undefined): { [key in Name]?: A } => {
  const object: { [key in Name]?: A } = {}
  if (value !== undefined) object[name] = value
  return object
}
