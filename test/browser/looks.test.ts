import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import type { NewDispatch } from "@effect-dispatch/core/DispatchCalls"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe } from "@effect/vitest"
import { DateTime, type Duration, Effect } from "effect"
import type { Page } from "playwright-core"
import { build, pageFolder, sizes } from "../../scripts/console.ts"
import { inEachTheme, violations } from "./axe.ts"
import { create, launch, open, picture, row, type Served, serve, status, test } from "./browser.ts"

const press = (page: Page, name: string) =>
  Effect.promise(() => page.getByRole("button", { name, exact: true }).click())

const contents = { Timeline: ".timeline", List: ".list", Activity: ".activity", Help: ".help" } as const

/** Goes to a page, whose part may load with that. */
const show = (page: Page, tab: keyof typeof contents) =>
  Effect.andThen(
    press(page, tab),
    Effect.promise(() => page.locator(contents[tab]).first().waitFor())
  )

/** Dispatches of every kind. */
const seed = (service: Served) =>
  Effect.gen(function* () {
    const now = yield* DateTime.now
    const after = (duration: Duration.Input): Partial<NewDispatch> => ({
      startTime: DateTime.addDuration(now, duration)
    })
    const every = (frequency: RecurrenceRule["frequency"], interval = 1): Partial<NewDispatch> => ({
      recurrence: RecurrenceRule.make({ frequency, interval })
    })
    const night = DateTime.add(DateTime.startOf(now, "day"), { days: 1, hours: 2 })
    const made: ReadonlyArray<readonly [type: string, target: Target.Target, more: Partial<NewDispatch>]> = [
      [
        "PEAK_SHAVING",
        Target.componentCategories("BATTERY"),
        { duration: "3 hours", payload: { limit_w: 20_000 } }
      ],
      [
        "CHARGE",
        Target.componentCategories("EV_CHARGER"),
        { duration: "20 minutes", payload: { power_w: 11_000 }, ...every("HOURLY") }
      ],
      [
        "DISCHARGE",
        Target.componentIds(2n, 3n),
        { duration: "90 minutes", ...after("2 hours"), ...every("DAILY") }
      ],
      [
        "NIGHT_CHARGE",
        Target.componentCategories({ category: "EV_CHARGER", subtype: "AC" }),
        {
          duration: "5 hours",
          startTime: night,
          recurrence: RecurrenceRule.make({
            frequency: "WEEKLY",
            interval: 1,
            byWeekdays: ["MONDAY", "TUESDAY", "WEDNESDAY"]
          })
        }
      ],
      [
        "METER_READING",
        Target.componentCategories("METER"),
        { duration: 0, ...after("10 minutes"), ...every("HOURLY", 2) }
      ],
      [
        "RESET_COUNTER",
        Target.componentCategories({ category: "INVERTER", subtype: "PV" }),
        { duration: 0, ...after("5 hours") }
      ],
      [
        "GRID_EXPORT",
        Target.componentCategories("CHP"),
        { duration: "4 hours", dryRun: true, ...after("90 minutes") }
      ],
      ["PULSE", Target.componentIds(9n), { duration: "1 minute", ...every("MINUTELY", 3) }],
      ["TEST_BENCH", Target.componentIds(7n), { active: false, ...after("3 hours"), ...every("DAILY") }]
    ]
    for (const [type, target, more] of made) yield* create(service, type, { target, ...more })
  })

const isWider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"

