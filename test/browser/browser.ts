/** A browser, and the console as it is published. Without a browser the tests are skipped here, and fail where `CI` is set. */
import { cpSync, existsSync, mkdirSync } from "node:fs"
import { dirname, join } from "node:path"
import * as DispatchClientGrpc from "@effect-dispatch/client/DispatchClientGrpc"
import type { NewDispatch } from "@effect-dispatch/core/DispatchCalls"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { afterAll, it } from "@effect/vitest"
import { Effect, Redacted, type Scope } from "effect"
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core"
import { buildIfChanged } from "../../scripts/console.ts"
import { folder, program, running, run, type Running } from "../integration/program.ts"

const executablePath = process.env["DISPATCH_CHROMIUM"] ?? "/usr/bin/chromium"

const isThere = existsSync(executablePath)
if (!isThere && process.env["CI"] === undefined)
  console.log(
    `No browser at ${executablePath}: the tests of the console are skipped (apt-get install chromium)`
  )

if (isThere) {
  const built = await buildIfChanged()
  cpSync(built, join(dirname(program), "web"), { recursive: true })
}

/** Pictures that the tests leave, to be looked at. */
const pictures = join(import.meta.dirname, "pictures")
mkdirSync(pictures, { recursive: true })

/** A test with a browser. */
export const test = (
  promise: string,
  body: () => Effect.Effect<void, unknown, Scope.Scope>,
  millis = 60_000
) => it.live.skipIf(!isThere && process.env["CI"] === undefined)(promise, () => Effect.scoped(body()), millis)

const start = (args: ReadonlyArray<string>): Promise<Browser> =>
  chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--disable-dev-shm-usage",
      // The sandbox of Chromium refuses to run for root.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      ...args
    ]
  })

/** The browser of a file of tests. Each page has a context of its own, so that nothing is left for the next. */
let shared: Promise<Browser> | undefined
afterAll(() => shared?.then((browser) => browser.close()))

/** The browser of this file; one with arguments of its own ends with the scope. */
export const launch = (...args: ReadonlyArray<string>): Effect.Effect<Browser, never, Scope.Scope> =>
  args.length === 0
    ? Effect.promise(() => (shared ??= start([])))
    : Effect.acquireRelease(
        Effect.promise(() => start(args)),
        (browser) => Effect.promise(() => browser.close())
      )

/** A service with its console. */
export interface Served extends Running {
  /** The URL of gRPC. */
  readonly url: string
  /** The address of the page. */
  readonly page: string
  readonly store: string
}

/** A place for dispatches and keys that goes with the scope. */
export const newStore = Effect.map(folder, (path) => `sqlite:${join(path, "store.sqlite")}`)

/** Starts a service on free ports; `store` and ports may be those of one that ended. */
export const serve = Effect.fnUntraced(function* (
  options: {
    readonly store?: string
    readonly port?: string
    readonly web?: string
  } = {}
): Effect.fn.Return<Served, never, Scope.Scope> {
  const store = options.store ?? (yield* newStore)
  const service = yield* running(
    "serve",
    "--store",
    store,
    "--port",
    options.port ?? "0",
    "--web",
    options.web ?? "0"
  )
  const ended = Effect.flatMap(service.end, ({ err }) => Effect.die(new Error(`the service ended: ${err}`)))
  const [, url = ""] = yield* Effect.raceFirst(service.says(/Serving dispatches at (\S+)\n/), ended)
  const [, page = ""] = yield* service.says(/Console at (\S+)\n/)
  return { ...service, store, url, page: `${page}/` }
})

/** A command of the program against a service, which must succeed. */
export const dispatch = ({ url }: Pick<Served, "url">, ...args: ReadonlyArray<string>) =>
  Effect.flatMap(run(...args, "--url", url), ({ code, err, out }) =>
    code === 0 ? Effect.succeed(out) : Effect.die(new Error(err))
  )

