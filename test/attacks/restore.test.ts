import { execFileSync } from "node:child_process"
import { copyFileSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { PgClient } from "@effect/sql-pg"
import { DispatcherGrpc } from "@effect-dispatch/client"
import { Dispatcher, MicrogridId, Target } from "@effect-dispatch/core"
import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Layer, Redacted, Schedule, type Scope, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { postgresWithTools, withTools } from "../integration/postgres.ts"
import { folder, running } from "../integration/program.ts"
import { write } from "../integration/storeFormat.ts"

const one = MicrogridId.make(1n)

const operations = readFileSync(join(import.meta.dirname, "../../packages/server/OPERATIONS.md"), "utf8")

/** The lines of OPERATIONS.md in a language that have a word in them. */
const lines = (language: "sh" | "sql" | "ini", word: string): ReadonlyArray<string> =>
  [...operations.matchAll(/```(\w+)\n([^`]*)```/g)]
    .filter(([, found = "", text = ""]) => found === language && text.includes(word))
    .flatMap(([, , text = ""]) => text.trim().split("\n"))

/** The instructions of OPERATIONS.md, carried out upon a database. */
interface Operated {
  readonly store: string
  /** The file of the backup. */
  readonly backup: string
  readonly backUp: Effect.Effect<void>
  /** Puts the backup in the place of the database, and steps over what was given since. */
  readonly restore: Effect.Effect<void>
  /** The number of the last change of microgrid 1. */
  readonly lastChange: Effect.Effect<bigint>
}

/** A folder with the part of the shell of SQLite that is used here. */
const withSqlite = (folder: string): string => {
  const program = `
    const { DatabaseSync } = require("node:sqlite")
    new DatabaseSync(process.argv[1]).exec(process.argv[2])`
  const text = `#!/bin/sh\nexec '${process.execPath}' -e '${program}' "$@"\n`
  writeFileSync(join(folder, "sqlite3"), text, { mode: 0o755 })
  return folder
}

const inSqlite = Effect.map(folder, (path): Operated => {
  const [file, backup] = ["dispatches.sqlite", "backup.sqlite"].map((name) => join(path, name)) as [
    string,
    string
  ]
  const using = <A>(use: (database: DatabaseSync) => A) =>
    Effect.sync(() => {
      const database = new DatabaseSync(file)
      try {
        return use(database)
      } finally {
        database.close()
      }
    })
  return {
    store: `sqlite:${file}`,
    backup,
    backUp: Effect.sync(() => {
      const line = lines("sh", "VACUUM")
        .join("\n")
        .replace("/var/lib/dispatch/dispatches.sqlite", file)
        .replace("/backup/dispatches.sqlite", backup)
      execFileSync("sh", ["-c", line], { env: { PATH: `${withSqlite(path)}:${process.env["PATH"]}` } })
    }),
    restore: Effect.suspend(() => {
      copyFileSync(backup, file)
      for (const end of ["-wal", "-shm"]) rmSync(`${file}${end}`, { force: true })
      return using((database) => database.exec(lines("sql", "counters")[0] ?? ""))
    }),
    lastChange: using((database) => {
      const statement = database.prepare("SELECT value FROM counters WHERE name = 'change-number-1'")
      statement.setReadBigInts(true)
      return statement.get()?.["value"] as bigint
    })
  }
})

