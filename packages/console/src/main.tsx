/** Begins the page. */
import { createRoot } from "react-dom/client"
import "./app.css"
import * as Address from "./browser/address.ts"
import * as Clock from "./browser/clock.ts"
import * as Newer from "./browser/newer.ts"
import * as KeyStore from "./browser/keyStore.ts"
import { App } from "./pages/App.tsx"
import { Boundary } from "./pages/Boundary.tsx"
import * as Announcer from "./state/announcer.ts"
import * as Atoms from "./state/atoms.ts"
import { registry } from "./state/binding.ts"
import * as Faults from "./state/faults.ts"
import * as Link from "./state/link.ts"
import { titleOf } from "./words/state.ts"

const begin = () => {
  const { key, token } = Address.takeSecrets()
  Link.setToken(KeyStore.consoleToken(token))
  Link.open({ authKey: key ?? KeyStore.read(), signSecret: undefined })
}

// Browsers report what is no fault, such as a late picture, without an error.
addEventListener("error", ({ error }) => error != null && Faults.tell(error))
addEventListener("unhandledrejection", ({ reason }) => Faults.tell(reason))
begin()
Clock.every(5_000, Link.ping)
Link.followPart()
Announcer.follow()
Clock.every(1_000, () => registry.set(Atoms.tick, Clock.now()))
registry.set(Atoms.isOnline, navigator.onLine)
addEventListener("online", () => registry.set(Atoms.isOnline, true))
addEventListener("offline", () => registry.set(Atoms.isOnline, false))
const lookForNewer = () => Newer.look((isNewer) => registry.set(Atoms.isOutdated, isNewer))
Clock.every(600_000, lookForNewer)
// The service was away, and may be another one now.
let status = registry.get(Atoms.knowledge).status
registry.subscribe(Atoms.knowledge, (knowledge) => {
  if (status === "Stale" && knowledge.status === "Synchronised") lookForNewer()
  status = knowledge.status
})
const showTitle = () => (document.title = titleOf(registry.get(Atoms.knowledge), Atoms.microgridId))
registry.subscribe(Atoms.knowledge, showTitle)
showTitle()
addEventListener("popstate", Atoms.followAddress)
addEventListener("pagehide", () => Link.leave())
// The browser may have kept the page as it was left.
addEventListener("pageshow", (event) => event.persisted && begin())

const root = document.getElementById("root")
if (root !== null)
  createRoot(root).render(
    <Boundary>
      <App />
    </Boundary>
  )
