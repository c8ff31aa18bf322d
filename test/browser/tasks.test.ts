import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { dispatch, launch, open, picture, row, serve, status, test } from "./browser.ts"

const press = (page: Page, ...keys: ReadonlyArray<string>) =>
  Effect.promise(async () => {
    for (const key of keys) await page.keyboard.press(key)
  })

const type = (page: Page, text: string) => Effect.promise(() => page.keyboard.type(text))

/** The name of what has the focus: its label, or its text. */
const focused = (page: Page) =>
  Effect.promise(() =>
    page.evaluate<string>(`(() => {
      const element = document.activeElement
      if (element === document.body) return ""
      const labels = [...(element.labels ?? [])].map((label) => label.textContent).join(" ")
      return (labels || element.getAttribute("aria-label") || element.textContent || "").trim()
    })()`)
  )

/** Goes on with Tab until something has the focus. */
const tabTo = (page: Page, name: RegExp) =>
  Effect.gen(function* () {
    for (let tries = 0; tries < 80; tries++) {
      if (name.test(yield* focused(page))) return
      yield* press(page, "Tab")
    }
    assert.fail(`Tab never comes to ${name}, but to ${yield* focused(page)}`)
  })

const json = (service: { readonly url: string }, id: string) =>
  Effect.map(
    dispatch(service, "get", "1", id, "--json"),
    (text) => JSON.parse(text) as Record<string, unknown>
  )

