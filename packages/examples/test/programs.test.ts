import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import { DispatchClient, DispatchId, MicrogridId, Target } from "@effect-dispatch/core"
import { DispatchService, DispatchStoreMemory, GrpcServer } from "@effect-dispatch/server"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Layer, type Scope } from "effect"

const microgridId = MicrogridId.make(1n)
const bounded = { timeout: 60_000 }

interface Running {
  /** Waits until the program has printed this. */
  readonly says: (pattern: RegExp) => Effect.Effect<RegExpExecArray>
  /** Ends it as a terminal does, and waits. */
  readonly end: Effect.Effect<void>
}

/** Runs an example in an empty folder, and kills it with the scope if it is still there. */
const run = (
  name: string,
  variables: Record<string, string> = {}
): Effect.Effect<Running, never, Scope.Scope> =>
  Effect.gen(function* () {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "dispatch-example-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
    )
    const listeners = new Set<() => void>()
    let printed = ""
    const child: ChildProcess = yield* Effect.acquireRelease(
      Effect.sync(() =>
        spawn(process.execPath, [join(import.meta.dirname, `../src/${name}.ts`)], {
          cwd: folder,
          env: { PATH: process.env["PATH"], ...variables },
          stdio: ["ignore", "pipe", "inherit"]
        })
      ),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    )
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()))
    child.stdout?.on("data", (chunk) => {
      printed += String(chunk)
      for (const listener of listeners) listener()
    })
    return {
      says: (pattern) =>
        Effect.callback((resume) => {
          const look = () => {
            const match = pattern.exec(printed)
            if (match !== null) resume(Effect.succeed(match))
          }
          listeners.add(look)
          look()
          return Effect.sync(() => listeners.delete(look))
        }),
      end: Effect.andThen(
        Effect.sync(() => child.kill("SIGINT")),
        Effect.promise(() => closed)
      )
    }
  })

const Server = GrpcServer.layer({ port: 0 }).pipe(
  Layer.provide(DispatchService.layer),
  Layer.provide(DispatchStoreMemory.layer)
)

describe("the examples", () => {
  it.live(
    "the first example prints what starts and what stops",
    () =>
      Effect.gen(function* () {
        const { port } = yield* GrpcServer.GrpcServer
        const url = `grpc://127.0.0.1:${port}?ssl=false`
        const following = yield* run("follow", { DISPATCH_API_URL: url })
        yield* Effect.gen(function* () {
          const client = yield* DispatchClient.DispatchClient
          const { id } = yield* client.create(microgridId, {
            type: "CHARGE",
            startTime: "NOW",
            target: Target.componentCategories("BATTERY")
          })
          yield* following.says(/^#1 CHARGE Running$/m)
          yield* client.delete(microgridId, id)
          yield* following.says(/^#1 CHARGE Stopped$/m)
        }).pipe(Effect.provide(DispatchClientGrpc.layer({ url })))
      }).pipe(Effect.provide(Server)),
    bounded
  )

  it.live(
    "the site controller does what the dispatches say, and lets go of the charger when it ends",
    () =>
      Effect.gen(function* () {
        const { port } = yield* GrpcServer.GrpcServer
        const url = `grpc://127.0.0.1:${port}?ssl=false`
        const controller = yield* run("siteController", { DISPATCH_API_URL: url })
        yield* Effect.gen(function* () {
          const client = yield* DispatchClient.DispatchClient
          const create = (type: string, payload: { readonly [key: string]: number }) =>
            client.create(microgridId, {
              type,
              startTime: "NOW",
              duration: Duration.hours(1),
              target: Target.componentCategories("EV_CHARGER"),
              payload
            })
          const { id } = yield* create("CHARGE", { power_w: 11_000 })
          yield* controller.says(/The charger gets 11000 W/)
          yield* client.update(microgridId, id, { payload: { power_w: 3_700 } })
          yield* controller.says(/The charger gets 3700 W/)
          yield* create("PEAK_SHAVING", { limit_w: 20_000 })
          yield* controller.says(/At most 20000 W/)
        }).pipe(Effect.provide(DispatchClientGrpc.layer({ url })))
        yield* controller.end
        yield* controller.says(/The charger gets 0 W/)
        yield* controller.says(/No limit/)
      }).pipe(Effect.provide(Server)),
    bounded
  )

  it.live(
    "the scheduled report tells what its dispatches will do, and serves them to others",
    () =>
      Effect.gen(function* () {
        const reporting = yield* run("scheduledReport")
        const [, url = ""] = yield* reporting.says(/--url '(\S+)'/)
        yield* reporting.says(/NIGHT_CHARGE #1: [12] within a day/)
        yield* reporting.says(/REPORT #2: 1440 within a day/)
        const { type } = yield* Effect.flatMap(DispatchClient.DispatchClient, (client) =>
          client.get(microgridId, DispatchId.make(2n))
        ).pipe(Effect.provide(DispatchClientGrpc.layer({ url })))
        assert.strictEqual(type, "REPORT")
        yield* reporting.end
      }),
    bounded
  )
})
