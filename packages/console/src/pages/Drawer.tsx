/** The place beside the page for one dispatch. */
import * as Atoms from "../state/atoms.ts"
import { useAtom } from "../state/binding.ts"
import { lazily } from "./lazy.tsx"

const Details = lazily(() => import("./late.ts").then((module) => module.Details))
const Gone = lazily(() => import("./late.ts").then((module) => module.Gone))

export const Drawer = () => {
  const id = useAtom(Atoms.opened)
  const dispatches = useAtom(Atoms.dispatches)
  if (id === undefined) return null
  const dispatch = dispatches.get(id)
  return dispatch === undefined ? <Gone id={id} /> : <Details key={String(id)} dispatch={dispatch} />
}
