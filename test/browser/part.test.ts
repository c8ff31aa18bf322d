import { fromBinary, toBinary } from "@bufbuild/protobuf"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { violations } from "./axe.ts"
import { create, launch, open, picture, row, serve, status, test } from "./browser.ts"

/** Has the service count so many dispatches in the microgrid, of which there are a few. */
const counting = Effect.fnUntraced(function* (page: Page, all: number) {
  yield* Effect.addFinalizer(() => Effect.promise(() => page.unrouteAll({ behavior: "ignoreErrors" })))
  yield* Effect.promise(async () => {
    // The calls of a shared worker are out of reach of a test, those of the page are not.
    await page.addInitScript("delete globalThis.SharedWorker")
    await page.route("**/ListMicrogridDispatches", async (route) => {
      const response = await route.fetch()
      const { filter } = fromBinary(
        Protobuf.ListMicrogridDispatchesRequestSchema,
        route.request().postDataBuffer() ?? new Uint8Array()
      )
      const schema = Protobuf.ListMicrogridDispatchesResponseSchema
      const answer = fromBinary(schema, await response.body())
      const isAll = filter?.queries.length === 0 && filter.targets.length === 0
      if (isAll && answer.paginationInfo !== undefined) answer.paginationInfo.totalItems = all
      await route.fulfill({ response, body: Buffer.from(toBinary(schema, answer)) })
    })
  })
})

describe("a microgrid with more dispatches than a page shows", () => {
  test("W12: is shown in parts that the service looks up, and the page says how many of how many", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      const make = (type: string, component: bigint) =>
        create(service, type, { target: Target.componentIds(component) })
      yield* make("CHARGE", 12n)
      yield* make("EV_CHARGE", 13n)
      yield* make("HEAT", 12n)
      const { faults, page } = yield* open(yield* launch(), "about:blank")
      yield* counting(page, 250_000)
      yield* Effect.promise(() => page.goto(service.page))
      const says = (text: string | RegExp) =>
        Effect.promise(() => page.getByText(text).first().waitFor({ timeout: 10_000 }))
      yield* says("This microgrid has 250,000 dispatches, and a page shows up to 100,000.")
      assert.deepStrictEqual(yield* violations(page, "too many"), [])
      yield* picture(page, "part-too-many")

      const field = page.getByLabel("Part of the type, component, or #id")
      yield* Effect.promise(() => field.fill("CHARGE"))
      yield* Effect.promise(() => field.press("Enter"))
      yield* status(page, "Synchronised")
      yield* row(page, /EV_CHARGE/)
      yield* says("A part is shown: “CHARGE”, 2 of 250,000 dispatches.")
      assert.strictEqual(yield* Effect.promise(() => page.getByRole("row", { name: /HEAT/ }).count()), 0)
      assert.deepStrictEqual(yield* violations(page, "a part"), [])
      yield* picture(page, "part-shown")

      // A new dispatch is shown if it is in the part.
      yield* make("HEAT", 14n)
      yield* make("DISCHARGE", 14n)
      yield* row(page, /DISCHARGE/)
      yield* says("A part is shown: “CHARGE”, 3 of 250,000 dispatches.")
      assert.strictEqual(yield* Effect.promise(() => page.getByRole("row", { name: /HEAT/ }).count()), 0)

      yield* Effect.promise(() => page.setViewportSize({ width: 320, height: 700 }))
      yield* picture(page, "part-narrow")
      yield* Effect.promise(() => field.fill("12"))
      yield* Effect.promise(() => field.press("Enter"))
      yield* says("A part is shown: “12”, 2 of 250,000 dispatches.")
      // The address has the part, so the browser can go back.
      yield* Effect.promise(() => page.goBack())
      yield* says("A part is shown: “CHARGE”, 3 of 250,000 dispatches.")
      yield* Effect.promise(() => page.getByRole("button", { name: "Show all" }).click())
      yield* says("This microgrid has 250,000 dispatches")
      assert.deepStrictEqual(faults, [])
    }))
})
