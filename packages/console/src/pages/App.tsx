/** The page. */
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import { useEffect, useState } from "react"
import * as Address from "../browser/address.ts"
import * as Clock from "../browser/clock.ts"
import * as Actions from "../state/actions.ts"
import { said } from "../state/announcer.ts"
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"
import { noFilter } from "../state/rows.ts"
import { Timeline } from "../timeline/Timeline.tsx"
import * as Words from "../words/state.ts"
import { Banner } from "./Banner.tsx"
import { Boundary } from "./Boundary.tsx"
import { Drawer } from "./Drawer.tsx"
import { Header } from "./Header.tsx"
import { lazily } from "./lazy.tsx"
import { PartBar, TooMany } from "./Part.tsx"
import { Button, useReadOnlyReason } from "./parts.tsx"
import { Toolbar } from "./Toolbar.tsx"

const ActivityPage = lazily(() => import("./more.ts").then((module) => module.ActivityPage))
const HelpPage = lazily(() => import("./more.ts").then((module) => module.HelpPage))
const ListPage = lazily(() => import("./more.ts").then((module) => module.ListPage))
const Confirm = lazily(() => import("./late.ts").then((module) => module.Confirm))
const Editor = lazily(() => import("./late.ts").then((module) => module.Editor))
const SkipDialog = lazily(() => import("./late.ts").then((module) => module.SkipDialog))
const KeyDialog = lazily(() => import("./more.ts").then((module) => module.KeyDialog))

const pages: ReadonlyArray<readonly [Atoms.Page, string]> = [
  ["timeline", "Timeline"],
  ["list", "List"],
  ["activity", "Activity"],
  ["help", "Help"]
]

export const App = () => {
  const page = useAtom(Atoms.page)
  const [asksKey, setAsksKey] = useState(false)
  const key = useAtom(Atoms.key)
  const isTooMany = useAtom(Atoms.knowledge).size?.isTooMany === true
  useEffect(() => setAsksKey(key._tag === "Needed"), [key])
  useReports()
  return (
    <>
      <a class="skip" href="#main">
        To the dispatches
      </a>
      <Header onKey={() => setAsksKey(true)} />
      <Banner />
      <PartBar />
      <nav class="tabs" aria-label="Pages">
        {pages.map(([name, words]) => (
          <button
            key={name}
            type="button"
            data-words={words}
            aria-current={name === page ? "page" : undefined}
            onClick={() => Atoms.choosePage(name)}
          >
            {words}
          </button>
        ))}
      </nav>
      <Boundary shown={page}>
        {!isTooMany && (page === "timeline" || page === "list") ? <Toolbar /> : null}
        <div class="body">
          <main id="main" tabIndex={-1}>
            <Content page={page} />
          </main>
          <Drawer />
        </div>
      </Boundary>
      <Dialogs />
      {asksKey ? <KeyDialog onClose={() => setAsksKey(false)} /> : null}
      <Said />
    </>
  )
}

/** Follows what sites report, once the service is known to be told of it. */
const useReports = () => {
  const hasReports = useAtom(Atoms.hasReports)
  const hasBegun = useAtom(Atoms.pastOf) !== undefined
  const { status } = useAtom(Atoms.knowledge)
  useEffect(() => {
    if (!hasReports || hasBegun) return
    // Tried again once the service is back.
    import("./past.ts").then(
      ({ follow }) => follow(),
      () => {}
    )
  }, [hasReports, hasBegun, status])
}

const Content = ({ page }: { readonly page: Atoms.Page }) => {
  const knowledge = useAtom(Atoms.knowledge)
  const { size } = useAtom(Atoms.dispatches)
  const rows = useAtom(Atoms.rows)
  const unreadable = useAtom(Atoms.unreadable)
  const part = useAtom(Atoms.part)
  if (page === "activity") return <ActivityPage />
  if (page === "help") return <HelpPage />
  if (knowledge.size?.isTooMany === true) return <TooMany size={knowledge.size} />
  if (size === 0 && unreadable.length === 0)
    return knowledge.status === "Connecting" ? <Waiting /> : part === "" ? <Empty /> : <NoneInPart />
  if (rows.length === 0 && unreadable.length === 0) return <NoneMatch of={size} />
  return page === "list" ? <ListPage /> : <Timeline />
}

/** Rows before there are any; after a while the cause. */
const Waiting = () => {
  const { cause } = useAtom(Atoms.knowledge)
  const key = useAtom(Atoms.key)
  const loss = useAtom(Atoms.loss)
  const [isLong, setLong] = useState(false)
  useEffect(() => Clock.after(2_000, () => setLong(true)), [])
  return (
    <div class="waiting">
      {Array.from({ length: 6 }, (_, index) => (
        <i key={index} class="bone" />
      ))}
      {loss === undefined && (isLong || key._tag === "Needed") ? (
        <p>
          {key._tag === "Needed"
            ? Address.isProxied()
              ? "Open the address that the terminal shows."
              : "The service serves by key."
            : cause === null
              ? "Waiting for the service…"
              : Words.sentence(DispatchText.safe(cause))}
        </p>
      ) : null}
    </div>
  )
}

const Empty = () => {
  const reason = useReadOnlyReason()
  return (
    <div class="empty">
      <h2>There are no dispatches yet</h2>
      <p>A dispatch is an order: what is to run, where and when. Sites follow it as soon as it is there.</p>
      <Button kind="primary" reason={reason} onPress={() => Actions.startNew(undefined)}>
        New dispatch
      </Button>
      <p class="muted">On the command line:</p>
      <pre>dispatch create {String(Atoms.microgridId)} CHARGE BATTERY now 20m</pre>
    </div>
  )
}

const NoneInPart = () => (
  <div class="empty">
    <p>No dispatch is in this part.</p>
  </div>
)

const NoneMatch = ({ of }: { readonly of: number }) => (
  <div class="empty">
    <p>None of {DispatchText.counted(of, "dispatch", "dispatches")} matches.</p>
    <Button onPress={() => registry.set(Atoms.filter, noFilter)}>Clear the filter</Button>
  </div>
)

const Dialogs = () => {
  const dialog = useAtom(Atoms.dialog)
  if (dialog === undefined) return null
  if (dialog._tag === "Confirm")
    return <Confirm key={`${dialog.action}${dialog.ids.join()}`} action={dialog.action} ids={dialog.ids} />
  if (dialog._tag === "Skip")
    return <SkipDialog act={dialog.act} dispatch={dialog.dispatch} begins={dialog.begins} />
  const { dispatch, draft } = dialog
  return <Editor key={`${dispatch?.id}:${dispatch?.updateTime}`} dispatch={dispatch} draft={draft} />
}

/** Sentences for those who listen, and for those who look. */
const Said = () => {
  const sentence = useAtom(said)
  const notice = useAtom(Atoms.notice)
  useEffect(() => {
    if (notice?.kind === "good") return Clock.after(6_000, () => registry.set(Atoms.notice, undefined))
    return undefined
  }, [notice])
  return (
    <>
      <div class="visually-hidden" role="status" aria-live="polite">
        {sentence}
      </div>
      <div class="notices" aria-live="polite">
        {notice === undefined ? null : (
          <p class={`notice ${notice.kind}`}>
            {DispatchText.safe(notice.text)}
            {notice.kind === "good" ? null : (
              <button type="button" onClick={() => registry.set(Atoms.notice, undefined)}>
                Close
              </button>
            )}
          </p>
        )}
      </div>
    </>
  )
}
