import { join } from "node:path"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Effect, Layer, Option } from "effect"
import { clientLayer, serviceAddress } from "../connection.ts"
import { dataFolder } from "../defaults.ts"
import * as Account from "../output/account.ts"
import { tell } from "../output/terminal.ts"
import * as Times from "../output/times.ts"
import { untilStopped } from "../signals.ts"
import * as SitePersistence from "../sitePersistence.ts"
import * as Site from "./site.ts"

interface Options {
  readonly microgrid: MicrogridId
  readonly type: Option.Option<string>
  readonly state: Option.Option<string>
  readonly keep: boolean
  readonly json: boolean
  readonly utc: boolean
}

/** Runs the actor until it is stopped, also beyond restarts of the service. */
export const run = Effect.fnUntraced(function* (options: Options) {
  const address = yield* serviceAddress
  // Ids mean something at one service only.
  const folder = Option.getOrElse(options.state, () =>
    join(dataFolder, "sites", address.replaceAll(/[^\w.-]+/g, "_"), `microgrid-${options.microgrid}`)
  )
  const persistence = options.keep ? SitePersistence.layer(folder) : Layer.empty
  yield* tell(`Watching microgrid ${options.microgrid} at ${address}; stop with Ctrl-C.`)
  const teller = options.json ? Site.jsonTeller : Account.make(Times.make(options))
  const follow = Effect.andThen(Site.follow(teller, Option.getOrUndefined(options.type)), Effect.never).pipe(
    Effect.scoped,
    Effect.provide(Site.layer(options.microgrid).pipe(Layer.provide([clientLayer, persistence])))
  )
  yield* untilStopped(follow)
})
