import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import * as OlderService from "../integration/olderService.ts"
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
  test("shows and steers a service that knows the API of upstream alone, and says what it lacks", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      const older = yield* OlderService.before(service.url)
      const console = yield* running("console", "--url", older, "--port", "0")
      const [, address = ""] = yield* console.says(/Console of \S+ at (http:\S+)\n/)
      const { faults, page } = yield* open(yield* launch(), address)
      yield* status(page, "Synchronised")
      yield* dispatch(service, "create", "1", "PEAK", "BATTERY", "now", "20m", "--frequency", "daily")
      yield* Effect.promise(() => page.getByRole("row", { name: /#1 PEAK/ }).click())
      const drawer = page.locator(".drawer")
      yield* Effect.promise(() => drawer.getByText("This service does not tell who changed it.").waitFor())
      // Without rules in local time no single run can be left out.
      yield* Effect.promise(() => drawer.locator(".runs li").first().waitFor())
      assert.strictEqual(yield* Effect.promise(() => drawer.getByText("Skip").count()), 0)
      assert.strictEqual(yield* Effect.promise(() => drawer.locator(".story").count()), 0)
      yield* Effect.promise(() => drawer.getByRole("button", { name: "Pause…" }).click())
      const dialog = page.getByRole("dialog")
      yield* Effect.promise(() => dialog.getByRole("button", { name: "Pause", exact: true }).click())
      yield* Effect.promise(() => page.getByText("#1 PEAK paused.").waitFor())
      assert.match(yield* dispatch(service, "get", "1", "1"), /inactive/)
      yield* Effect.promise(() => page.getByRole("button", { name: "Help", exact: true }).click())
      const help = yield* Effect.promise(() => page.locator(".help").innerText())
      for (const lack of ["no part for consoles", "of UTC alone", "no names", "Sites tell it nothing"])
        assert.include(help, lack)
      assert.deepStrictEqual(faults, [])
    }))
})
