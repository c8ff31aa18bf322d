/** The findings of axe. */
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { Effect } from "effect"
import type { Page } from "playwright-core"

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
