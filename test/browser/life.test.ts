import { DatabaseSync } from "node:sqlite"
import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { run } from "../integration/program.ts"
import { create, dispatch, launch, newStore, open, picture, row, serve, status, test } from "./browser.ts"

describe.concurrent("what is known of the service", () => {
  test(
    "W7: a service that is frozen is stale within 35 seconds, from its last sign of life on, until it goes on",
    () =>
      Effect.gen(function* () {
        const service = yield* serve()
        yield* create(service, "KEPT")
        const { page } = yield* open(yield* launch(), service.page)
        yield* status(page, "Synchronised")
        yield* row(page, /KEPT/)
        yield* service.signal("SIGSTOP")
        const begun = Date.now()
        yield* status(page, "Stale", 40_000)
        assert.isBelow(Date.now() - begun, 35_000)
        const sure = yield* Effect.promise(() => page.locator(".banner time").getAttribute("datetime"))
        assert.isAtMost(Date.parse(sure ?? ""), begun)
        assert.isAbove(Date.parse(sure ?? ""), begun - 16_000)
        assert.match(
          (yield* Effect.promise(() => page.getByRole("alert").textContent())) ?? "",
          /no sign of life/
        )
        yield* row(page, /KEPT/)
        yield* picture(page, "life-stale")
        yield* service.signal("SIGCONT")
        yield* status(page, "Synchronised", 30_000)
      }),
    120_000
  )

  test(
    "W8: a form that is sent twice in a row is one dispatch, and a failure is told after its form was closed",
    () =>
      Effect.gen(function* () {
        const service = yield* serve()
        const { page } = yield* open(yield* launch(), service.page)
        yield* status(page, "Synchronised")
        const fill = Effect.promise(async () => {
          await page.getByRole("button", { name: "New dispatch" }).first().click()
          await page.getByLabel("Type", { exact: true }).fill("TWICE")
          await page.getByLabel("BATTERY", { exact: true }).check()
        })
        yield* fill
        // Both come before the page is drawn again.
        yield* Effect.promise(() =>
          page.evaluate(`(() => {
          const create = [...document.querySelectorAll("dialog button")].at(-1)
          create.click()
          create.click()
        })()`)
        )
        yield* Effect.promise(() => page.getByText("#1 TWICE is created.").waitFor())
        yield* Effect.sleep("500 millis")
        assert.notInclude(yield* dispatch(service, "list", "1"), "#2")
        yield* fill
        yield* service.signal("SIGSTOP")
        yield* Effect.promise(() => page.keyboard.press("Enter"))
        yield* Effect.promise(() => page.getByText("Being written…").waitFor())
        yield* Effect.promise(() => page.keyboard.press("Escape"))
        yield* service.signal("SIGKILL")
        const told = page.locator(".notice.bad")
        yield* Effect.promise(() => told.waitFor({ timeout: 60_000 }))
        assert.match((yield* Effect.promise(() => told.textContent())) ?? "", /Not done: it is not known/)
        yield* Effect.promise(() => told.getByRole("button", { name: "Close" }).click())
        yield* Effect.promise(() => told.waitFor({ state: "detached" }))
      }),
    120_000
  )

  test("W7: the part of the worker that asks for reports is told of where it cannot be loaded, and comes later", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      yield* create(service, "KEPT")
      const { page } = yield* open(yield* launch(), "about:blank")
      const told = page.getByText("What really ran is not shown:")
      yield* Effect.promise(async () => {
        // The files of a shared worker are out of reach of a test, those of the page are not.
        await page.addInitScript("delete globalThis.SharedWorker")
        await page.route("**/of-worker-*", (route) => route.abort())
        await page.goto(service.page)
        await told.waitFor()
      })
      yield* row(page, /KEPT/)
      yield* Effect.promise(() => page.unroute("**/of-worker-*"))
      yield* Effect.promise(() => told.waitFor({ state: "hidden" }))
    }))

  test("W7: a worker that cannot be loaded is told of, in the page and beside it", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      // A browser tells this of a shared worker that is not found; its files are out of reach of a test.
      const notFound = `globalThis.SharedWorker = class extends EventTarget {
        port = new MessageChannel().port1
        constructor() { super(); setTimeout(() => this.dispatchEvent(new Event("error")), 0) }
      }`
      for (const script of ["delete globalThis.SharedWorker", notFound]) {
        const { page } = yield* open(yield* launch(), "about:blank")
        yield* Effect.promise(async () => {
          await page.addInitScript(script)
          await page.route("**/worker-*", (route) => route.abort())
          await page.goto(service.page)
          await page
            .getByText("A part of this page cannot be loaded: reload it.")
            .waitFor({ timeout: 10_000 })
        })
      }
    }))

  test(
    "W7: a part of the page that cannot be loaded while the service is away is told of, and comes with it",
    () =>
      Effect.gen(function* () {
        const service = yield* serve()
        yield* create(service, "KEPT")
        const { page } = yield* open(yield* launch(), service.page)
        yield* status(page, "Synchronised")
        yield* service.signal("SIGKILL")
        yield* status(page, "Stale", 5_000)
        yield* Effect.promise(() => page.getByRole("row", { name: /KEPT/ }).click())
        const told = page.getByText("This part of the page is not loaded yet.")
        yield* Effect.promise(() => told.waitFor())
        yield* serve({
          store: service.store,
          port: new URL(service.url).port,
          web: new URL(service.page).port
        })
        yield* Effect.promise(() => page.locator(".drawer").waitFor({ timeout: 30_000 }))
        yield* Effect.promise(() => told.waitFor({ state: "hidden" }))
      }),
    90_000
  )

  test("W7: a part of the page that a frozen service does not give is told of, and comes once that goes on", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      const { page } = yield* open(yield* launch(), service.page)
      yield* status(page, "Synchronised")
      yield* service.signal("SIGSTOP")
      const told = page.getByText("This part of the page is not loaded yet.")
      yield* Effect.promise(() => page.getByRole("button", { name: "New dispatch" }).first().click())
      yield* Effect.promise(() => told.waitFor({ timeout: 10_000 }))
      yield* service.signal("SIGCONT")
      yield* Effect.promise(() => page.getByRole("dialog", { name: "New dispatch" }).waitFor())
      yield* Effect.promise(() => told.waitFor({ state: "hidden" }))
    }))

  test(
    "a service that was killed is stale at once, its dispatches stay, and what came meanwhile is shown",
    () =>
      Effect.gen(function* () {
        const service = yield* serve()
        yield* create(service, "KEPT")
        const { page } = yield* open(yield* launch(), service.page)
        yield* row(page, /KEPT/)
        yield* service.signal("SIGKILL")
        yield* status(page, "Stale", 5_000)
        yield* row(page, /KEPT/)
        const again = yield* serve({
          store: service.store,
          port: new URL(service.url).port,
          web: new URL(service.page).port
        })
        yield* create(again, "LATER")
        yield* status(page, "Synchronised", 30_000)
        yield* row(page, /LATER/)
      }),
    90_000
  )

  test("a dispatch that cannot be read is a row that says so, and one that can be stays beside it", () =>
    Effect.gen(function* () {
      const first = yield* serve()
      for (const type of ["BROKEN", "WHOLE"]) yield* create(first, type)
      yield* first.signal("SIGTERM")
      yield* first.end
      const database = new DatabaseSync(first.store.replace("sqlite:", ""))
      database.exec("UPDATE dispatches SET data = x'ffffff' WHERE id = 1")
      database.close()
      const { page } = yield* open(yield* launch(), (yield* serve({ store: first.store })).page)
      yield* row(page, /#2 WHOLE/)
      yield* row(page, /#1 cannot be read/)
      yield* picture(page, "life-unreadable")
    }))

  test(
    "a newer page is told of when the service comes back, and comes with a press",
    () =>
      Effect.gen(function* () {
        const service = yield* serve()
        const { page } = yield* open(yield* launch(), service.page)
        yield* status(page, "Synchronised")
        yield* service.signal("SIGKILL")
        yield* status(page, "Stale", 5_000)
        let isNewer = true
        yield* Effect.promise(() =>
          page.route(service.page, async (route) => {
            const answer = await route.fetch()
            const html = await answer.text()
            await route.fulfill({
              response: answer,
              body: isNewer ? html.replace(/index-[\w-]+\.js/, "index-newer.js") : html
            })
          })
        )
        yield* serve({
          store: service.store,
          port: new URL(service.url).port,
          web: new URL(service.page).port
        })
        yield* status(page, "Synchronised", 30_000)
        const told = page.getByText("A newer console is there.")
        yield* Effect.promise(() => told.waitFor())
        isNewer = false
        yield* Effect.promise(() => page.getByRole("button", { name: "Reload" }).click())
        yield* status(page, "Synchronised", 30_000)
        assert.strictEqual(yield* Effect.promise(() => told.count()), 0)
      }),
    90_000
  )

  test(
    "ten tabs are in sync over one stream, and a change is in all of them",
    () =>
      Effect.gen(function* () {
        const service = yield* serve()
        const { page } = yield* open(yield* launch(), service.page)
        const tabs = [page]
        for (let tab = 1; tab < 10; tab++) {
          const next = yield* Effect.promise(() => page.context().newPage())
          yield* Effect.promise(() => next.goto(service.page))
          tabs.push(next)
        }
        for (const tab of tabs) yield* status(tab, "Synchronised")
        yield* create(service, "SHARED")
        for (const tab of tabs) yield* row(tab, /SHARED/)
      }),
    90_000
  )
})

