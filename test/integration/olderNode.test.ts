/** The packages that applications build upon, on the Node that the machine has. */
import { execFileSync, spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { build } from "esbuild"
import { serving, workplace } from "./program.ts"

/** The first Node on the path that the workspace has not installed itself. */
const node = (process.env["PATH"] ?? "")
  .split(delimiter)
  .filter((folder) => folder !== "" && !folder.includes("node_modules"))
  .map((folder) => join(folder, "node"))
  .find(existsSync)

const version = node === undefined ? "none" : execFileSync(node, ["--version"], { encoding: "utf8" }).trim()
const isSupported = /^v(2\d|[3-9]\d)\./.test(version)

/** An application: follows a type, creates a dispatch of it, and ends once that has begun. */
const application = `
import { RequestSignature } from "@effect-dispatch/api"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import { DispatchClient, DispatchingActor, DispatchScheduler, MicrogridId, Target } from "@effect-dispatch/core"
import { Duration, Effect, Layer, Stream } from "effect"

const microgridId = MicrogridId.make(1n)
const Site = DispatchingActor.layer({ microgridId }).pipe(
  Layer.provideMerge(DispatchClientGrpc.layer({ url: process.argv[2] })),
  Layer.provide(DispatchScheduler.layer)
)
const main = Effect.gen(function* () {
  const actor = yield* DispatchingActor.DispatchingActor
  const client = yield* DispatchClient.DispatchClient
  const changes = yield* actor.runningStateChanges({ type: "CHARGE" })
  yield* actor.initialized
  const startTime = "NOW"
  const target = Target.componentCategories("BATTERY")
  yield* client.create(microgridId, { type: "CHARGE", startTime, target, duration: Duration.hours(1) })
  const [first] = yield* Stream.runCollect(Stream.take(changes, 1))
  const listed = yield* Stream.runCollect(client.list(microgridId))
  return [process.version, typeof RequestSignature, first.state, first.dispatch.type, listed.length].join(" ")
}).pipe(Effect.scoped, Effect.provide(Site))
console.log(await Effect.runPromise(main))
`

describe.skipIf(!isSupported)(`on the Node of the machine (from 20 on; here ${version})`, () => {
  it.live(
    "core, api and client work",
    () =>
      Effect.gen(function* () {
        const { url } = yield* serving("--store", "memory")
        const file = join(workplace, "application.mjs")
        yield* Effect.promise(() =>
          build({
            stdin: { contents: application, resolveDir: import.meta.dirname },
            outfile: file,
            bundle: true,
            format: "esm",
            platform: "node",
            target: "node20",
            logLevel: "error"
          })
        )
        const { status, stderr, stdout } = spawnSync(node ?? "", [file, url], {
          encoding: "utf8",
          timeout: 30_000
        })
        assert.strictEqual(status, 0, stderr)
        assert.match(stdout, /Keeps nothing/)
        assert.strictEqual(stdout.split("\n").at(-2), `${version} object Running CHARGE 1`)
      }),
    { timeout: 60_000 }
  )
})
