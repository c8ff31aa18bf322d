import * as http from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import { create, dispatch, launch, open, picture, row, serve, status, test } from "./browser.ts"

/** A page of somebody else on this machine. */
const foreignPage = Effect.acquireRelease(
  Effect.promise(
    () =>
      new Promise<http.Server>((resolve) => {
        const server = http.createServer((_, response) => {
          response.setHeader("content-type", "text/html")
          response.end("<!doctype html><title>evil</title><body>evil")
        })
        server.listen(0, "127.0.0.1", () => resolve(server))
      })
  ),
  (server) => Effect.sync(() => server.close())
)

const list = "/api/frequenz.api.dispatch.v1.MicrogridDispatchService/ListMicrogridDispatches"

/** Tries to read all dispatches from within a page: what came of it. */
const reading = (address: string, type: string, mode = "cors") => `
  fetch(${JSON.stringify(address)}, {
    method: "POST", mode: ${JSON.stringify(mode)}, headers: { "content-type": ${JSON.stringify(type)} }, body: '{"microgridId":"1"}'
  }).then(async (answer) => answer.type + " " + answer.status + " " + (await answer.text()), (error) => "blocked: " + error.message)`

describe("pages of others", () => {
  test("a name that leads here reads nothing, although the page has our address as its own", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      yield* create(service, "SECRET")
      const { port } = new URL(service.page)
      const browser = yield* launch("--host-resolver-rules=MAP rebound.example 127.0.0.1")
      const { page } = yield* open(browser, `http://rebound.example:${port}/`)
      const answer = yield* Effect.promise(() => page.evaluate<string>(reading(list, "application/json")))
      assert.match(answer, /^basic 421 /)
      assert.notInclude(answer, "SECRET")
      assert.notInclude(yield* Effect.promise(() => page.content()), "Dispatches")
    }))

  test("another page neither reads nor writes nor shows ours in a frame", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      yield* create(service, "SECRET")
      const foreign = yield* foreignPage
      const browser = yield* launch()
      const { page } = yield* open(browser, `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`)
      const address = `${service.page.slice(0, -1)}${list}`
      for (const [type, mode] of [
        ["application/json", "cors"],
        ["text/plain", "cors"],
        ["text/plain", "no-cors"]
      ] as const) {
        const answer = yield* Effect.promise(() => page.evaluate<string>(reading(address, type, mode)))
        assert.match(answer, /^blocked|^opaque 0 $/, `${type} ${mode}`)
        assert.notInclude(answer, "SECRET")
      }
      const remove = address.replace("ListMicrogridDispatches", "DeleteMicrogridDispatch")
      yield* Effect.promise(() =>
        page.evaluate(`fetch(${JSON.stringify(remove)}, { method: "POST", mode: "no-cors",
          headers: { "content-type": "text/plain" }, body: '{"microgridId":"1","dispatchId":"1"}' }).catch(() => {})`)
      )
      assert.include(yield* dispatch(service, "list", "1"), "SECRET")
      yield* Effect.promise(() =>
        page.evaluate(`new Promise((resolve) => {
          const frame = document.createElement("iframe")
          frame.onload = resolve
          frame.src = ${JSON.stringify(service.page)}
          document.body.append(frame)
        })`)
      )
      const shown = page.frames().filter((frame) => frame.url().startsWith(service.page))
      for (const frame of shown) assert.notInclude(yield* Effect.promise(() => frame.content()), "Dispatches")
    }))
})

const hostile = [
  "<img src=x onerror=alert(1)>",
  '"><script>alert(1)</script>',
  "javascript:alert(1)",
  "\u202egnp.EXE",
  "a\u200bb\u2066c",
  "{{constructor.constructor('alert(1)')()}}",
  "W".repeat(256)
]

describe("texts of others", () => {
  test("they are shown as texts, whatever is in them, and the page does nothing but show them", () =>
    Effect.gen(function* () {
      const service = yield* serve()
      for (const text of hostile) yield* create(service, text, { name: text, payload: { note: text } })
      const { faults, origins, page } = yield* open(yield* launch(), service.page)
      yield* status(page, "Synchronised")
      yield* row(page, /#7/)
      for (const tab of ["Timeline", "List", "Activity"])
        yield* Effect.promise(() => page.getByRole("button", { name: tab, exact: true }).click())
      yield* Effect.promise(() => page.getByRole("button", { name: "List", exact: true }).click())
      for (const number of ["#1 ", "#4 ", "#7 "]) {
        yield* Effect.promise(() => page.locator("tbody .link").filter({ hasText: number }).click())
        yield* Effect.promise(() => page.locator(".drawer .payload").waitFor())
      }
      const text = yield* Effect.promise(() => page.locator("body").innerText())
      assert.include(text, "<img src=x onerror=alert(1)>")
      assert.include(text, "\\u202egnp.EXE")
      for (const sign of ["\u202e", "\u200b", "\u2066"]) assert.notInclude(text, sign)
      assert.strictEqual(yield* Effect.promise(() => page.locator("img, iframe, object").count()), 0)
      const wide = yield* Effect.promise(() =>
        page.evaluate<boolean>("document.documentElement.scrollWidth > document.documentElement.clientWidth")
      )
      assert.isFalse(wide, "a long text makes the page wider than its window")
      yield* picture(page, "attacks-texts")
      assert.deepStrictEqual(faults, [])
      assert.deepStrictEqual([...origins], [new URL(service.page).origin])
    }))
})
