import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Dispatcher, MicrogridId } from "@effect-dispatch/core"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Logger } from "effect"
import { dispatcherOf } from "../src/acrossRestarts.ts"

describe("a dispatcher across restarts", () => {
  it.live("says where it keeps what it knows, and keeps it there", () =>
    Effect.gen(function* () {
      const directory = mkdtempSync(join(tmpdir(), "example-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(directory, { recursive: true })))
      const lines: Array<string> = []
      const environment = ConfigProvider.fromUnknown({ DISPATCH_API_URL: "grpc://127.0.0.1:1?ssl=false" })
      const { microgridId } = yield* Dispatcher.Dispatcher.pipe(
        Effect.tap(() => Effect.sync(() => assert.include(readdirSync(directory), "microgrid-1.lock"))),
        Effect.provide(
          Layer.provide(dispatcherOf(1n, directory), [
            ConfigProvider.layer(environment),
            Logger.layer([Logger.make(({ message }) => void lines.push(String(message)))])
          ])
        )
      )
      assert.strictEqual(microgridId, MicrogridId.make(1n))
      assert.include(lines, `Keeps what it knows in ${directory}`)
    })
  )
})
