import { join } from "node:path"
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import { ReportClient } from "@effect-dispatch/client/ReportClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { Run } from "@effect-dispatch/core/Run"
import * as AccessControl from "@effect-dispatch/server/AccessControl"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import * as WebServer from "@effect-dispatch/server/WebServer"
import { assert, describe } from "@effect/vitest"
import { Context, DateTime, Effect, Layer } from "effect"
import type { Page } from "playwright-core"
import { pageFolder } from "../../scripts/console.ts"
import { folder, running } from "../integration/program.ts"
import { create, dispatch, launch, open, picture, row, type Served, serve, status, test } from "./browser.ts"
import { inEachTheme } from "./axe.ts"

const minute = 60_000
const microgridId = MicrogridId.make(1n)

/** A run of 20 minutes, which was planned some minutes ago. */
const runOf = (id: number, ago: number, fate: Run["fate"], more: Partial<Run> = {}): Run => {
  const begin = planned(ago)
  return {
    dispatch: { id: DispatchId.make(BigInt(id)), type: "CHARGE", dryRun: false, updateTime: 1n },
    occurrence: DateTime.makeUnsafe(begin),
    until: DateTime.makeUnsafe(begin + 20 * minute),
    fate,
    failures: [],
    failuresTotal: 0,
    ...more
  }
}

const begunAt = Math.floor(Date.now() / minute) * minute
const planned = (ago: number) => begunAt - ago * minute
const at = (ago: number) => DateTime.makeUnsafe(planned(ago))

const ran = (ago: number, length = 20): Run["fate"] => ({
  _tag: "Ran",
  from: DateTime.makeUnsafe(planned(ago) + 1_200),
  lateMillis: 1_200,
  to: at(ago - length),
  onMillis: length * minute - 1_200
})
const missed: Run["fate"] = { _tag: "Missed", reason: "LateWakeUp", count: 1 }

/** Reports runs under a name, as a site does. */
const report = ({ url }: Served, name: string, runs: ReadonlyArray<Run>) =>
  Effect.gen(function* () {
    const client = yield* ReportClient
    const id = Buffer.from(name).toString("hex").padEnd(32, "0").slice(0, 32)
    const reports = runs.map((run, index) => ({ epoch: 0n, number: BigInt(index + 1), run }))
    yield* client.report({ microgridId, reporter: { id, name }, reports })
  }).pipe(Effect.provide(DispatchClientGrpc.layer({ url })), Effect.orDie)

/** A past with runs of every kind; the second reporter says the contrary of one. */
const seed = (service: Served) =>
  Effect.gen(function* () {
    const hours = (count: number) => DateTime.makeUnsafe(begunAt + count * 60 * minute)
    yield* create(service, "CHARGE", { startTime: hours(1), duration: "20 minutes" })
    yield* create(service, "DISCHARGE", { startTime: hours(2), duration: "90 minutes" })
    yield* report(service, "plant-7", [
      runOf(1, 30, ran(30, 12), {
        failures: [{ at: at(25), reason: "<b>the inverter</b> is off" }],
        failuresTotal: 2,
        outcome: { energy_wh: 4711 }
      }),
      runOf(1, 60, missed),
      runOf(1, 90, { _tag: "Unknown", since: at(85), from: at(90), onMillis: 5 * minute }),
      runOf(1, 115, ran(115)),
      runOf(2, 10, { _tag: "Running", from: at(10), lateMillis: 3, since: at(10), onMillis: 0 })
    ])
    yield* report(service, "plant-8", [runOf(1, 60, ran(60))])
  })

const text = (page: Page, selector: string) =>
  Effect.promise(() => page.locator(selector).first().innerText())