const makeKey = (store: string, ...more: ReadonlyArray<string>) =>
  Effect.map(
    run("keys", "add", "anna", "--microgrids", "all", "--store", store, "--json", ...more),
    ({ out }) =>
      JSON.parse(out) as { readonly id: string; readonly key: string; readonly secret: string | null }
  )

describe.concurrent("keys", () => {
  test(
    "a key is asked for, kept in no storage, not inherited by a tab without it, and its end is told",
    () =>
      Effect.gen(function* () {
        const store = yield* newStore
        const { key: mayWrite } = yield* makeKey(store)
        const { id, key } = yield* makeKey(store, "--rights", "read")
        const service = yield* serve({ store })
        yield* create({ url: service.url, key: mayWrite }, "SECRET")
        const { page } = yield* open(yield* launch(), service.page)
        const dialog = page.getByRole("dialog", { name: "A key is needed" })
        yield* Effect.promise(() => dialog.waitFor({ timeout: 20_000 }))
        yield* picture(page, "keys-asked")
        yield* Effect.promise(() => dialog.getByLabel("Key", { exact: true }).fill(key))
        yield* Effect.promise(() => dialog.getByRole("button", { name: "Show this key" }).click())
        yield* status(page, "Synchronised")
        yield* row(page, /SECRET/)
        const kept = yield* Effect.promise(() =>
          page.evaluate<string>(
            "JSON.stringify([document.cookie, localStorage.length, sessionStorage.length, location.href])"
          )
        )
        assert.strictEqual(kept, JSON.stringify(["", 0, 0, service.page]))
        // A key that may only read.
        const fresh = page.getByRole("button", { name: "New dispatch" })
        assert.strictEqual(yield* Effect.promise(() => fresh.getAttribute("aria-disabled")), "true")
        const other = yield* Effect.promise(() => page.context().newPage())
        yield* Effect.promise(() => other.goto(service.page))
        yield* Effect.promise(() =>
          other.getByRole("dialog", { name: "A key is needed" }).waitFor({ timeout: 20_000 })
        )
        assert.notInclude(yield* Effect.promise(() => other.locator("body").innerText()), "SECRET")
        yield* run("keys", "revoke", id, "--store", service.store)
        yield* Effect.promise(() => dialog.waitFor({ timeout: 40_000 }))
      }),
    120_000
  )

  test(
    "a key in the address is taken out of it, and a signed one serves as well",
    () =>
      Effect.gen(function* () {
        const store = yield* newStore
        const plain = yield* makeKey(store)
        const signed = yield* makeKey(store, "--signed")
        const service = yield* serve({ store })
        yield* create({ url: service.url, key: plain.key }, "SECRET")
        const browser = yield* launch()
        const first = yield* open(browser, `${service.page}#key=${plain.key}`)
        yield* row(first.page, /SECRET/, 20_000)
        assert.notInclude(first.page.url(), plain.key)
        const { page } = yield* open(browser, service.page)
        const dialog = page.getByRole("dialog", { name: "A key is needed" })
        yield* Effect.promise(() => dialog.waitFor({ timeout: 20_000 }))
        yield* Effect.promise(() => dialog.getByLabel("Key", { exact: true }).fill(signed.key))
        yield* Effect.promise(() => dialog.getByLabel(/Secret/).fill(signed.secret ?? ""))
        yield* Effect.promise(() => dialog.getByRole("button", { name: "Show this key" }).click())
        yield* row(page, /SECRET/, 20_000)
      }),
    120_000
  )
})
