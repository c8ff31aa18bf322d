import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import { CalendarRule } from "@effect-dispatch/core/CalendarRule"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as DispatchGenerator from "@effect-dispatch/testing/DispatchGenerator"
import { assert, describe } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import type { Page } from "playwright-core"
import { dispatch, launch, open, picture, serve, type Served, status, test } from "./browser.ts"

const one = MicrogridId.make(1n)

const withClient = <A, E>(service: Served, work: Effect.Effect<A, E, DispatchClient>) =>
  Effect.provide(work, DispatchClientGrpc.layer({ url: service.url }))

/** The begins of the runs in the drawer of a dispatch, and their notes. */
const runsOf = (page: Page, id: string) =>
  Effect.promise(async () => {
    await page.getByRole("searchbox").fill(`#${id}`)
    await page.getByRole("row", { name: new RegExp(`#${id} `) }).click()
    await page.getByRole("heading", { name: new RegExp(`#${id} `) }).waitFor()
    return page.locator(".drawer .runs li").evaluateAll((lines) =>
      lines.map((line) => ({
        at: Date.parse(line.querySelector("time")?.getAttribute("datetime") ?? ""),
        note: line.querySelector(".badge")?.textContent ?? ""
      }))
    )
  })

/** The same by the command line. */
const previewOf = (service: Served, id: string) =>
  Effect.map(dispatch(service, "preview", "1", id, "--json", "--limit", "20"), (text) =>
    text
      .trim()
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => Date.parse((JSON.parse(line) as Record<string, string>)["occurrence"] ?? ""))
  )

/** A zone, the nights on which its clock is set forward and back, and times that are then leapt over and shown twice. */
const changes = [
  ["Europe/Berlin", "2027-03-28", "2027-10-31", 2, 30],
  ["America/New_York", "2027-03-14", "2027-11-07", 2, 30],
  ["Australia/Lord_Howe", "2027-10-03", "2027-04-04", 2, 15],
  ["Pacific/Auckland", "2027-09-26", "2027-04-04", 2, 30]
] as const

describe("the times of the console", () => {
  test(
    "the next runs of any dispatch are those that the command line previews",
    () =>
      Effect.gen(function* () {
        const service = yield* serve()
        const seed = Date.now() % 1_000_000
        const generator = DispatchGenerator.make(seed)
        const ids = yield* withClient(
          service,
          Effect.gen(function* () {
            const { create } = yield* DispatchClient
            const ids: Array<string> = []
            while (ids.length < 15) {
              const drawn = generator.next(yield* DateTime.now)
              if (drawn.recurrence !== undefined) ids.push(String((yield* create(one, drawn)).id))
            }
            return ids
          })
        )
        const { page } = yield* open(yield* launch(), service.page)
        yield* status(page, "Synchronised")
        let compared = 0
        for (const id of ids) {
          const seen = (yield* runsOf(page, id)).map(({ at }) => at)
          const preview = yield* previewOf(service, id)
          // Between the two looks a run may have begun.
          const first = Math.max(seen[0] ?? Infinity, preview[0] ?? Infinity)
          const [shown, previewed] = [seen.filter((at) => at >= first), preview.filter((at) => at >= first)]
          const number = Math.min(shown.length, previewed.length)
          assert.deepStrictEqual(shown.slice(0, number), previewed.slice(0, number), `seed ${seed}, #${id}`)
          compared += number
        }
        assert.isAbove(compared, 20)
      }),
    120_000
  )

  test(
    "in four zones, nights in which the clock is set are told as they are",
    () =>
      Effect.gen(function* () {
        const service = yield* serve()
        const browser = yield* launch()
        for (const [timeZone, forward, back, hour, minute] of changes) {
          const made = (day: string) =>
            withClient(
              service,
              Effect.flatMap(DispatchClient, ({ create }) =>
                create(one, {
                  type: "NIGHT",
                  startTime: DateTime.makeUnsafe(Date.parse(`${day}T00:00:00Z`) - 2 * 86_400_000),
                  duration: "30 minutes",
                  target: Target.componentIds(1n),
                  recurrence: CalendarRule.make({
                    frequency: "DAILY",
                    interval: 1,
                    byHours: [hour],
                    byMinutes: [minute],
                    timeZone
                  })
                })
              )
            )
          const [leapt, twice] = [yield* made(forward), yield* made(back)]
          const { page } = yield* open(browser, service.page, { timezoneId: timeZone })
          yield* status(page, "Synchronised")
          const notes = yield* runsOf(page, String(leapt.id))
          assert.include(
            notes.map(({ note }) => note),
            "later, as the clock leaps over its time",
            timeZone
          )
          if (timeZone === "Australia/Lord_Howe") yield* picture(page, "times-lord-howe")
          // New York and others show an hour twice, Lord Howe from 01:30 to 02:00.
          const again = yield* runsOf(page, String(twice.id))
          const offsets = again.map(({ note }) => note).filter((note) => note !== "")
          assert.isNotEmpty(offsets, timeZone)
          const sentence = yield* Effect.promise(() => page.locator(".drawer .sentence").textContent())
          assert.include(sentence ?? "", `at 0${hour}:${minute} ${timeZone}`)
          yield* typed(page, `${forward}T0${hour}:${minute}`, /does not exist in/)
          yield* Effect.promise(() => page.close())
        }
      }),
    120_000
  )

  test("a start that comes twice is asked for, never guessed", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      const { page } = yield* open(yield* launch(), service.page)
      yield* status(page, "Synchronised")
      yield* typed(page, "2027-10-31T02:30", /comes twice/)
      const [first, second] = [page.getByLabel(/the first, \+02:00/), page.getByLabel(/the second, \+01:00/)]
      assert.isTrue(yield* Effect.promise(() => first.isChecked()))
      yield* Effect.promise(() => second.check())
      yield* Effect.promise(() => page.getByText("2027-10-31T01:30:00Z").waitFor())
    }))
})

/** Types a start into a new form, and waits for what it says. */
const typed = (page: Page, start: string, told: RegExp) =>
  Effect.promise(async () => {
    await page.getByRole("button", { name: "New dispatch" }).first().click()
    await page.getByLabel("At a time").first().check()
    await page.getByLabel(/^Start, in/).fill(start)
    await page.getByText(told).first().waitFor()
  })
