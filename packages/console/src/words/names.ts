/** The way in which things are called, wherever they are told. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"

/** A dispatch by its number, its name and its type, which are texts of others. */
export const ofDispatch = (dispatch: Pick<Dispatch, "id" | "name" | "type">): string =>
  `${DispatchText.label(dispatch)} ${DispatchText.safe(dispatch.type)}`
