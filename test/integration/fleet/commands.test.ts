/** The command line of a fleet, as it is published, with a module of a project that has packages of its own. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { canFreeze, isAvailable, sharedPostgres } from "../postgres.ts"
import { runningIn, runningWith, runWith, workplace } from "../program.ts"
import { makeService } from "../service.ts"
import { freePort } from "../freePort.ts"

const root = join(import.meta.dirname, "../../..")

const site = `
import { Dispatcher } from "@effect-dispatch/core"
import { FencingToken } from "@effect-dispatch/fleet"
import { Effect, Layer } from "effect"
export default Layer.effectDiscard(
  Effect.gen(function* () {
    const dispatcher = yield* Dispatcher.Dispatcher
    const token = yield* FencingToken.FencingToken
    const say = (what: string) => Effect.sync(() => console.log("SITE", String(token.microgridId), what))
    yield* dispatcher.manage("CHARGE", () =>
      Effect.andThen(token.confirm, Effect.acquireUseRelease(say("starts"), () => Effect.never, () => say("stops")))
    )
  })
)
`

/** A project that has a copy of `effect` of its own, perhaps of another version. */
const project = (version?: string): string => {
  const folder = mkdtempSync(join(workplace, "project-"))
  const modules = join(folder, "node_modules")
  mkdirSync(join(modules, "@effect-dispatch"), { recursive: true })
  for (const name of ["core", "fleet"]) {
    symlinkSync(join(root, "packages", name), join(modules, "@effect-dispatch", name))
  }
  cpSync(realpathSync(join(root, "node_modules/effect")), join(modules, "effect"), { recursive: true })
  const manifest = join(modules, "effect/package.json")
  if (version !== undefined) {
    const text = readFileSync(manifest, "utf8")
    writeFileSync(manifest, text.replace(/"version": "[^"]+"/, `"version": "${version}"`))
  }
  const file = join(folder, "site.ts")
  writeFileSync(file, site)
  return file
}

describe.skipIf(!isAvailable)("dispatch fleet", () => {
  const server = sharedPostgres()

  it.live(
    "F2, F6: tables, list, a process with the code of a project, its edges for a reader, and its end by request",
    () =>
      Effect.gen(function* () {
        const service = yield* makeService
        const environment = {
          DISPATCH_FLEET_DATABASE: yield* server.database,
          DISPATCH_API_URL: service.url,
          TZ: "UTC"
        }
        const dispatch = (...words: ReadonlyArray<string>) => runWith(environment, ...words)
        const fleet = (...words: ReadonlyArray<string>) => dispatch("fleet", ...words)
        const early = yield* fleet("status")
        assert.deepStrictEqual(
          [early.code, early.err],
          [1, "there is no fleet fleet in this database yet. Make it with: dispatch fleet migrate\n"]
        )
        assert.include((yield* fleet("migrate")).err, "Fleet fleet is ready, with 64 buckets.")
        assert.include((yield* fleet("add", "7-8", "9")).err, "3 microgrids were added.")
        const address = `127.0.0.1:${yield* freePort}`
        const process = yield* runningWith(
          environment,
          "fleet",
          "run",
          "--address",
          address,
          "--site",
          project()
        )
        yield* process.says(/Stop with Ctrl-C/)
        const watch = yield* runningWith(environment, "fleet", "watch", "8", "--json")
        yield* watch.says(/Watching microgrid 8/)
        const created = yield* dispatch("create", "8", "CHARGE", "7", "now", "10m", "--json")
        const { id } = JSON.parse(created.out) as { readonly id: string }
        yield* process.says(/SITE 8 starts/)
        // At the latest once it has found the owner.
        yield* watch.says(/"microgrid":"8",.*"kind":"runningState","state":"Running"/)
        assert.strictEqual((yield* dispatch("delete", "8", id, "--yes")).code, 0)
        yield* process.says(/SITE 8 stops/)
        yield* watch.says(
          /"microgrid":"8","epoch":"\d+","number":"\d+","kind":"runningState","state":"Stopped"/
        )
        yield* watch.signal("SIGTERM")
        const where = JSON.parse((yield* fleet("where", "8", "--json")).out) as Record<string, unknown>
        assert.deepStrictEqual([where["owner"], where["status"]], [address, "Synchronised"])
        const status = yield* fleet("status")
        assert.match(status.out, new RegExp(`^PROCESS[^]*${address} +runs +3 `))
        assert.include((yield* fleet("park", "9", "--reason", "a look")).err, "1 microgrid was parked")
        assert.include((yield* fleet("where", "9")).out, "parked: a look")
        const unsure = yield* fleet("remove", "9")
        assert.strictEqual(unsure.code, 2)
        assert.include((yield* fleet("remove", "9", "--yes")).err, "1 microgrid was removed")
        assert.strictEqual((yield* fleet("drain", "127.0.0.1:1")).code, 1)
        assert.include((yield* fleet("drain", address)).err, "gives its microgrids away")
        const ended = yield* process.end
        assert.strictEqual(ended.code, 0)
        assert.include(ended.err, "Asked to give everything away.")
      }).pipe(Effect.scoped),
    120_000
  )

  it.live("what is not in the fleet, was done before, or does not answer, is said to be so", () =>
    Effect.gen(function* () {
      const database = yield* server.database
      const environment = { DISPATCH_FLEET_DATABASE: database }
      const fleet = (...words: ReadonlyArray<string>) => runWith(environment, "fleet", ...words)
      yield* fleet("migrate")
      yield* fleet("add", "7")
      for (const command of ["watch", "where"]) {
        const unknown = yield* fleet(command, "8")
        assert.deepStrictEqual([unknown.code, unknown.err], [1, "Microgrid 8 is not in fleet fleet\n"])
      }
      const parked = "1 microgrid was parked; 1 was parked already, or is not in the fleet."
      assert.include((yield* fleet("park", "7-8")).err, parked)
      assert.strictEqual(
        (yield* fleet("park", "7-8")).err,
        "0 microgrids were parked; 2 were parked already, or are not in the fleet.\n"
      )
      assert.strictEqual(
        (yield* fleet("remove", "7-9", "--yes")).err,
        "1 microgrid was removed; 2 are not in the fleet.\n"
      )
      yield* Effect.provide(
        Effect.flatMap(
          PgClient.PgClient,
          (sql) => sql`INSERT INTO fleet_runners (address, engine, heartbeat)
            VALUES ('10.0.0.1:7070', 'effect 4.1', now() - interval '5 minutes')`
        ),
        PgClient.layer({ url: Redacted.make(database) })
      )
      const drained = yield* fleet("drain", "10.0.0.1:7070")
      assert.strictEqual(drained.code, 1)
      assert.match(drained.err, /^10\.0\.0\.1:7070 does not answer: its last heartbeat was 5m( \d+s)? ago\. /)
    }).pipe(Effect.scoped)
  )

  it.live("F2: code made for another release is refused by name, and so is an address for everybody", () =>
    Effect.gen(function* () {
      const environment = { DISPATCH_FLEET_DATABASE: yield* server.database }
      const other = yield* runWith(environment, "fleet", "run", "--site", project("4.7.1"))
      assert.strictEqual(other.code, 2)
      assert.match(other.err, /was made for effect 4\.7\.1, and this program has 4\.1\./)
      const open = yield* runWith(environment, "fleet", "run", "--address", "10.0.0.7:7070")
      assert.strictEqual(open.code, 2)
      assert.include(open.err, "say --private-network where only processes of the fleet do")
      const none = yield* runWith(environment, "fleet", "run", "--address", "plant")
      assert.strictEqual(none.code, 2)
      assert.include(none.err, "address: is not an address such as 10.0.0.7:7070")
    })
  )

  it.live(
    "a trial starts PostgreSQL and a service, and its commands run a fleet",
    () =>
      Effect.gen(function* () {
        const trial = yield* runningIn(root, "fleet", "trial")
        const { input: said } = yield* trial.says(/Stop with Ctrl-C/)
        const commands = said
          .split("\n")
          .flatMap((line) => /^ {2}(?:.*?)dispatch (.*)$/.exec(line)?.[1] ?? [])
        assert.strictEqual(commands.length, 4)
        const [first = [], , create = [], status = []] = commands.map((line) =>
          line.split(" ").map((word) => word.replaceAll("'", ""))
        )
        // Another program of this machine may have the usual port.
        const address = `127.0.0.1:${yield* freePort}`
        const words = first.map((word) => (word === "127.0.0.1:7070" ? address : word))
        assert.include(words, address)
        const process = yield* runningWith({}, ...words)
        yield* process.says(/Stop with Ctrl-C/)
        assert.strictEqual((yield* runWith({}, ...create)).code, 0)
        yield* process.says(/CHARGE/)
        assert.match((yield* runWith({}, ...status)).out, new RegExp(`${address} +runs +20 `))
        yield* process.signal("SIGTERM")
        yield* trial.signal("SIGTERM")
        assert.strictEqual((yield* trial.end).code, 0)
      }).pipe(Effect.scoped),
    120_000
  )

  it.live.skipIf(!canFreeze)(
    "F2: a process that is asked to end while the database stands still ends in time, and another goes on",
    () =>
      Effect.gen(function* () {
        const service = yield* makeService
        const environment = {
          DISPATCH_FLEET_DATABASE: yield* server.database,
          DISPATCH_API_URL: service.url,
          TZ: "UTC"
        }
        const begin = Effect.flatMap(freePort, (port) =>
          runningWith(environment, "fleet", "run", "--address", `127.0.0.1:${port}`)
        )
        yield* runWith(environment, "fleet", "migrate")
        yield* runWith(environment, "fleet", "add", "7")
        const first = yield* begin
        yield* first.says(/Stop with Ctrl-C/)
        yield* runWith(environment, "create", "7", "CHARGE", "1", "now", "10m")
        yield* first.says(/CHARGE/)
        yield* server.freeze
        const at = Date.now()
        yield* first.signal("SIGTERM")
        yield* first.end
        const took = Date.now() - at
        yield* server.thaw
        // After 15 s it is ended hard.
        assert.isBelow(took, 20_000)
        const second = yield* begin
        yield* second.says(/CHARGE/)
      }).pipe(Effect.scoped),
    120_000
  )
})