const inPostgres = Effect.gen(function* () {
  const server = yield* postgresWithTools
  const cwd = yield* folder
  const admin = new URL(yield* server.database)
  const store = Object.assign(new URL(admin), {
    pathname: "/dispatch",
    username: "dispatch",
    password: "secret"
  })
  const environment = {
    PATH: `${withTools}:${process.env["PATH"]}`,
    PGHOST: admin.hostname,
    PGPORT: admin.port,
    PGUSER: admin.username,
    PGPASSWORD: admin.password,
    PGSERVICEFILE: join(cwd, "services.conf")
  }
  writeFileSync(
    environment.PGSERVICEFILE,
    lines("ini", "[dispatch]")
      .map((line) => (line === "host=db" ? `host=${store.hostname}\nport=${store.port}` : line))
      .join("\n")
  )
  const shell = (line: string) =>
    execFileSync("sh", ["-c", line], { cwd, env: environment, encoding: "utf8" })
  const psql = (statement: string) =>
    execFileSync("psql", [store.href, "-At", "-v", "ON_ERROR_STOP=1", "-c", statement], {
      env: environment,
      encoding: "utf8"
    })
  shell(
    `psql --dbname=postgres -c "CREATE ROLE dispatch LOGIN PASSWORD 'secret'" -c 'CREATE DATABASE dispatch OWNER dispatch'`
  )
  const operated: Operated = {
    store: store.href,
    backup: join(cwd, "dispatch.dump"),
    backUp: Effect.sync(() => lines("sh", "pg_dump").forEach(shell)),
    restore: Effect.sync(() => {
      lines("sh", "pg_restore").forEach(shell)
      lines("sql", "counters").forEach(psql)
    }),
    lastChange: Effect.sync(() => BigInt(psql("SELECT value FROM counters WHERE name = 'change-number-1'")))
  }
  return operated
})

/** A service of a store, on a port if one is given. */
const serve = ({ store }: Operated, port = "0") =>
  Effect.gen(function* () {
    const service = yield* running("serve", "--port", port, "--store", store)
    const [, url = ""] = yield* service.says(/Serving dispatches at (\S+)\n[\s\S]*Stop with/)
    const stop = Effect.andThen(service.signal("SIGTERM"), service.end)
    return { url, port: new URL(url).port, stop }
  })

const until = <A>(effect: Effect.Effect<A>, holds: (value: A) => boolean) =>
  Effect.repeat(effect, { schedule: Schedule.spaced("50 millis"), until: holds, times: 600 })

const create = (dispatcher: Dispatcher.Dispatcher["Service"], type: string) =>
  Effect.orDie(
    dispatcher.client.create(one, {
      type,
      startTime: "NOW",
      duration: Duration.hours(1),
      target: Target.componentIds(1n)
    })
  )

const restores = (operate: Effect.Effect<Operated, never, Scope.Scope>) =>
  it.live(
    "gives no id and no number again; at a connected actor what is lost stops, and what is kept runs on",
    () =>
      Effect.gen(function* () {
        const operated = yield* operate
        const before = yield* serve(operated)
        const options = { microgridId: one, url: before.url }
        const dispatcher = Context.get(
          yield* Layer.build(DispatcherGrpc.layer(options)),
          Dispatcher.Dispatcher
        )
        const told: Array<string> = []
        const changes = yield* dispatcher.runningStateChanges()
        yield* Effect.forkScoped(
          Stream.runForEach(changes, ({ dispatch, state }) =>
            Effect.sync(() => told.push(`${dispatch.type} ${state}`))
          )
        )
        const hears = (what: string) =>
          until(
            Effect.sync(() => told.includes(what)),
            (heard) => heard
          )
        yield* dispatcher.initialized
        const kept = yield* create(dispatcher, "KEPT")
        yield* operated.backUp
        assert.strictEqual(statSync(operated.backup).mode & 0o077, 0, "its owner alone reads the backup")
        const lost = yield* create(dispatcher, "LOST")
        yield* hears("LOST Running")
        const last = yield* operated.lastChange
        yield* before.stop
        yield* operated.restore
        const after = yield* serve(operated, before.port)
        yield* hears("LOST Stopped")
        const made = yield* create(dispatcher, "MADE")
        yield* hears("MADE Running")
        const status = yield* until(dispatcher.status, ({ _tag }) => _tag === "Synchronised")
        assert.strictEqual(status._tag, "Synchronised")
        assert.isAtLeast(Number(made.id - lost.id), 999_990)
        assert.isAtLeast(Number((yield* operated.lastChange) - last), 999_990)
        assert.deepStrictEqual(told, ["KEPT Running", "LOST Running", "LOST Stopped", "MADE Running"])
        const known = (yield* dispatcher.dispatches).map(({ id }) => id)
        const held = yield* Stream.runCollect(dispatcher.client.list(one))
        assert.sameMembers(known, [kept.id, made.id])
        assert.lengthOf(held, 2)
        yield* after.stop
      }).pipe(Effect.scoped),
    120_000
  )

