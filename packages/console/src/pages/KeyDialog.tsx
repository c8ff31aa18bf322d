/** The question for a key, where the service wants one. */
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { useState } from "react"
import * as Address from "../browser/address.ts"
import * as Atoms from "../state/atoms.ts"
import { useAtom } from "../state/binding.ts"
import * as Link from "../state/link.ts"
import * as Words from "../words/state.ts"
import { Field } from "./fields.tsx"
import { Modal } from "./Modal.tsx"

/** The question for what a service wants to see: a key, or the address of a console that hands calls on. */
export const KeyDialog = ({ onClose }: { readonly onClose: () => void }) =>
  Address.isProxied() ? <AddressNeeded onClose={onClose} /> : <KeyForm onClose={onClose} />

const AddressNeeded = ({ onClose }: { readonly onClose: () => void }) => {
  const state = useAtom(Atoms.key)
  return (
    <Modal title="Not let in" onClose={onClose}>
      <p>{state._tag === "Needed" ? Words.sentence(DispatchText.safe(state.message)) : ""}</p>
      <p>
        This console works with the credentials of the terminal in which <code>dispatch console</code> runs. A
        new tab needs the address that it shows there; another key is given there as well.
      </p>
      <footer>
        <button type="button" class="button primary" onClick={onClose}>
          Close
        </button>
      </footer>
    </Modal>
  )
}

const KeyForm = ({ onClose }: { readonly onClose: () => void }) => {
  const state = useAtom(Atoms.key)
  const [key, setKey] = useState("")
  const [secret, setSecret] = useState("")
  const [isKept, setKept] = useState(false)
  return (
    <Modal title="A key is needed" onClose={onClose}>
      <form
        onSubmit={(event: Event) => {
          event.preventDefault()
          if (key === "") return
          Link.showKey(
            { authKey: key.trim(), signSecret: secret === "" ? undefined : secret.trim() },
            isKept ? "tab" : "page"
          )
          onClose()
        }}
      >
        <p>
          The service serves by key{state._tag === "Needed" ? ` (${DispatchText.safe(state.message)})` : ""}.
          It stays in the memory of this browser, and is gone when the last page is closed.
        </p>
        <SecretField
          label="Key"
          hint="Such as dk_…; made by: dispatch keys add NAME --microgrids all"
          value={key}
          set={setKey}
        />
        <SecretField
          label="Secret, if requests are signed"
          hint="It never leaves this browser, and is never kept"
          value={secret}
          set={setSecret}
        />
        <KeepChoice isKept={isKept && secret === ""} isSigned={secret !== ""} set={setKept} />
        <footer>
          <button type="button" class="button plain" onClick={onClose}>
            Later
          </button>
          <button type="submit" class="button primary">
            Show this key
          </button>
        </footer>
      </form>
    </Modal>
  )
}

const SecretField = ({
  hint,
  label,
  set,
  value
}: {
  readonly label: string
  readonly hint: string
  readonly value: string
  readonly set: (value: string) => void
}) => (
  <Field label={label} hint={hint}>
    {(attributes) => (
      <input
        {...attributes}
        type="password"
        autocomplete="off"
        value={value}
        onInput={({ currentTarget }) => set(currentTarget.value)}
      />
    )}
  </Field>
)

/** A key that signs is never kept. */
const KeepChoice = ({
  isKept,
  isSigned,
  set
}: {
  readonly isKept: boolean
  readonly isSigned: boolean
  readonly set: (isKept: boolean) => void
}) => (
  <label class="check">
    <input
      type="checkbox"
      checked={isKept}
      disabled={isSigned}
      onChange={({ currentTarget }) => set(currentTarget.checked)}
    />
    Keep until this tab is closed
  </label>
)
