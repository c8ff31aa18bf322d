import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { running } from "../integration/program.ts"
import { dispatch, launch, open, picture, row, serve, status, test } from "./browser.ts"

describe("W9: dispatch console", () => {
  test("shows a service elsewhere to the tab that has its address, also after a reload, and to no other", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      const console = yield* running("console", "--url", service.url, "--port", "0")
      const [, address = "", token = ""] = yield* console.says(/Console of \S+ at (http:\S+)#token=(\S+)\n/)
      const { faults, origins, page } = yield* open(yield* launch(), `${address}#token=${token}`)
      yield* status(page, "Synchronised")
      yield* dispatch(service, "create", "1", "PEAK", "BATTERY", "now", "20m")
      yield* row(page, /#1 PEAK/)
      assert.notInclude(page.url(), token)
      yield* Effect.promise(() => page.reload())
      yield* row(page, /#1 PEAK/)
      const other = yield* Effect.promise(() => page.context().newPage())
      yield* Effect.promise(() => other.goto(address))
      const told = other.getByRole("dialog", { name: "Not let in" })
      yield* Effect.promise(() => told.waitFor())
      assert.strictEqual(yield* Effect.promise(() => other.getByRole("row", { name: /PEAK/ }).count()), 0)
      yield* picture(other, "proxy-not-let-in")
      assert.deepStrictEqual(faults, [])
      assert.deepStrictEqual([...origins], [new URL(address).origin])
    }))
})
