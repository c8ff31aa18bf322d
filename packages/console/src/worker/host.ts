/** Serves pages of one part of a microgrid and one key: the first page decides which, and others must show the same. */
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Cause, Clock, Effect, Exit, Queue, Result } from "effect"
import * as Scheduler from "effect/Scheduler"
import * as Turns from "../browser/turns.ts"
import { Pages } from "./pages.ts"
import { type Answer, fromPage, type Port, toPage, type ToWorker } from "./protocol.ts"
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
  const enter = (port: Port, by: Opening): void => {
    const before = opened
    if (before === undefined || (before.pages.hasEnded && isSame(before.by, by))) {
      opened = open(serve, by)
      // All pages that were told of an end go on.
      for (const each of before?.pages.ports ?? []) opened.pages.enter(each)
    }
    if (opened !== undefined && isSame(opened.by, by)) opened.pages.enter(port)
    else toPage(port, { _tag: "Foreign" })
  }
  const leave = (port: Port): void => {
    opened?.pages.leave(port)
    if (ends === "with the page") opened?.end()
  }
  const take = (port: Port, message: ToWorker): void => {
    switch (message._tag) {
      case "Open":
        return enter(port, message)
      case "Leave":
        return leave(port)
      case "Ping":
        return toPage(port, { _tag: "Alive" })
      case "Ask":
        return ask(opened, port, message)
    }
  }
  return (port) => {
    port.onmessage = ({ data }) => {
      // A page hears nothing of what is thrown here, and would wait for ever.
      const taken = Result.try(() => take(port, fromPage(data)))
      if (Result.isFailure(taken)) toPage(port, { _tag: "Ended", cause: Thrown.messageOf(taken.failure) })
    }
    // A page that crashed says nothing; where the browser knows, it tells.
    port.addEventListener("close", () => leave(port))
    port.start()
  }
}

const ask = (
  opened: Opened | undefined,
  port: Port,
  { number, request }: Extract<ToWorker, { readonly _tag: "Ask" }>
): void => {
  const reply: Session.Asked["reply"] = (answer) => toPage(port, { _tag: "Answered", number, answer })
  if (opened?.pages.has(port) !== true) reply(notServed)
  else if (opened.pages.hasEnded) reply(over)
  else Queue.offerUnsafe(opened.asked, { request, reply })
}

/** The answer to a page that has shown another key, or none. */
const notServed: Answer = {
  _tag: "Failed",
  reason: "Unauthenticated",
  message: "this worker serves pages with another key",
  field: null
}

/** The answer to what is asked after the end. */
const over: Answer = {
  _tag: "Failed",
  reason: "Unavailable",
  message: "the page is no longer connected, and asks nothing",
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
  fiber.addObserver((exit) => pages.ended(endOf(exit)))
  return { by, pages, asked, end: () => fiber.interruptUnsafe() }
}

/** The end of a session, in words. */
const endOf = (exit: Exit.Exit<unknown, unknown>): string =>
  Exit.isFailure(exit) ? Thrown.messageOf(Cause.squash(exit.cause)) : "it came to an end"

const isSame = (one: Opening, other: Opening): boolean =>
  one.microgridId === other.microgridId &&
  one.authKey === other.authKey &&
  one.signSecret === other.signSecret &&
  one.consoleToken === other.consoleToken &&
  one.part === other.part
