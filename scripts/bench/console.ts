/**
 * The picture of the console's timeline with 10,000 visible bars, beside the same rectangles filled without any logic,
 * and beside SVG nodes that are moved. It needs a Chromium; ratios count, and so does the year's view, in which no
 * picture waits for shares.
 */
import { join } from "node:path"
import { build } from "esbuild"
import { chromium } from "playwright-core"
import { report, table } from "./shared/statistics.ts"

/** Milliseconds at the middle and near the end of what was measured. */
export interface Times {
  readonly p50: number
  readonly p95: number
}

/** The parts that are measured in the page. */
export interface Measured {
  readonly bars: number
  readonly paint: Times
  readonly fill: Times
  readonly svg: Times
  /** The first picture of a year, before any share is known. */
  readonly year: Times
}

const script = async (): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "console/page.ts")],
    bundle: true,
    write: false,
    format: "iife",
    target: "es2023",
    minify: true
  })
  return outputFiles[0]?.text ?? ""
}

/** Measures and prints. */
export const run = async (): Promise<boolean> => {
  const browser = await chromium.launch({
    executablePath: process.env["DISPATCH_CHROMIUM"] ?? "/usr/bin/chromium",
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : []
  })
  try {
    const page = await browser.newPage({ viewport: { width: 1_400, height: 3_100 } })
    await page.goto("about:blank")
    await page.evaluate(await script())
    const { bars, fill, paint, svg, year } = await page.evaluate<Measured>("measured")
    const shown = (name: string, { p50, p95 }: Times) => [
      name,
      `${p50.toFixed(2)} ms`,
      `${p95.toFixed(2)} ms`
    ]
    table([
      [`${bars} bars`, "p50", "p95"],
      shown("painted by the console", paint),
      shown("filled without logic", fill),
      shown("moved as SVG nodes", svg),
      shown("first picture of a year", year)
    ])
    console.log()
    return report([
      { name: "p95 of a picture, by that of filling", value: paint.p95 / fill.p95, most: 3 },
      { name: "p50 of SVG nodes, by that of a picture", value: svg.p50 / paint.p50, least: 20 },
      { name: "p95 of the first picture of a year, by that of filling", value: year.p95 / fill.p95, most: 3 }
    ])
  } finally {
    await browser.close()
  }
}