describe("what really ran", () => {
  test(
    "W10: is in the timeline, in the list, and as a story of each run, by keyboard, for everybody",
    () =>
      Effect.gen(function* () {
        const service = yield* serve()
        yield* seed(service)
        yield* inEachTheme(service.page, ({ look, page, theme }) =>
          Effect.gen(function* () {
            yield* row(page, /CHARGE.*1 missed/)
            assert.include(yield* text(page, ".legend"), "The past is as sites report it.")
            yield* Effect.promise(() => page.getByLabel("Window").selectOption("6h"))
            yield* Effect.promise(() => page.getByRole("button", { name: "Earlier" }).click())
            yield* Effect.sleep("700 millis")
            yield* picture(page, `past-${theme}-timeline`)
            yield* Effect.promise(() => page.getByRole("button", { name: "Missed lately" }).click())
            assert.strictEqual(yield* Effect.promise(() => page.locator(".grid .row").count()), 1)
            yield* Effect.promise(() => page.getByRole("row", { name: /#1 CHARGE/ }).focus())
            yield* Effect.promise(() => page.keyboard.press("Enter"))
            yield* Effect.promise(() => page.locator(".stories summary").first().waitFor())
            assert.strictEqual(yield* Effect.promise(() => page.locator(".stories > li").count()), 5)
            yield* Effect.promise(() => page.locator(".stories summary").first().focus())
            yield* Effect.promise(() => page.keyboard.press("Enter"))
            const story = yield* text(page, ".stories details[open]")
            for (const fact of [
              "1s late",
              "2 times",
              "<b>the inverter</b> is off",
              '"energy_wh": 4711',
              "plant-7"
            ])
              assert.include(story, fact)
            yield* look("drawer")
            yield* picture(page, `past-${theme}-story`)
            yield* Effect.promise(() => page.getByLabel("Missed runs alone").check())
            yield* Effect.promise(() => page.locator(".stories > li").nth(1).waitFor({ state: "detached" }))
            assert.include(yield* text(page, ".stories summary"), "contradicted")
            yield* Effect.promise(() => page.getByRole("button", { name: "List", exact: true }).click())
            yield* Effect.promise(() => page.getByText(/^ran/).first().waitFor())
            yield* look("list")
            yield* picture(page, `past-${theme}-list`)
          })
        )
      }),
    90_000
  )

  test("W10: is not claimed where the service is told nothing, which the page says", () =>
    Effect.gen(function* () {
      const Service = WebServer.layer({ port: 0, page: pageFolder }).pipe(
        Layer.provide([DispatchService.layer, AccessControl.layerLoopback]),
        Layer.provide(DispatchStoreMemory.layer)
      )
      const { port } = Context.get(yield* Layer.build(Service), WebServer.WebServer)
      const { page } = yield* open(yield* launch(), `http://127.0.0.1:${port}/`)
      yield* status(page, "Synchronised")
      yield* Effect.promise(() => page.getByRole("button", { name: "Help", exact: true }).click())
      yield* Effect.promise(() => page.getByText("Sites tell it nothing").waitFor())
      yield* Effect.promise(() => page.getByRole("button", { name: "List", exact: true }).click())
      assert.strictEqual(yield* Effect.promise(() => page.getByText("Missed lately").count()), 0)
    }))
})

// Both wait for a run to be told.
describe.concurrent("what really ran at a site", () => {
  test("W10: is told within seconds, and fits 320 pixels", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      const site = yield* watching(service, "--report")
      yield* create(service, "PULSE", { duration: "2 seconds" })
      const { page } = yield* open(yield* launch(), service.page, { viewport: { width: 320, height: 700 } })
      yield* status(page, "Synchronised")
      yield* site.says(/Stopped +#1/)
      yield* Effect.promise(() => page.getByRole("row", { name: /PULSE/ }).click())
      yield* Effect.promise(() =>
        page.locator(".stories summary", { hasText: /ran, until/ }).waitFor({ timeout: 25_000 })
      )
      yield* Effect.promise(() => page.locator(".stories summary").first().click())
      yield* picture(page, "past-narrow-story")
      const isWider = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
      assert.isFalse(yield* Effect.promise(() => page.evaluate<boolean>(isWider)))
    }))

  test(
    "W11: is shown by the site as well, which lets nobody write, and is stale with its actor",
    () =>
      Effect.gen(function* () {
        const service = yield* serve()
        const home = yield* folder
        const site = yield* watching(service, "--web", "0", "--journal", join(home, "journal"))
        const [, address = ""] = yield* site.says(/Console at (\S+\/m\/1)\n/)
        yield* create(service, "PULSE", { duration: "2 seconds" })
        const { faults, page } = yield* open(yield* launch(), address)
        yield* status(page, "Synchronised")
        yield* Effect.promise(() => page.getByText("as its site knows it").waitFor())
        yield* row(page, /#1 PULSE/)
        assert.strictEqual(
          yield* Effect.promise(() => page.getByRole("button", { name: "New dispatch" }).count()),
          0
        )
        yield* site.says(/Stopped +#1/)
        yield* Effect.promise(() => page.getByRole("row", { name: /PULSE/ }).click())
        yield* Effect.promise(() =>
          page.locator(".stories summary", { hasText: /ran, until/ }).waitFor({ timeout: 25_000 })
        )
        const pause = page.getByRole("button", { name: "Pause…" })
        assert.strictEqual(yield* Effect.promise(() => pause.getAttribute("aria-disabled")), "true")
        yield* dispatch(service, "update", "1", "1", "--active", "false")
        yield* row(page, /#1 PULSE.*paused/)
        yield* picture(page, "past-site")
        yield* service.signal("SIGKILL")
        yield* status(page, "Stale", 10_000)
        yield* Effect.promise(() =>
          page
            .getByRole("alert")
            .getByText(/At the site: /)
            .waitFor()
        )
        yield* row(page, /#1 PULSE/)
        assert.deepStrictEqual(faults, [])
      }),
    90_000
  )
})

/** The actor of a site, in sync. */
const watching = (service: Served, ...options: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const state = join(yield* folder, "state")
    const site = yield* running("watch", "1", "--url", service.url, "--state", state, ...options)
    yield* site.says(/in sync/)
    return site
  })
