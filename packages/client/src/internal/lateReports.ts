/** The calls for reports of runs, loaded with the first of them: a page shows what is planned before what ran. */
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import { Effect, Stream } from "effect"
import type { ReportClient } from "../ReportClient.ts"
import type * as ReportCalls from "./reportCalls.ts"

type Client = ReportClient["Service"]

/** The same calls as those of `reportCalls.ts`; `load` gives that module. */
export const make = (
  calls: Parameters<typeof ReportCalls.make>[0],
  load: () => Promise<Pick<typeof ReportCalls, "make">> = () => import("./reportCalls.ts")
): Client => {
  let loaded: Client | undefined
  const client = Effect.suspend(() =>
    loaded === undefined
      ? Effect.map(
          Effect.tryPromise({ try: load, catch: notLoaded }),
          (module) => (loaded ??= module.make(calls))
        )
      : Effect.succeed(loaded)
  )
  const streamed = <A>(ask: (loaded: Client) => Stream.Stream<A, DispatchError.DispatchError>) =>
    Stream.unwrap(Effect.map(client, ask))
  return {
    report: (batch) => Effect.flatMap(client, ({ report }) => report(batch)),
    list: (...asked) => streamed(({ list }) => list(...asked)),
    last: (...asked) => streamed(({ last }) => last(...asked)),
    days: (...asked) => streamed(({ days }) => days(...asked)),
    isOffered: Effect.sync(() => calls.features.announced.has("report"))
  }
}

const notLoaded = () =>
  DispatchError.unavailable("the part of the program that asks for reports could not be loaded")
