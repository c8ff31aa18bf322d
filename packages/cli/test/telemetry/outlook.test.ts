import { assert, describe, it, vi } from "@effect/vitest"
import { Effect, Logger, Option } from "effect"
import * as Outlook from "../../src/telemetry/outlook.ts"

describe("what is seen from outside", () => {
  it.live("who asks is answered also when the answer cannot be told, without why", () =>
    Effect.gen(function* () {
      const told = vi.spyOn(console, "error").mockImplementation(() => {})
      const logged: Array<string> = []
      const logger = Logger.make(({ message }) => void logged.push(String(message)))
      const options = { metricsPort: Option.some(0), metricsHost: "127.0.0.1" }
      yield* Outlook.listen(options, {
        isAlive: Effect.die(new Error("canary")),
        whyNotReady: Effect.undefined
      }).pipe(Effect.provide(Logger.layer([logger])))
      const [, url = ""] = /at (\S+):/.exec(String(told.mock.calls)) ?? []
      told.mockRestore()
      const get = (path: string) =>
        Effect.promise(async (signal) => {
          const response = await fetch(`${url}${path}`, { signal })
          return [response.status, await response.text()] as const
        }).pipe(Effect.timeout("5 seconds"))
      const [status, text] = yield* get("/healthz")
      assert.strictEqual(status, 500)
      assert.notInclude(text, "canary")
      assert.deepStrictEqual(logged, ["Could not answer a probe"])
      assert.deepStrictEqual(yield* get("/readyz"), [200, "ready\n"])
    }).pipe(Effect.scoped)
  )
})
