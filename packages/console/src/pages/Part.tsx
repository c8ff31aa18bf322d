/** The part of a microgrid that is shown, where it has more dispatches than a page shows. */
import { useState } from "react"
import * as Atoms from "../state/atoms.ts"
import { useAtom } from "../state/binding.ts"
import * as Words from "../words/part.ts"
import type { Size } from "../worker/protocol.ts"
import { Button } from "./parts.tsx"

/** Nothing is shown: there is too much. */
export const TooMany = ({ size }: { readonly size: Size }) => {
  const part = useAtom(Atoms.part)
  return (
    <div class="empty">
      <h2>Too many dispatches to show</h2>
      <p role="status">{Words.tooMany(part, size)}</p>
      <PartForm />
    </div>
  )
}

/** Says that a part is shown, and shows another. */
export const PartBar = () => {
  const part = useAtom(Atoms.part)
  const { size } = useAtom(Atoms.knowledge)
  const shown = useAtom(Atoms.dispatches).size
  if (part === "" || size?.isTooMany === true) return null
  return (
    <div class="banner mild">
      <span role="status">
        A part is shown: <bdi>{Words.quoted(part)}</bdi>, {Words.counts(shown, part, size)}.
      </span>
      <PartForm key={part} />
      <Button onPress={() => Atoms.choosePart("")}>Show all</Button>
    </div>
  )
}

const PartForm = () => {
  const part = useAtom(Atoms.part)
  const [words, setWords] = useState(part)
  return (
    <form
      class="part"
      role="search"
      aria-label="Part of the microgrid"
      onSubmit={(event) => {
        event.preventDefault()
        Atoms.choosePart(words)
      }}
    >
      <label class="inline">
        Part of the type, component, or #id
        <input
          type="search"
          value={words}
          placeholder="CHARGE, 12 or #7"
          onInput={({ currentTarget }) => setWords(currentTarget.value)}
        />
      </label>
      <button type="submit" class="button plain">
        Show
      </button>
    </form>
  )
}