describe("a backup in SQLite that is restored", () => restores(inSqlite))

/** Restores as `.restore` of a shell does it, in a program of its own, under whoever has the file open. */
const setBack = (backup: string, file: string) => {
  const program = `
    const { DatabaseSync, backup } = require("node:sqlite")
    backup(new DatabaseSync(process.argv[1]), process.argv[2]).then(() => process.exit(0))`
  return Effect.sync(() =>
    execFileSync(process.execPath, ["-e", program, backup, file], { stdio: ["ignore", "ignore", "inherit"] })
  )
}

describe("a backup in SQLite that is restored under the running service", () => {
  it.live(
    "is noticed without a write: what is lost stops, and no id is given again",
    () =>
      Effect.gen(function* () {
        const operated = yield* inSqlite
        const service = yield* serve(operated)
        const options = { microgridId: one, url: service.url }
        const dispatcher = Context.get(
          yield* Layer.build(DispatcherGrpc.layer(options)),
          Dispatcher.Dispatcher
        )
        const told: Array<string> = []
        const changes = yield* dispatcher.runningStateChanges()
        yield* Effect.forkScoped(
          Stream.runForEach(changes, ({ dispatch, state }) =>
            Effect.sync(() => told.push(`${dispatch.type} ${state}`))
          )
        )
        yield* dispatcher.initialized
        const hears = (what: string) =>
          until(
            Effect.sync(() => told.includes(what)),
            (heard) => heard
          )
        yield* create(dispatcher, "KEPT")
        yield* operated.backUp
        const lost = yield* create(dispatcher, "LOST")
        yield* hears("LOST Running")
        const last = yield* operated.lastChange
        const file = operated.store.replace("sqlite:", "")
        yield* setBack(operated.backup, file)
        yield* hears("LOST Stopped")
        const made = yield* create(dispatcher, "MADE")
        assert.isAtLeast(Number(made.id - lost.id), 1_000_000)
        assert.isAtLeast(Number((yield* operated.lastChange) - last), 1_000_000)
        yield* hears("MADE Running")
        assert.deepStrictEqual(told, ["KEPT Running", "LOST Running", "LOST Stopped", "MADE Running"])
        yield* service.stop
      }).pipe(Effect.scoped),
    120_000
  )
})

describe.skipIf(withTools === undefined)("a backup in PostgreSQL that is restored", () => {
  restores(inPostgres)

  it.live(
    "may be of an older version than the database that it replaces",
    () =>
      Effect.gen(function* () {
        const operated = yield* inPostgres
        const url = Redacted.make(operated.store)
        const store = Layer.fresh(PgClient.layer({ url, maxConnections: 1 }))
        const run = (statement: string, values: ReadonlyArray<unknown> = []) =>
          Effect.flatMap(SqlClient.SqlClient, (sql) =>
            sql.unsafe<Readonly<Record<string, unknown>>>(statement, values)
          ).pipe(Effect.orDie)
        yield* Effect.gen(function* () {
          const context = yield* Effect.context<SqlClient.SqlClient>()
          yield* write({
            dialect: "pg",
            run: (statement, values) => Effect.provideContext(run(statement, values), context)
          })
        }).pipe(Effect.provide(store))
        yield* operated.backUp
        const upgraded = yield* serve(operated)
        yield* upgraded.stop
        yield* operated.restore
        const { stop, url: served } = yield* serve(operated)
        const options = { microgridId: one, url: served }
        const dispatcher = Context.get(
          yield* Layer.build(DispatcherGrpc.layer(options)),
          Dispatcher.Dispatcher
        )
        const made = yield* create(dispatcher, "MADE")
        assert.isAbove(Number(made.id), 1_000_600)
        assert.isAbove(Number(yield* operated.lastChange), 1_000_000)
        yield* stop
      }).pipe(Effect.scoped),
    120_000
  )
})
