/** Serves pages of one microgrid and one key: the first page decides which, and others must show the same. */
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Clock, Effect, Queue } from "effect"
import * as Scheduler from "effect/Scheduler"
import * as Turns from "../browser/turns.ts"
import { Pages } from "./pages.ts"
import { fromPage, toPage, type ToWorker } from "./protocol.ts"
import * as Session from "./session.ts"

type Opening = Extract<ToWorker, { readonly _tag: "Open" }>

/** Makes the function that takes in a page. */
export const make = (url: string): ((port: MessagePort) => void) => {
  let opened:
    | { readonly by: Opening; readonly pages: Pages; readonly asked: Queue.Queue<Session.Asked> }
    | undefined

  const open = (by: Opening) => {
    const pages = new Pages(Effect.runSync(Clock.currentTimeMillis))
    const asked = Effect.runSync(Queue.unbounded<Session.Asked>())
    const options = {
      url,
      microgridId: MicrogridId.make(by.microgridId),
      authKey: by.authKey ?? undefined,
      signSecret: by.signSecret ?? undefined,
      consoleToken: by.consoleToken ?? undefined
    }
    const session = Session.run(options, pages, asked)
    Effect.runFork(Effect.provideService(session, Scheduler.Scheduler, Turns.scheduler))
    return { by, pages, asked }
  }

  return (port) => {
    port.onmessage = ({ data }) => {
      const message = fromPage(data)
      if (message._tag === "Open") {
        opened ??= open(message)
        if (isSame(opened.by, message)) opened.pages.enter(port)
        else toPage(port, { _tag: "Foreign" })
      } else if (message._tag === "Leave") {
        opened?.pages.leave(port)
      } else {
        const { number, request } = message
        const reply: Session.Asked["reply"] = (answer) => toPage(port, { _tag: "Answered", number, answer })
        if (opened !== undefined) Queue.offerUnsafe(opened.asked, { request, reply })
      }
    }
    // A page that crashed says nothing; where the browser knows, it tells.
    port.addEventListener("close", () => opened?.pages.leave(port))
    port.start()
  }
}

const isSame = (one: Opening, other: Opening): boolean =>
  one.microgridId === other.microgridId &&
  one.authKey === other.authKey &&
  one.signSecret === other.signSecret &&
  one.consoleToken === other.consoleToken
