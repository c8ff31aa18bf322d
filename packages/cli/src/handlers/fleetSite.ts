/** The application's code for the sites of a fleet, from a module of its own project. */
import { createRequire } from "node:module"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import core from "@effect-dispatch/core/package.json" with { type: "json" }
import type { Dispatcher } from "@effect-dispatch/core/Dispatcher"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { FencingToken } from "@effect-dispatch/fleet/FencingToken"
import type { SiteCode } from "@effect-dispatch/fleet/FleetRunner"
import { Effect, Layer } from "effect"
import effect from "effect/package.json" with { type: "json" }
import { UsageError } from "../UsageError.ts"

/** The layer beside each dispatcher. */
export type FleetCode = SiteCode<unknown, Dispatcher | FencingToken>

const example = "dispatch fleet run --site ./site.ts"

const minorOf = (version: string): string => version.split(".").slice(0, 2).join(".")

/** The version of a package as the module finds it; nothing if it finds none. */
const versionAt = (file: string, name: string): Effect.Effect<string | undefined> =>
  Effect.try({
    try: (): { readonly version?: unknown } => createRequire(file)(`${name}/package.json`),
    catch: () => undefined
  }).pipe(
    Effect.map(({ version }) => (typeof version === "string" ? version : undefined)),
    Effect.orElseSucceed(() => undefined)
  )

/** The packages whose copy in the application must be of the same minor version as that in this program. */
const shared = [
  ["@effect-dispatch/core", core.version],
  ["effect", effect.version]
] as const

const wrong = (path: string, why: string) => new UsageError({ message: `--site ${path} ${why}`, example })

/** Loads the default export: a layer, or a function that gives one for a microgrid. */
export const load = Effect.fnUntraced(function* (path: string) {
  const file = resolve(path)
  for (const [name, own] of shared) {
    const its = yield* versionAt(file, name)
    if (its !== undefined && minorOf(its) !== minorOf(own)) {
      return yield* wrong(path, `was made for ${name} ${its}, and this program has ${own}`)
    }
  }
  const module: { readonly default?: unknown } = yield* Effect.tryPromise({
    try: () => import(pathToFileURL(file).href),
    catch: (error) =>
      wrong(path, `cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
  })
  const site = module.default
  if (isSite(site)) return site
  return yield* wrong(path, "has no layer as its default export, and no function that gives one")
})

/** The needs of a layer are known to the application's compiler alone. */
const isSite = (value: unknown): value is FleetCode | ((microgridId: MicrogridId) => FleetCode) =>
  Layer.isLayer(value) || typeof value === "function"
