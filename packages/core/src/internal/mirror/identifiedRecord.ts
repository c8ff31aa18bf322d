/** Records whose id could be read. The others cannot be told apart. */
import type { Dispatch } from "../../Dispatch.ts"
import type { DispatchRecord, UnreadableDispatch } from "../../DispatchClient.ts"
import type { DispatchId } from "../../DispatchId.ts"

/** An unreadable record with an id. */
export type IdentifiedUnreadable = UnreadableDispatch & { readonly id: DispatchId }

/** A record with an id. */
export type IdentifiedRecord = Dispatch | IdentifiedUnreadable

export const isIdentified = (record: DispatchRecord): record is IdentifiedRecord => record.id !== undefined