describe("the looks of the console", () => {
  test(
    "axe finds nothing on any page, in both themes and in forced colours",
    () =>
      Effect.gen(function* () {
        const service = yield* serve()
        yield* seed(service)
        yield* inEachTheme(service.page, ({ look, page, theme }) =>
          Effect.gen(function* () {
            yield* row(page, /PEAK_SHAVING/)
            for (const tab of ["List", "Activity", "Help", "Timeline"] as const) {
              yield* show(page, tab)
              yield* picture(page, `looks-${theme}-${tab.toLowerCase()}`)
              yield* look(tab)
            }
            yield* Effect.promise(() => page.getByLabel("Window").selectOption("1y"))
            yield* Effect.sleep("500 millis")
            yield* picture(page, `looks-${theme}-year`)
            yield* Effect.promise(() => page.getByLabel("Window").selectOption("24h"))
            yield* Effect.promise(() => page.getByRole("row", { name: /NIGHT_CHARGE/ }).click())
            yield* Effect.promise(() => page.locator(".drawer .runs").waitFor())
            yield* picture(page, `looks-${theme}-drawer`)
            yield* look("drawer")
            yield* press(page, "Edit")
            yield* Effect.promise(() => page.getByRole("dialog").waitFor())
            // It is drawn from the beginning: a canvas that is not has 150 pixels.
            const strip = page.locator(".strip-rows canvas")
            assert.isBelow((yield* Effect.promise(() => strip.boundingBox()))?.height ?? Infinity, 120)
            yield* picture(page, `looks-${theme}-editor`)
            yield* look("editor")
            yield* press(page, "Cancel")
            yield* press(page, "Delete…")
            yield* Effect.promise(() => page.getByRole("dialog").waitFor())
            yield* look("question")
          })
        )
      }),
    150_000
  )

  test(
    "at 320 pixels, and with text twice as large, nothing is cut off or scrolls sideways",
    () =>
      Effect.gen(function* () {
        const service = yield* serve()
        yield* seed(service)
        const browser = yield* launch()
        for (const [name, options] of [
          ["narrow", { viewport: { width: 320, height: 700 } }],
          // As the browser shows a page of 1280 at 200 %.
          ["zoomed", { viewport: { width: 640, height: 410 }, deviceScaleFactor: 2 }]
        ] as const) {
          const { page } = yield* open(browser, service.page, options)
          yield* status(page, "Synchronised")
          yield* row(page, /PEAK_SHAVING/)
          for (const tab of ["Timeline", "List", "Activity", "Help"] as const) {
            yield* show(page, tab)
            yield* picture(page, `looks-${name}-${tab.toLowerCase()}`)
            assert.isFalse(yield* Effect.promise(() => page.evaluate<boolean>(isWider)), `${name} ${tab}`)
            assert.deepStrictEqual(yield* violations(page, `${name} ${tab}`), [])
          }
          yield* press(page, "New dispatch")
          yield* Effect.promise(() => page.getByRole("dialog").waitFor())
          yield* picture(page, `looks-${name}-editor`)
          const dialog =
            "(() => { const d = document.querySelector('dialog'); return d.scrollWidth > d.clientWidth })()"
          assert.isFalse(yield* Effect.promise(() => page.evaluate<boolean>(dialog)), `${name} editor`)
          assert.deepStrictEqual(yield* violations(page, `${name} editor`), [])
          // Its buttons are in sight, however long the form is, and cover nothing that has the focus.
          const create = page.getByRole("button", { name: "Create", exact: true })
          const bottom = Effect.promise(() =>
            create.boundingBox().then((box) => (box?.y ?? Infinity) + (box?.height ?? 0))
          )
          assert.isAtMost(yield* bottom, options.viewport.height, `${name} buttons`)
          yield* Effect.promise(() => page.getByLabel("As RRULE text").focus())
          const isCovered = `(() => {
            const { bottom } = document.activeElement.getBoundingClientRect()
            return bottom > document.querySelector(".foot").getBoundingClientRect().top
          })()`
          assert.isFalse(yield* Effect.promise(() => page.evaluate<boolean>(isCovered)), `${name} focus`)
        }
      }),
    90_000
  )

  test("no row moves when the drawer opens, so that a second press is on the same row", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      yield* seed(service)
      const browser = yield* launch()
      for (const width of [1_024, 1_280, 1_600]) {
        const { page } = yield* open(browser, service.page, { viewport: { width, height: 800 } })
        const night = page.getByRole("row", { name: /NIGHT_CHARGE/ })
        const top = Effect.promise(() => night.boundingBox().then((box) => box?.y))
        yield* Effect.promise(() => night.waitFor())
        const before = yield* top
        yield* Effect.promise(() => night.click())
        yield* Effect.promise(() => page.locator(".drawer .runs").waitFor())
        assert.strictEqual(yield* top, before, `${width}`)
      }
    }))

  test("axe finds a fault that is there", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      const { page } = yield* open(yield* launch(), service.page)
      yield* status(page, "Synchronised")
      yield* Effect.promise(() =>
        page.evaluate(
          "document.body.append(Object.assign(document.createElement('img'), { src: '/nowhere' }))"
        )
      )
      assert.match((yield* violations(page, "control")).join(), /image-alt/)
    }))

  test(
    "programs that build the page at once leave what one of them leaves",
    () =>
      Effect.promise(async () => {
        const home = mkdtempSync(join(import.meta.dirname, "../../packages/console/node_modules/.test-"))
        const built = join(home, "page")
        await Promise.all([build(built), build(built)])
        const names = readdirSync(built, { recursive: true }).map(String).sort()
        const asOne = readdirSync(pageFolder, { recursive: true }).map(String).sort()
        rmSync(home, { recursive: true })
        assert.deepStrictEqual(names, asOne)
      }),
    120_000
  )

  test("what browsers load at first sight, with the first dispatch, and with the first report keeps to its budget", () =>
    Effect.sync(() => {
      const { late, page, reports, worker } = sizes()
      assert.isAtMost(page, 75 * 1_024)
      assert.isAtMost(worker, 121 * 1_024)
      assert.isAtMost(late, 30 * 1_024)
      assert.isAtMost(reports, 15 * 1_024)
    }))
})
