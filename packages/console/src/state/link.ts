/** The link to the worker: what it tells becomes state, and questions get their answers. */
import { Effect, Result } from "effect"
import * as Clock from "../browser/clock.ts"
import * as KeyStore from "../browser/keyStore.ts"
import * as WorkerPort from "../browser/workerPort.ts"
import {
  type Answer,
  fromWorker,
  noKnowledge,
  type Request,
  type ToPage,
  toWorker
} from "../worker/protocol.ts"
import * as Atoms from "./atoms.ts"
import { registry } from "./binding.ts"
import type { Loss } from "./loss.ts"
import { noFilter } from "./rows.ts"

/** Most things that happened that the page keeps. */
const happeningsMax = 1_000

let port: MessagePort | undefined
let asked = 0
const waiting = new Map<number, (answer: Answer) => void>()

/** The credentials to show. */
export interface Credentials {
  readonly authKey: string | undefined
  readonly signSecret: string | undefined
}

let consoleToken: string | undefined

/** Sets the token of a console that hands calls on. */
export const setToken = (token: string | undefined): void => void (consoleToken = token)

/** The number of times that a link was asked for. */
let openings = 0

let shownCredentials: Credentials = { authKey: undefined, signSecret: undefined }

/** Opens the link again when another part is chosen; what was chosen in the one before is not in this one. */
export const followPart = (): void => {
  let part = registry.get(Atoms.part)
  registry.subscribe(Atoms.part, (chosen) => {
    if (chosen === part) return
    part = chosen
    registry.set(Atoms.filter, noFilter)
    registry.set(Atoms.opened, undefined)
    registry.set(Atoms.selected, new Set())
    open(shownCredentials)
  })
}

/** Opens the link, instead of the one that there was. */
export const open = (credentials: Credentials): void => {
  leave()
  shownCredentials = credentials
  const part = registry.get(Atoms.part)
  registry.set(Atoms.key, { _tag: "Unknown" })
  registry.set(Atoms.dispatches, new Map())
  registry.set(Atoms.toldKnowledge, noKnowledge)
  registry.set(Atoms.loss, undefined)
  const shown = { microgridId: Atoms.microgridId, consoleToken, part, attempt, ...credentials }
  const opening = ++openings
  const failed = () => {
    if (opening === openings) lose("Unloadable", unloadable)
  }
  void WorkerPort.open(shown, failed).then((opened) => {
    // Another was asked for meanwhile.
    if (opening !== openings) return opened.close()
    port = opened
    opened.onmessage = ({ data }) => hear(data)
    opened.start()
    toWorker(opened, {
      _tag: "Open",
      microgridId: Atoms.microgridId,
      authKey: credentials.authKey ?? null,
      signSecret: credentials.signSecret ?? null,
      consoleToken: consoleToken ?? null,
      part
    })
  }, failed)
}

/** The service may have a newer console, which has no such worker any more. */
const unloadable = "a part of this page cannot be loaded: reload it"

/** The number of workers that were given up. Their name has it, so that the next one is another. */
let attempt = 0

/** Opens the link again after a loss: to the same worker if that has told its end, else to a new one. */
export const tryAgain = (): void => {
  if (registry.get(Atoms.loss)?.kind !== "Ended") attempt++
  open(shownCredentials)
}

/** Nothing is told any more; what was asked gets no answer, unless the worker only hangs. */
const lose = (kind: Loss["kind"], cause: string): void => {
  if (registry.get(Atoms.loss) === undefined) registry.set(Atoms.loss, { kind, cause, at: heardAt })
  if (kind !== "Silent") leaveUnanswered(lost)
}

/** The instant of the last word of the worker, and the number of pings since. */
let heardAt = 0
let unanswered = 0

/** Most pings without an answer; the next one tells that the worker hangs, or is gone, of which no browser tells. */
const unansweredMax = 2

