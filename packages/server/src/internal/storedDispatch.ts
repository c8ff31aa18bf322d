/** Dispatches and changes as a store gives them: bytes, which are read when somebody looks into them. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { DispatchFormat } from "../DispatchFormat.ts"
import type { Change, StoredDispatch } from "../DispatchStore.ts"

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
}