/** Creates a dispatch, now and for two hours unless it is told otherwise, and sooner than a command does. */
export const create = (
  { key, url }: Pick<Served, "url"> & { readonly key?: string },
  type: string,
  more: Partial<NewDispatch> = {}
) =>
  Effect.flatMap(DispatchClient, ({ create }) =>
    create(MicrogridId.make(1n), {
      type,
      startTime: "NOW",
      duration: "2 hours",
      target: Target.componentCategories("BATTERY"),
      ...more
    })
  ).pipe(
    Effect.provide(
      DispatchClientGrpc.layer({ url, authKey: key === undefined ? undefined : Redacted.make(key) })
    ),
    Effect.orDie
  )

/** A page, with all that went wrong in it. */
export interface Opened {
  readonly page: Page
  readonly faults: ReadonlyArray<string>
  /** The origins that were asked. */
  readonly origins: ReadonlySet<string>
}

/** Opens a page in a context of its own, somewhere in Europe. */
export const open = Effect.fnUntraced(function* (
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {}
): Effect.fn.Return<Opened, never, Scope.Scope> {
  const context = yield* Effect.acquireRelease(
    Effect.promise(() =>
      browser.newContext({
        viewport: { width: 1280, height: 820 },
        timezoneId: "Europe/Berlin",
        locale: "en-GB",
        colorScheme: "light",
        ...options
      })
    ),
    (context) => Effect.promise(() => context.close())
  )
  const page = yield* Effect.promise(() => context.newPage())
  const faults: Array<string> = []
  const origins = new Set<string>()
  page.on("pageerror", ({ message }) => faults.push(message))
  page.on("console", (message) => {
    if (/Content.Security|Trusted|violates/i.test(message.text())) faults.push(message.text())
  })
  page.on("dialog", (dialog) => {
    faults.push(`a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  context.on("request", (request) => {
    if (/^https?:/.test(request.url())) origins.add(new URL(request.url()).origin)
  })
  yield* Effect.promise(() => page.goto(url))
  return { page, faults, origins }
})

/** Has the tools of the browser do something in the shared worker of a page. */
export const inWorker = (page: Page, method: string, params: Record<string, unknown> = {}) =>
  Effect.promise(async () => {
    const browser = page.context().browser()
    if (browser === null) throw new Error("the page has no browser")
    const session = await browser.newBrowserCDPSession()
    const { targetInfos } = await session.send("Target.getTargets")
    const worker = targetInfos.find(
      ({ type, url }) => type === "shared_worker" && url.startsWith(new URL(page.url()).origin)
    )
    if (worker === undefined) throw new Error("there is no shared worker")
    const { targetId } = worker
    const { sessionId } = await session.send("Target.attachToTarget", { targetId, flatten: false })
    const answered = new Promise<Record<string, unknown>>((resolve) =>
      session.on("Target.receivedMessageFromTarget", ({ message }) => {
        const answer = JSON.parse(message) as {
          readonly id?: number
          readonly result?: Record<string, unknown>
        }
        if (answer.id === 1) resolve(answer.result ?? {})
      })
    )
    const message = JSON.stringify({ id: 1, method, params })
    await session.send("Target.sendMessageToTarget", { sessionId, message })
    const result = await answered
    await session.detach()
    return result
  })

/** Waits until the page shows a status. */
export const status = (page: Page, expected: "Synchronised" | "Stale" | "Connecting", timeout = 20_000) =>
  Effect.promise(() => page.waitForSelector(`[data-status=${expected}]`, { timeout }))

/** Waits until the page shows a row with a text. */
export const row = (page: Page, text: string | RegExp, timeout = 10_000) =>
  Effect.promise(() => page.getByRole("row", { name: text }).first().waitFor({ timeout }))

/** Keeps a picture. */
export const picture = (page: Page, name: string) =>
  Effect.promise(() => page.screenshot({ path: join(pictures, `${name}.png`) }))