/** Asks the worker for a sign of life. */
export const ping = (): void => {
  if (port === undefined) return
  if (unanswered >= unansweredMax) lose("Silent", silent)
  unanswered++
  toWorker(port, { _tag: "Ping" })
}

const silent = "the part of this page that follows the service does not answer"

/** Hears the worker. A message that cannot be taken in is one that the page does not know. */
const hear = (data: unknown): void => {
  heardAt = Clock.now()
  unanswered = 0
  if (registry.get(Atoms.loss)?.kind === "Silent") registry.set(Atoms.loss, undefined)
  const taken = Result.try(() => take(fromWorker(data)))
  if (Result.isFailure(taken)) lose("Unreadable", unreadable)
}

const unreadable = "a message within this page cannot be read"

/** Shows a key; it lasts as long as its pages, or as the tab if that was asked for; its secret is never kept. */
export const showKey = (credentials: Credentials, lasting: "page" | "tab"): void => {
  if (lasting === "tab" && credentials.authKey !== undefined && credentials.signSecret === undefined)
    KeyStore.keep(credentials.authKey)
  open(credentials)
}

/** Shows no key any more. */
export const forgetKey = (): void => {
  KeyStore.forget()
  open({ authKey: undefined, signSecret: undefined })
}

/** The answer to a write, too, whose own answer is not waited for any more. */
const left =
  "it is not known whether this was done, as something else is shown now; look before you repeat it"

/** The same after a loss. */
const lost =
  "it is not known whether this was done, as this page is no longer connected; look before you repeat it"

/** Leaves the worker, which ends with its last page. */
export const leave = (): void => {
  if (port !== undefined) toWorker(port, { _tag: "Leave" })
  port?.close()
  port = undefined
  unanswered = 0
  leaveUnanswered(left)
}

const leaveUnanswered = (message: string): void => {
  for (const answer of waiting.values())
    answer({ _tag: "Failed", reason: "Unavailable", message, field: null })
  waiting.clear()
}

/** Asks the worker something. */
export const ask = (request: Request): Effect.Effect<Answer> =>
  Effect.callback((resume) => {
    const number = ++asked
    if (port === undefined)
      return resume(
        Effect.succeed<Answer>({
          _tag: "Failed",
          reason: "Unavailable",
          message: "not connected yet",
          field: null
        })
      )
    waiting.set(number, (answer) => resume(Effect.succeed(answer)))
    toWorker(port, { _tag: "Ask", number, request })
  })

const take = (message: ToPage): void => {
  switch (message._tag) {
    case "Alive":
      return
    case "Ended":
      return lose("Ended", `the part of this page that follows the service has failed (${message.cause})`)
    case "Foreign":
      return registry.set(Atoms.key, { _tag: "Needed", message: "another key is shown in other tabs" })
    case "Begun":
      registry.set(Atoms.loss, undefined)
      registry.set(Atoms.dispatches, new Map())
      registry.set(Atoms.happenings, [])
      registry.set(Atoms.told, new Map())
      registry.set(Atoms.missed, new Map())
      return registry.set(Atoms.listeningSince, message.listeningSince)
    case "Keyed":
      return registry.set(Atoms.key, message.key)
    case "Stands":
      registry.set(Atoms.toldKnowledge, message.knowledge)
      return registry.set(Atoms.unreadable, message.unreadable)
    case "Changed": {
      const known = new Map(registry.get(Atoms.dispatches))
      for (const dispatch of message.dispatches) known.set(dispatch.id, dispatch)
      for (const id of message.gone) known.delete(id)
      registry.set(Atoms.tick, Clock.now())
      return registry.set(Atoms.dispatches, known)
    }
    case "Happened":
      return registry.set(
        Atoms.happenings,
        [...registry.get(Atoms.happenings), ...message.lines].slice(-happeningsMax)
      )
    case "Answered": {
      const answer = waiting.get(message.number)
      waiting.delete(message.number)
      return answer?.(message.answer)
    }
  }
}
