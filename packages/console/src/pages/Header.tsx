/** The head of the page: microgrid, status, zone, and what can be begun. */
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { useState } from "react"
import * as Address from "../browser/address.ts"
import * as Actions from "../state/actions.ts"
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"
import * as Link from "../state/link.ts"
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

const Microgrid = () => {
  const key = useAtom(Atoms.key)
  const [typed, setTyped] = useState(String(Atoms.microgridId))
  const known = key._tag === "Known" ? key.microgrids : []
  const go = (text: string) => {
    if (/^\d{1,20}$/.test(text) && text !== String(Atoms.microgridId))
      location.assign(Address.ofMicrogrid(BigInt(text)))
  }
  return (
    <form
      class="microgrid"
      onSubmit={(event: Event) => {
        event.preventDefault()
        go(typed)
      }}
    >
      <label>
        Microgrid{" "}
        <input
          inputMode="numeric"
          size={4}
          list="microgrids"
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
          onBlur={() => go(typed)}
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

const Status = () => {
  const knowledge = useAtom(Atoms.knowledge)
  const isOnline = useAtom(Atoms.isOnline)
  const running = useAtom(Atoms.running)
  const { size } = useAtom(Atoms.dispatches)
  const status = isOnline ? knowledge.status : "Stale"
  return (
    <div class="status" data-status={status}>
      <span class={`dot dot-${status.toLowerCase()}`} aria-hidden="true" />
      {/* The counts beside it change too often to be said. */}
      <b role="status">{isOnline ? Words.ofKnowledge(knowledge) : "Offline"}</b>
      {knowledge.status === "Connecting" && size === 0 ? null : (
        <span class="counts">
          {running} running <span class="spare">by plan </span>·{" "}
          {DispatchText.counted(size, "dispatch", "dispatches")}
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
