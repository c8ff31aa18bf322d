import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import type { Page } from "playwright-core"
import { violations } from "./axe.ts"
import { create, inWorker, launch, open, picture, row, serve, status, test } from "./browser.ts"

const told = (page: Page, text: string | RegExp, timeout = 5_000) =>
  Effect.promise(() => page.getByRole("alert").filter({ hasText: text }).waitFor({ timeout }))

const press = (page: Page, name: string) =>
  Effect.promise(() => page.getByRole("button", { name, exact: true }).click())

/** Does something in the worker, in its next turn: it may be its last. */
const evaluate = (page: Page, work: string) =>
  inWorker(page, "Runtime.evaluate", { expression: `setTimeout(() => { ${work} })` })

/** A script after which messages of a kind throw when they are sent, or are of another time. */
const spoiling = (kind: string, act: "throw" | "rename") => `
  globalThis.whole = MessagePort.prototype.postMessage
  MessagePort.prototype.postMessage = function (message) {
    if (message?._tag !== "${kind}") return whole.call(this, message)
    ${act === "throw" ? `throw new Error("the scale is broken")` : `whole.call(this, { _tag: "OfAnotherTime" })`}
  }`

const mended = "MessagePort.prototype.postMessage = whole"

/** The new state has to be as good as any: in both themes, and narrow. */
const look = Effect.fnUntraced(function* (page: Page) {
  yield* picture(page, "ends-light")
  const found = [yield* violations(page, "light")]
  yield* Effect.promise(() => page.emulateMedia({ colorScheme: "dark" }))
  yield* picture(page, "ends-dark")
  found.push(yield* violations(page, "dark"))
  yield* Effect.promise(() => page.setViewportSize({ width: 320, height: 700 }))
  yield* picture(page, "ends-narrow")
  found.push(yield* violations(page, "narrow"))
  assert.deepStrictEqual(found.flat(), [])
})

describe.concurrent("a page that is not kept up to date", () => {
  test("W13: says so in each tab at once, keeps what it has, and goes on with a press in any tab", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      yield* create(service, "KEPT")
      const { page } = yield* open(yield* launch(), service.page, { reducedMotion: "reduce" })
      const other = yield* Effect.promise(() => page.context().newPage())
      yield* Effect.promise(() => other.goto(service.page))
      for (const tab of [page, other]) yield* status(tab, "Synchronised")
      yield* evaluate(page, spoiling("Changed", "throw"))
      yield* create(service, "LATER")
      for (const tab of [page, other])
        yield* told(tab, /No longer updated. Sure until .*has failed \(the scale is broken\)/, 3_000)
      yield* status(page, "Stale")
      yield* row(page, /KEPT/)
      yield* look(page)
      yield* evaluate(page, mended)
      yield* press(other, "Try again")
      for (const tab of [page, other]) {
        yield* status(tab, "Synchronised")
        yield* row(tab, /LATER/)
        assert.strictEqual(yield* Effect.promise(() => tab.getByRole("alert").count()), 0)
      }
    }))

  test("W13: notices that its worker is gone, of which nobody tells it, and goes on with another one", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      yield* create(service, "KEPT")
      const { page } = yield* open(yield* launch(), service.page)
      yield* status(page, "Synchronised")
      yield* evaluate(page, "close()")
      yield* told(page, /No longer updated. Sure until .*does not answer/, 20_000)
      yield* row(page, /KEPT/)
      yield* press(page, "Try again")
      yield* status(page, "Synchronised")
      yield* row(page, /KEPT/)
    }))

  test("W13: says that it has got a message that it cannot read, or a key that cannot be sent", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      yield* create(service, "KEPT")
      const { page } = yield* open(yield* launch(), "about:blank")
      yield* Effect.promise(() => page.addInitScript("delete globalThis.SharedWorker"))
      yield* Effect.promise(() => page.goto(service.page))
      yield* status(page, "Synchronised")
      yield* Effect.promise(() => page.evaluate(spoiling("Changed", "rename")))
      yield* create(service, "LATER")
      yield* told(page, /No longer updated.*A message within this page cannot be read/)
      yield* Effect.promise(() => page.evaluate(mended))
      yield* press(page, "Try again")
      yield* status(page, "Synchronised")
      yield* row(page, /LATER/)
      yield* Effect.promise(() => page.goto(`${service.page}?again#key=%C3%BC`))
      yield* told(page, /a key is visible ASCII/)
    }))
})

describe.concurrent("a page that fails", () => {
  test("W13: says so in the place of what it cannot draw, and above what stands still", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      yield* create(service, "KEPT")
      const { page } = yield* open(yield* launch(), service.page)
      yield* row(page, /KEPT/)
      yield* Effect.promise(() =>
        page.evaluate(
          `CanvasRenderingContext2D.prototype.fillRect = () => { throw new Error("no more paint") }`
        )
      )
      yield* told(page, "A part of this page has failed. What it shows may be old or wrong. No more paint.")
      yield* press(page, "Reload")
      yield* row(page, /KEPT/)
      yield* press(page, "List")
      yield* Effect.promise(() => page.getByRole("cell", { name: /KEPT/ }).waitFor())
      yield* Effect.promise(() =>
        page.evaluate(`globalThis.get = Map.prototype.get
        Map.prototype.get = new Proxy(get, {
          apply: (get, map, [key]) => {
            if (typeof key === "bigint") throw new Error("no more rows")
            return get.call(map, key)
          }
        })`)
      )
      yield* press(page, "Timeline")
      yield* press(page, "List")
      yield* told(page, "This part of the page has failed")
      yield* picture(page, "ends-drawing")
      yield* Effect.promise(() => page.evaluate("Map.prototype.get = get"))
      yield* press(page, "Help")
      yield* Effect.promise(() => page.locator(".help").waitFor())
    }))
})
