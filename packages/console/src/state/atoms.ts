/** The state of the page. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DateTime } from "effect"
import * as Address from "../browser/address.ts"
import * as Clock from "../browser/clock.ts"
import { isZone, Zone } from "../time/zone.ts"
import type { Past } from "../timeline/paint.ts"
import {
  type Draft,
  type Happening,
  type KeyState,
  noKnowledge,
  type Unreadable
} from "../worker/protocol.ts"
import { holding, readable, registry } from "./binding.ts"
import { knowledgeAfter, type Loss } from "./loss.ts"
import { type Filter, type Group, noFilter, rowsOf, type Sort } from "./rows.ts"
import type { Told } from "./toldRuns.ts"

/** The pages. */
export type Page = "timeline" | "list" | "activity" | "help"

/** A question before something is done, or a form. */
export type Dialog =
  | { readonly _tag: "Edit"; readonly dispatch: Dispatch | undefined; readonly draft: Draft }
  | {
      readonly _tag: "Confirm"
      readonly action: "pause" | "resume" | "delete"
      readonly ids: ReadonlyArray<bigint>
    }
  | {
      readonly _tag: "Skip"
      readonly dispatch: Dispatch
      readonly begins: ReadonlyArray<number>
      readonly act: "skip" | "have again"
    }

export const microgridId = Address.microgridId()

/** The pages, with their names in the address. */
const pages: ReadonlyArray<Page> = ["timeline", "list", "activity", "help"]

const pageOfAddress = (): Page => pages.find((name) => name === Address.setting("page")) ?? "timeline"

export const page = holding<Page>(pageOfAddress())

/** Shows another page, which the address keeps, so that the browser can go back to this one. */
export const choosePage = (name: Page): void => {
  if (name !== registry.get(page)) Address.keepSetting("page", name === "timeline" ? undefined : name, "new")
  registry.set(page, name)
}

/** The knowledge as the worker has told it. */
export const toldKnowledge = holding(noKnowledge)
/** The loss of the worker, if there is one. */
export const loss = holding<Loss | undefined>(undefined)
export const knowledge = readable((get) => knowledgeAfter(get(toldKnowledge), get(loss)))
/** A fault of the page itself, in words. */
export const fault = holding<string | undefined>(undefined)
export const isOnline = holding(true)
/** True if the service gives a newer page than this one. */
export const isOutdated = holding(false)
/** True if starts and stops are not said to those who listen. */
export const isMuted = holding(false)
export const key = holding<KeyState>({ _tag: "Unknown" })
export const unreadable = holding<ReadonlyArray<Unreadable>>([])
export const dispatches = holding<ReadonlyMap<bigint, Dispatch>>(new Map())
/** Runs of the dispatches in view, as sites report them. */
export const told = holding<ReadonlyMap<bigint, Told>>(new Map())
/** The number of runs that sites have lately reported as missed, by dispatch. */
export const missed = holding<ReadonlyMap<bigint, number>>(new Map())
/** The dispatches whose rows are in view. */
export const inView = holding<ReadonlyArray<bigint>>([])
/** Paints runs as they were, once that is loaded. */
export const pastOf = holding<((told: Told) => Past) | undefined>(undefined)
export const happenings = holding<ReadonlyArray<Happening>>([])
export const listeningSince = holding(Clock.now())

/** The present, as the clocks of the page show it: it moves once a second. */
export const tick = holding(Clock.now())

/** The present of the service, whose clock may be far from ours. */
export const now = readable((get) => get(tick) + (get(knowledge).clockLead ?? 0))

/** More dispatches than this are not looked at each second. */
const eachSecondMax = 1_000

/** The present where a second does not matter. */
export const minute = readable((get) => Math.floor(get(now) / 5_000) * 5_000)

/** The present of what runs: a dispatch that begins with its creation does so at once, unless there are very many. */
export const second = readable((get) =>
  get(dispatches).size > eachSecondMax ? get(minute) : Math.floor(get(now) / 1_000) * 1_000
)

const partOfAddress = (): string => Address.setting("part")?.trim() ?? ""

/** The part of the microgrid that is shown, in words; all of it if there are none. */
export const part = holding(partOfAddress())

const zoneNamed = (name: string | undefined): Zone =>
  new Zone(name !== undefined && isZone(name) ? name : Intl.DateTimeFormat().resolvedOptions().timeZone)

export const zone = holding(zoneNamed(Address.setting("zone")))

/** Shows what the address says, once the browser has gone back or on. */
export const followAddress = (): void => {
  registry.set(page, pageOfAddress())
  registry.set(part, partOfAddress())
  registry.set(zone, zoneNamed(Address.setting("zone")))
}

/** Shows times in another zone. */
export const chooseZone = (name: string): void => {
  Address.keepSetting("zone", name)
  registry.set(zone, zoneNamed(name))
}

/** Shows a part of the microgrid; without words, all of it. */
export const choosePart = (words: string): void => {
  const chosen = words.trim()
  if (chosen === registry.get(part)) return
  Address.keepSetting("part", chosen === "" ? undefined : chosen, "new")
  registry.set(part, chosen)
}

export const filter = holding<Filter>(noFilter)
export const sort = holding<Sort>("next")

/** The groups that somebody has chosen. */
export const chosenGroup = holding<Group | undefined>(undefined)

/** More dispatches than this are told apart by type, unless somebody chooses otherwise. */
const ungroupedMax = 2_000

export const group = readable<Group>(
  (get) => get(chosenGroup) ?? (get(dispatches).size > ungroupedMax ? "type" : "none")
)

const hour = 3_600_000

/** The stretch of time that the timeline shows. */
export const view = holding({ from: Clock.now() - 2 * hour, to: Clock.now() + 22 * hour })

/** True while the view moves with the present. */
export const isFollowing = holding(true)

/** The dispatch of the drawer. */
export const opened = holding<bigint | undefined>(undefined)
/** The row that has the keyboard's attention. */
export const focused = holding<bigint | undefined>(undefined)
/** The rows that are chosen for a change at once. */
export const selected = holding<ReadonlySet<bigint>>(new Set())
export const dialog = holding<Dialog | undefined>(undefined)
/** The last thing that was done or failed, for everybody to see. */
export const notice = holding<{ readonly kind: "good" | "bad"; readonly text: string } | undefined>(undefined)

/** The rows, by what is known and chosen. */
export const rows = readable((get) =>
  rowsOf(
    get(dispatches).values(),
    { filter: get(filter), sort: get(sort), group: get(group), missed: get(missed) },
    DateTime.makeUnsafe(get(second))
  )
)

/** The dispatches that run by the plan. */
export const running = readable((get) => {
  const at = DateTime.makeUnsafe(get(second))
  let count = 0
  for (const dispatch of get(dispatches).values()) if (dispatch.startedAt(at)) count++
  return count
})

/** True if the key may do something, as far as is known. */
export const may = (right: string) =>
  readable((get) => {
    const known = get(key)
    return known._tag !== "Known" || known.rights.includes(right)
  })

export const mayWrite = may("write")

/** True if the service keeps a feature beyond the API, as far as is known. */
const offers = (feature: string) =>
  readable((get) => {
    const known = get(key)
    return known._tag !== "Known" || known.features.includes(feature)
  })

export const hasCalendar = offers("calendar")
export const hasNames = offers("name")

/** True if the service is known to be told what really ran. */
export const hasReports = readable((get) => {
  const known = get(key)
  return known._tag === "Known" && known.features.includes("report")
})
