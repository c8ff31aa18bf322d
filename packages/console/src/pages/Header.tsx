/** The head of the page: microgrid, status, zone, and what can be begun. */
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Schema } from "effect"
import { useState } from "react"
import * as Address from "../browser/address.ts"
import * as Actions from "../state/actions.ts"
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"
import * as Link from "../state/link.ts"
import * as PartWords from "../words/part.ts"
import * as Words from "../words/state.ts"
import * as Icons from "./icons.tsx"
import { Button, useReadOnlyReason } from "./parts.tsx"

export const Header = ({ onKey }: { readonly onKey: () => void }) => {
  const reason = useReadOnlyReason()
  const { isCopy } = useAtom(Atoms.knowledge)
  return (
    <header class="top">
      <h1>
        <Icons.Mark /> <span>Dispatches</span>
      </h1>
      <Microgrid />
      {isCopy ? <span class="badge">as its site knows it</span> : null}
      <Status />
      <span class="grow" />
      <ZoneChoice />
      <KeyMenu onKey={onKey} />
      {isCopy ? null : (
        <Button kind="primary" reason={reason} onPress={() => Actions.startNew(undefined)}>
          <Icons.Plus /> New <span class="spare">dispatch</span>
        </Button>
      )}
    </header>
  )
}

/** Said by the browser at the field, when its form is sent. */
const idWanted = `A microgrid is a number from 0 to ${2n ** 64n - 1n}.`

const isMicrogridId = Schema.is(MicrogridId)

/** The id that a text holds, if it is one. */
const idOf = (text: string): bigint | undefined => {
  const id = /^\d{1,20}$/.test(text.trim()) ? BigInt(text) : undefined
  return id !== undefined && isMicrogridId(id) ? id : undefined
}

const Microgrid = () => {
  const key = useAtom(Atoms.key)
  const present = String(Atoms.microgridId)
  const [typed, setTyped] = useState(present)
  const known = key._tag === "Known" ? key.microgrids : []
  const go = () => {
    const id = idOf(typed)
    if (id !== undefined && id !== Atoms.microgridId) location.assign(Address.ofMicrogrid(id))
    else setTyped(present)
  }
  return (
    <form
      class="microgrid"
      onSubmit={(event: Event) => {
        event.preventDefault()
        go()
      }}
    >
      <label>
        Microgrid{" "}
        <input
          inputMode="numeric"
          size={4}
          list="microgrids"
          value={typed}
          ref={(field) => field?.setCustomValidity(idOf(typed) === undefined ? idWanted : "")}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          onBlur={go}
        />
      </label>
      <datalist id="microgrids">
        {known.map((id) => (
          <option key={String(id)} value={String(id)} />
        ))}
      </datalist>
    </form>
  )
}

/** The trouble of the page itself, however sure its knowledge was. */
const useTrouble = (): string | undefined => {
  const isOnline = useAtom(Atoms.isOnline)
  const loss = useAtom(Atoms.loss)
  const fault = useAtom(Atoms.fault)
  if (fault !== undefined) return "Page has failed"
  if (loss !== undefined) return "No longer updated"
  return isOnline ? undefined : "Offline"
}

const Status = () => {
  const knowledge = useAtom(Atoms.knowledge)
  const running = useAtom(Atoms.running)
  const { size } = useAtom(Atoms.dispatches)
  const part = useAtom(Atoms.part)
  const trouble = useTrouble()
  const status = trouble === undefined ? knowledge.status : "Stale"
  return (
    <div class="status" data-status={status}>
      <span class={`dot dot-${status.toLowerCase()}`} aria-hidden="true" />
      {/* The counts beside it change too often to be said. */}
      <b role="status">{trouble ?? Words.ofKnowledge(knowledge)}</b>
      {knowledge.status === "Connecting" && size === 0 ? null : (
        <span class="counts">
          {running} running <span class="spare">by plan </span>·{" "}
          {PartWords.counts(size, part, knowledge.size)}
        </span>
      )}
    </div>
  )
}

const zones = (): ReadonlyArray<string> => ["UTC", ...Intl.supportedValuesOf("timeZone")]

const ZoneChoice = () => {
  const zone = useAtom(Atoms.zone)
  return (
    <label class="inline zone">
      <span class="spare">Times in</span>
      <select
        aria-label="Times in"
        value={zone.name}
        onChange={({ currentTarget }) => Atoms.chooseZone(currentTarget.value)}
      >
        {zones().includes(zone.name) ? null : <option value={zone.name}>{zone.name}</option>}
        {zones().map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}

const KeyMenu = ({ onKey }: { readonly onKey: () => void }) => {
  const key = useAtom(Atoms.key)
  if (key._tag === "Needed")
    return (
      <Button kind="primary" onPress={onKey}>
        {Address.isProxied() ? "Not let in…" : "Show a key…"}
      </Button>
    )
  if (key._tag !== "Known" || key.name === null) return null
  return (
    <span class="keyed">
      <bdi>{DispatchText.safe(key.name)}</bdi>
      {Address.isProxied() ? null : (
        <Button
          kind="quiet"
          onPress={() => {
            Link.forgetKey()
            registry.set(Atoms.notice, { kind: "good", text: "The key is forgotten." })
          }}
        >
          Forget key
        </Button>
      )}
    </span>
  )
}
