/** Makes the picture of the console for the README: `node scripts/consolePicture.ts`. It needs a Chromium. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type ChildProcess, spawn } from "node:child_process"
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import { ReportClient } from "@effect-dispatch/client/ReportClient"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { Run } from "@effect-dispatch/core/Run"
import { DateTime, Effect } from "effect"
import { chromium } from "playwright-core"

const root = join(import.meta.dirname, "..")
const program = join(root, "packages/cli/src/bin.ts")
const picture = join(root, "packages/console/console.png")
const folder = mkdtempSync(join(tmpdir(), "dispatch-picture-"))

const dispatches: ReadonlyArray<ReadonlyArray<string>> = [
  ["PEAK_SHAVING", "BATTERY", "now", "3h", "--payload", '"limit_w": 20000'],
  ["CHARGE", "EV_CHARGER", "now", "20m", "--frequency", "hourly", "--payload", '"power_w": 11000'],
  ["DISCHARGE", "2,3", "in 2 hours", "90m", "--frequency", "daily", "--payload", '"power_w": 5000'],
  [
    "NIGHT_CHARGE",
    "EV_CHARGER:AC",
    "tomorrow 2:00",
    "5h",
    "--frequency",
    "weekly",
    "--by-weekday",
    "mon,tue,wed,thu,fri"
  ],
  ["METER_READING", "METER", "in 10 minutes", "0s", "--frequency", "hourly", "--interval", "2"],
  ["RESET_COUNTER", "INVERTER:PV", "in 5 hours", "0s"],
  ["GRID_EXPORT", "CHP", "in 90 minutes", "4h", "--dry-run"],
  ["PRECOOL", "HVAC", "in 4 hours", "2h", "--frequency", "daily"],
  ["TEST_BENCH", "7", "in 3 hours", "2h", "--frequency", "daily", "--active", "false"]
]

const minute = 60_000
const now = Math.floor(Date.now() / minute) * minute

/** A run that was planned some minutes ago, for a number of minutes. */
const runOf = (id: number, ago: number, length: number, fate: Run["fate"]): Run => ({
  dispatch: {
    id: DispatchId.make(BigInt(id)),
    type: dispatches[id - 1]?.[0] ?? "",
    dryRun: false,
    updateTime: 1n
  },
  occurrence: at(ago),
  until: at(ago - length),
  fate,
  failures: [],
  failuresTotal: 0
})

const at = (ago: number) => DateTime.makeUnsafe(now - ago * minute)

const ran = (ago: number, length: number): Run["fate"] => ({
  _tag: "Ran",
  from: at(ago),
  lateMillis: 12,
  to: at(ago - length),
  onMillis: length * minute
})

const missed: Run["fate"] = { _tag: "Missed", reason: "LateWakeUp", count: 1 }

/** The past of the microgrid, as its site reports it. */
const past: ReadonlyArray<Run> = [
  runOf(2, 115, 20, ran(115, 20)),
  runOf(2, 60, 20, missed),
  runOf(3, 110, 90, ran(110, 35)),
  runOf(4, 100, 80, ran(100, 80)),
  runOf(8, 118, 60, { _tag: "Unknown", from: at(118), since: at(85), onMillis: 33 * minute }),
  runOf(1, 1, 180, { _tag: "Running", from: at(1), lateMillis: 8, since: at(1), onMillis: 0 })
]

const report = (url: string) =>
  Effect.gen(function* () {
    const client = yield* ReportClient
    const reporter = { id: "7".repeat(32), name: "plant 7" }
    const reports = past.map((run, index) => ({ epoch: 0n, number: BigInt(index + 1), run }))
    yield* client.report({ microgridId: MicrogridId.make(1n), reporter, reports })
  }).pipe(Effect.provide(DispatchClientGrpc.layer({ url })))

/** Starts the program. */
const start = (args: ReadonlyArray<string>): ChildProcess =>
  spawn(process.execPath, [program, ...args], {
    cwd: folder,
    env: { ...process.env, DISPATCH_ZONE: "Europe/Berlin" },
    stdio: ["ignore", "ignore", "pipe"]
  })

/** Waits until a process has said something. */
const says = (child: ChildProcess, pattern: RegExp) =>
  new Promise<RegExpExecArray>((resolve) => {
    let printed = ""
    child.stderr?.on("data", (chunk) => {
      printed += String(chunk)
      const match = pattern.exec(printed)
      if (match !== null) resolve(match)
    })
  })

const service = start(["serve", "--store", "memory", "--port", "0", "--web", "0"])
const [, address = "", url = ""] = await says(service, /Console at (\S+)\n[^]*Serving dispatches at (\S+)\n/)
for (const words of dispatches) {
  const child = start(["create", "1", ...words, "--url", url])
  await new Promise((resolve) => child.once("close", resolve))
}
await Effect.runPromise(report(url))
const browser = await chromium.launch({
  executablePath: process.env["DISPATCH_CHROMIUM"] ?? "/usr/bin/chromium",
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : []
})
const page = await browser.newPage({
  viewport: { width: 1240, height: 700 },
  timezoneId: "Europe/Berlin",
  locale: "en-GB",
  colorScheme: "light"
})
await page.goto(address)
await page.getByRole("row", { name: /NIGHT_CHARGE/ }).click()
await page.locator(".drawer .stories").waitFor()
// The row that the pointer is on looks as if it were chosen.
await page.mouse.move(600, 690)
await page.screenshot({ path: picture })
await browser.close()
service.kill()
rmSync(folder, { recursive: true })
console.log(picture)