describe("the console, by keyboard alone", () => {
  test(
    "a dispatch is created with its runs before the eyes, changed, paused, resumed and deleted",
    () =>
      Effect.gen(function* () {
        const service = yield* serve()
        const { faults, origins, page } = yield* open(yield* launch(), service.page)
        yield* status(page, "Synchronised")
        yield* picture(page, "tasks-empty")
        yield* tabTo(page, /New dispatch/)
        yield* press(page, "Enter")
        yield* Effect.promise(() => page.getByRole("dialog", { name: "New dispatch" }).waitFor())
        yield* tabTo(page, /^Type$/)
        yield* type(page, "CHARGE")
        yield* tabTo(page, /^Name/)
        yield* type(page, "morning charge")
        yield* tabTo(page, /^EV_CHARGER$/)
        yield* press(page, "Space")
        yield* tabTo(page, /How long/)
        yield* press(page, "ControlOrMeta+a")
        yield* type(page, "45m")
        yield* tabTo(page, /As RRULE text/)
        yield* type(page, "FREQ=WEEKLY;BYDAY=MO,WE;BYHOUR=6;BYMINUTE=0")
        const outlook = page.getByRole("region", { name: "What it will do" })
        const told = (yield* Effect.promise(() => outlook.textContent())) ?? ""
        assert.match(told, /Every week on Monday and Wednesday at 06:00 Europe\/Berlin/)
        assert.notMatch(told, /Here at/)
        assert.lengthOf(yield* Effect.promise(() => outlook.locator(".runs li").all()), 10)
        yield* picture(page, "tasks-editor")
        yield* tabTo(page, /^Create$/)
        yield* press(page, "Enter")
        yield* row(page, /#1 morning charge CHARGE/)
        const made = yield* json(service, "1")
        assert.deepInclude(made, {
          name: "morning charge",
          type: "CHARGE",
          durationSeconds: 2_700,
          active: true,
          recurrence: null,
          calendar: {
            timeZone: "Europe/Berlin",
            frequency: "WEEKLY",
            interval: 1,
            byMinutes: [0],
            byHours: [6],
            byWeekdays: ["MONDAY", "WEDNESDAY"]
          }
        })
        // The drawer of the new one is open; Escape leads back to its row.
        yield* press(page, "Escape")
        yield* tabTo(page, /#1 morning charge CHARGE/)
        yield* press(page, "e")
        yield* Effect.promise(() => page.getByRole("dialog", { name: /Edit/ }).waitFor())
        yield* tabTo(page, /How long/)
        yield* press(page, "ControlOrMeta+a")
        yield* type(page, "1h")
        yield* press(page, "Enter")
        yield* Effect.promise(() => page.getByText("#1 morning charge CHARGE is changed.").waitFor())
        assert.deepInclude(yield* json(service, "1"), { durationSeconds: 3_600 })
        for (const [key, button, active] of [
          ["Space", /^Pause$/, false],
          ["Space", /^Resume$/, true]
        ] as const) {
          yield* press(page, "Escape")
          yield* tabTo(page, /#1 morning charge CHARGE/)
          yield* press(page, key)
          yield* Effect.promise(() => page.getByRole("dialog").waitFor())
          yield* tabTo(page, button)
          yield* press(page, "Enter")
          yield* Effect.promise(() => page.getByRole("dialog").waitFor({ state: "detached" }))
          assert.deepInclude(yield* json(service, "1"), { active })
        }
        yield* tabTo(page, /#1 morning charge CHARGE/)
        yield* press(page, "Delete")
        yield* Effect.promise(() => page.getByText("This cannot be undone").waitFor())
        yield* tabTo(page, /^Delete$/)
        yield* press(page, "Enter")
        yield* Effect.promise(() => page.getByText("There are no dispatches yet").waitFor())
        assert.deepStrictEqual(faults, [])
        assert.deepStrictEqual([...origins], [new URL(service.page).origin])
      }),
    90_000
  )

  test("what another makes is on the screen, and a change of both is a conflict that shows what differs", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      const { page } = yield* open(yield* launch(), service.page)
      yield* status(page, "Synchronised")
      yield* dispatch(service, "create", "1", "PEAK", "BATTERY", "now", "20m", "--name", "winter")
      const begun = Date.now()
      yield* row(page, /#1 winter PEAK.* running until/)
      assert.isBelow(Date.now() - begun, 1_000)
      yield* Effect.promise(async () => {
        await page.getByRole("button", { name: "Activity", exact: true }).click()
        const happened = page.getByRole("region", { name: "Since the page listens" })
        await happened.getByRole("button", { name: "#1 winter PEAK" }).first().waitFor()
        await page.getByRole("button", { name: "Timeline", exact: true }).click()
        await page.getByRole("row", { name: /#1 winter PEAK/ }).click()
      })
      yield* Effect.promise(() => page.getByRole("button", { name: "Edit" }).click())
      yield* Effect.promise(() => page.getByLabel("How long").fill("2h"))
      yield* dispatch(service, "update", "1", "1", "--payload", '"power_w": 5000')
      yield* Effect.promise(() => page.getByRole("button", { name: "Save" }).click())
      const told = page.getByRole("alert").filter({ hasText: "Not saved" })
      yield* Effect.promise(() => told.filter({ hasText: "Theirs has" }).waitFor())
      assert.match(
        (yield* Effect.promise(() => told.textContent())) ?? "",
        /changed by somebody else.*Theirs has:Payload\{"power_w":5000\}/s
      )
      // Both are before the eyes, and the way on, without scrolling.
      for (const name of ["Begin again with theirs", "Save"]) {
        const box = yield* Effect.promise(() => page.getByRole("button", { name }).boundingBox())
        assert.isAtMost((box?.y ?? Infinity) + (box?.height ?? 0), 820, name)
      }
      assert.deepInclude(yield* json(service, "1"), { durationSeconds: 1_200, payload: { power_w: 5_000 } })
      yield* picture(page, "tasks-conflict")
    }))

  test("a form in which nothing was changed is closed when it is saved", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      yield* dispatch(service, "create", "1", "PEAK", "BATTERY", "now", "20m")
      const { page } = yield* open(yield* launch(), service.page)
      yield* Effect.promise(() => page.getByRole("row", { name: /#1 PEAK/ }).click())
      yield* Effect.promise(() => page.getByRole("button", { name: "Edit" }).click())
      yield* Effect.promise(() => page.getByRole("button", { name: "Save" }).click())
      yield* Effect.promise(() => page.getByText("Nothing was changed.").waitFor())
      assert.strictEqual(yield* Effect.promise(() => page.getByRole("dialog").count()), 0)
    }))

  test("a run is skipped and had again, and a pause ends by itself, by keyboard alone", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      const { page } = yield* open(yield* launch(), service.page)
      yield* dispatch(
        service,
        "create",
        "1",
        "NIGHT",
        "7",
        "2030-01-07T18:00",
        "1h",
        "--frequency",
        "daily",
        "--zone",
        "Europe/Berlin"
      )
      yield* row(page, /#1 NIGHT/)
      const exceptions = Effect.map(json(service, "1"), ({ calendar }) =>
        ((calendar as { readonly exceptions?: ReadonlyArray<string> }).exceptions ?? []).map((time) =>
          time.slice(0, 10)
        )
      )
      const question = page.getByRole("dialog")
      yield* tabTo(page, /#1 NIGHT/)
      yield* press(page, "Enter")
      yield* Effect.promise(() => page.locator(".drawer .runs").waitFor())
      yield* tabTo(page, /^Skip the run on Tue 8 Jan 2030/)
      yield* press(page, "Enter")
      yield* Effect.promise(() => question.waitFor())
      yield* tabTo(page, /^Skip$/)
      yield* press(page, "Enter")
      yield* Effect.promise(() => page.locator(".runs .skipped").waitFor())
      assert.deepStrictEqual(yield* exceptions, ["2030-01-08"])
      yield* picture(page, "tasks-skipped")
      yield* tabTo(page, /^Undo: skipped, Tue 8 Jan 2030/)
      yield* press(page, "Enter")
      yield* Effect.promise(() => question.waitFor())
      yield* tabTo(page, /^Have again$/)
      yield* press(page, "Enter")
      yield* Effect.promise(() => page.locator(".runs .skipped").waitFor({ state: "detached" }))
      assert.deepStrictEqual(yield* exceptions, [])
      yield* tabTo(page, /^Pause…$/)
      yield* press(page, "Enter")
      yield* Effect.promise(() => question.waitFor())
      yield* tabTo(page, /it is resumed/)
      yield* press(page, "ArrowDown")
      yield* Effect.promise(() => question.getByLabel(/^Time, in/).fill("2030-01-10T06:00"))
      yield* Effect.promise(() => question.getByText("3 runs skipped").waitFor())
      yield* picture(page, "tasks-pause")
      yield* tabTo(page, /^Pause$/)
      yield* press(page, "Enter")
      yield* Effect.promise(() => page.getByText("#1 NIGHT paused.").waitFor())
      assert.deepStrictEqual(yield* exceptions, ["2030-01-07", "2030-01-08", "2030-01-09"])
      assert.deepInclude(yield* json(service, "1"), { active: true })
    }))

  test("the next runs of a page are those that the command line previews", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      const { page } = yield* open(yield* launch(), service.page)
      yield* dispatch(
        service,
        "create",
        "1",
        "ODD",
        "7",
        "2027-03-27 01:30",
        "50m",
        "--frequency",
        "daily",
        "--interval",
        "2"
      )
      yield* row(page, /#1 ODD/)
      yield* Effect.promise(() => page.getByRole("row", { name: /#1 ODD/ }).click())
      yield* Effect.promise(() => page.locator(".drawer .runs").waitFor())
      const shown = yield* Effect.promise(() =>
        page
          .locator(".drawer .runs time")
          .evaluateAll((all) => all.map((each) => each.getAttribute("datetime")))
      )
      const lines = (yield* dispatch(service, "preview", "1", "1", "--json")).trim().split("\n")
      const runs = lines.map((line) => JSON.parse(line) as Record<string, string>)
      assert.strictEqual(shown.length, 10)
      assert.deepStrictEqual(
        shown.map((time) => Date.parse(time ?? "")),
        runs.slice(0, 10).map((each) => Date.parse(each["occurrence"] ?? ""))
      )
    }))
})

describe("the microgrid of the page", () => {
  test("is another one by its number, and what is none stays where it is, with the reason", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      const { page } = yield* open(yield* launch(), service.page)
      yield* status(page, "Synchronised")
      yield* tabTo(page, /^Microgrid/)
      for (const wrong of ["7b", "18446744073709551616"]) {
        yield* press(page, "ControlOrMeta+a")
        yield* type(page, wrong)
        yield* press(page, "Enter")
        const said = yield* Effect.promise(() =>
          page.evaluate<string>("document.activeElement.validationMessage")
        )
        assert.match(said, /from 0 to 18446744073709551615/)
        assert.strictEqual(page.url(), service.page)
      }
      yield* press(page, "ControlOrMeta+a")
      yield* type(page, "9223372036854775807")
      yield* press(page, "Enter")
      yield* Effect.promise(() => page.waitForURL(/\/m\/9223372036854775807$/))
      yield* status(page, "Synchronised")
    }))
})

describe("the address of the page", () => {
  test("names page and zone, and the browser goes back to them", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      const { page } = yield* open(yield* launch(), service.page)
      yield* status(page, "Synchronised")
      const present = (name: string) =>
        Effect.promise(() => page.locator("nav [aria-current=page]", { hasText: name }).waitFor())
      for (const name of ["List", "Activity", "Activity"])
        yield* Effect.promise(() => page.getByRole("button", { name, exact: true }).click())
      yield* Effect.promise(() => page.getByLabel("Times in").selectOption("Asia/Tokyo"))
      assert.match(page.url(), /page=activity&zone=Asia%2FTokyo/)
      yield* Effect.promise(() => page.goBack())
      yield* present("List")
      assert.match(page.url(), /\?page=list$/)
      assert.strictEqual(
        yield* Effect.promise(() => page.getByLabel("Times in").inputValue()),
        "Europe/Berlin"
      )
      yield* Effect.promise(() => page.goForward())
      yield* present("Activity")
      assert.strictEqual(yield* Effect.promise(() => page.getByLabel("Times in").inputValue()), "Asia/Tokyo")
      yield* Effect.promise(() => page.reload())
      yield* present("Activity")
      // A name that browsers do not list, as they have another one for this zone.
      yield* Effect.promise(() => page.goto(`${service.page}?zone=Asia/Kolkata`))
      yield* status(page, "Synchronised")
      assert.strictEqual(
        yield* Effect.promise(() => page.getByLabel("Times in").inputValue()),
        "Asia/Kolkata"
      )
    }))
})
