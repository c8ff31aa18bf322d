/** Dispatches that cannot be read. */
import type { UnreadableDispatch } from "@effect-dispatch/core/DispatchClient"
import { tell } from "./terminal.ts"
import * as Text from "./text.ts"

/** Reports an unreadable dispatch, with the reason. */
export const tellUnreadable = ({ id, message, path }: UnreadableDispatch) =>
  tell(Text.safe(`Dispatch ${id ?? "without an id"} cannot be read: ${path}: ${message}`))
