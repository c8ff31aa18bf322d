/** Serves pages of one part of a microgrid and one key: the first page decides which, and others must show the same. */
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Clock, Effect, Queue } from "effect"
import * as Scheduler from "effect/Scheduler"
import * as Turns from "../browser/turns.ts"
import { Pages } from "./pages.ts"
import { type Answer, fromPage, toPage, type ToWorker } from "./protocol.ts"
import type * as Session from "./session.ts"

type Opening = Extract<ToWorker, { readonly _tag: "Open" }>

/** Serves pages with the credentials of the first, and answers what they ask. */
export type Serving = (
  options: Omit<Session.SessionOptions, "url">,
  pages: Pages,
  asked: Queue.Dequeue<Session.Asked>
) => Effect.Effect<void, unknown>

interface Opened {
  readonly by: Opening
  readonly pages: Pages
  readonly asked: Queue.Queue<Session.Asked>
  readonly end: () => void
}

/** Makes the function that takes in a page. A worker ends by itself; within a page, serving ends when that leaves. */
export const make = (
  serve: Serving,
  { ends }: { readonly ends: "with the worker" | "with the page" }
): ((port: MessagePort) => void) => {
  let opened: Opened | undefined
  const leave = (port: MessagePort): void => {
    opened?.pages.leave(port)
    if (ends === "with the page") opened?.end()
  }
  return (port) => {
    port.onmessage = ({ data }) => {
      const message = fromPage(data)
      if (message._tag === "Open") {
        opened ??= open(serve, message)
        if (isSame(opened.by, message)) opened.pages.enter(port)
        else toPage(port, { _tag: "Foreign" })
      } else if (message._tag === "Leave") {
        leave(port)
      } else if (opened?.pages.has(port) === true) {
        const { number, request } = message
        const reply: Session.Asked["reply"] = (answer) => toPage(port, { _tag: "Answered", number, answer })
        Queue.offerUnsafe(opened.asked, { request, reply })
      } else {
        toPage(port, { _tag: "Answered", number: message.number, answer: notServed })
      }
    }
    // A page that crashed says nothing; where the browser knows, it tells.
    port.addEventListener("close", () => leave(port))
    port.start()
  }
}

/** The answer to a page that has shown another key, or none. */
const notServed: Answer = {
  _tag: "Failed",
  reason: "Unauthenticated",
  message: "this worker serves pages with another key",
  field: null
}

const open = (serve: Serving, by: Opening): Opened => {
  const pages = new Pages(Effect.runSync(Clock.currentTimeMillis))
  const asked = Effect.runSync(Queue.unbounded<Session.Asked>())
  const options = {
    microgridId: MicrogridId.make(by.microgridId),
    authKey: by.authKey ?? undefined,
    signSecret: by.signSecret ?? undefined,
    consoleToken: by.consoleToken ?? undefined,
    part: by.part
  }
  const session = serve(options, pages, asked)
  const fiber = Effect.runFork(Effect.provideService(session, Scheduler.Scheduler, Turns.scheduler))
  return { by, pages, asked, end: () => fiber.interruptUnsafe() }
}

const isSame = (one: Opening, other: Opening): boolean =>
  one.microgridId === other.microgridId &&
  one.authKey === other.authKey &&
  one.signSecret === other.signSecret &&
  one.consoleToken === other.consoleToken &&
  one.part === other.part
