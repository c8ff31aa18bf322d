/** Dispatches and changes as a store gives them: bytes, which are read when somebody looks into them. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Result } from "effect"
import type { DispatchFormat } from "../DispatchFormat.ts"
import type { Change, ListedDispatch, Position, StoredDispatch } from "../DispatchStore.ts"

/** The words that lead an operator to the row of a dispatch. */
export const rowNameOf = (microgridId: MicrogridId, id: DispatchId): string =>
  `dispatch ${id} of microgrid ${microgridId} (a row of the table dispatches)`

/** A dispatch in the form of its store. One that was just written need not be read. */
export class Stored implements StoredDispatch {
  readonly bytes: Uint8Array
  readonly #format: DispatchFormat["Service"]
  #dispatch: Dispatch | undefined

  constructor(format: DispatchFormat["Service"], bytes: Uint8Array, written?: Dispatch) {
    this.#format = format
    this.bytes = bytes
    this.#dispatch = written
  }

  get dispatch(): Dispatch {
    return (this.#dispatch ??= this.#format.decode(this.bytes))
  }

  get message(): Uint8Array {
    return this.#format.toMessage(this.bytes)
  }
}

/** A dispatch in a listing. */
export class Listed extends Stored implements ListedDispatch {
  readonly position: Position

  constructor(format: DispatchFormat["Service"], bytes: Uint8Array, position: Position, written?: Dispatch) {
    super(format, bytes, written)
    this.position = position
  }
}

/** The facts of a change but its dispatch. */
export type ChangeFacts = Omit<Change, keyof StoredDispatch>

/** A committed change. */
export class StoredChange extends Stored implements Change {
  readonly microgridId: MicrogridId
  readonly number: bigint
  readonly kind: Change["kind"]

  constructor(
    format: DispatchFormat["Service"],
    { kind, microgridId, number }: ChangeFacts,
    bytes: Uint8Array,
    written?: Dispatch
  ) {
    super(format, bytes, written)
    this.microgridId = microgridId
    this.number = number
    this.kind = kind
  }

  /** An error says which row cannot be read. */
  override get dispatch(): Dispatch {
    return Result.getOrThrowWith(
      Result.try(() => super.dispatch),
      (thrown) => new Error(`${this.#place} cannot be read: ${Thrown.messageOf(thrown)}`, { cause: thrown })
    )
  }

  get #place(): string {
    return `the change ${this.number} of microgrid ${this.microgridId} (a row of the table changes)`
  }
}
