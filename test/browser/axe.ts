/** The findings of axe. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { assert } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import type { Page } from "playwright-core"
import { launch, open, type Opened, status } from "./browser.ts"

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** The findings of axe on the page as it is: rules of WCAG 2.0 to 2.2, A and AA. It must have looked at something. */
export const violations = (page: Page, where: string) =>
  Effect.promise(async () => {
    await page.evaluate(axe)
    const { found, passed } = await page.evaluate<{
      found: Array<string>
      passed: number
    }>(`axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    }).then(({ passes, violations }) => ({
      passed: passes.length,
      found: violations.map(({ id, nodes }) => id + ": " + nodes.length + " " + nodes[0].html.slice(0, 160))
    }))`)
    return [...(passed < 15 ? ["axe has not looked"] : []), ...found].map((each) => `${where}: ${each}`)
  })

/** The looks that people choose in their browsers. */
const themes = [
  ["light", {}],
  ["dark", { colorScheme: "dark" }],
  ["forced", { forcedColors: "active" }]
] as const

/** A page in one of these looks. */
interface Walked extends Opened {
  readonly theme: string
  /** Looks for violations at a place. */
  readonly look: (where: string) => Effect.Effect<void>
}

/** Walks through the page in each look, without motion; there must be no violation on the way. */
export const inEachTheme = Effect.fnUntraced(function* (
  url: string,
  walk: (walked: Walked) => Effect.Effect<void, unknown, Scope.Scope>
) {
  const browser = yield* launch()
  const found: Array<string> = []
  for (const [theme, options] of themes) {
    const opened = yield* open(browser, url, { reducedMotion: "reduce", ...options })
    yield* status(opened.page, "Synchronised")
    const look = (where: string) =>
      Effect.map(violations(opened.page, `${theme} ${where}`), (each) => void found.push(...each))
    yield* walk({ ...opened, theme, look })
    assert.deepStrictEqual(opened.faults, [])
  }
  assert.deepStrictEqual(found, [])
})
