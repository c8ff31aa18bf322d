import { execFileSync, spawnSync } from "node:child_process"
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { folder, runningUnder, running } from "../integration/program.ts"
import { isInFull } from "./eventLoop.ts"

const one = MicrogridId.make(1n)

const create = Effect.flatMap(DispatchClient, (client) =>
  client.create(one, {
    type: "CHARGE",
    startTime: "NOW",
    duration: "1 minute",
    target: Target.componentIds(1n)
  })
)

const served = /Serving dispatches at (\S+)\n[\s\S]*Stop with/

/** True if the calls that a program makes to the system can be watched. */
const canTrace = spawnSync("strace", ["-f", "true"]).status === 0

/** The thread of each call to the system, and the call. */
const callsIn = (trace: string) =>
  readFileSync(trace, "utf8")
    .split("\n")
    .map((line) => {
      const [, thread = "", call = ""] = /^(\d+) +(.*)$/.exec(line) ?? []
      return { thread: Number(thread), call }
    })

describe.skipIf(!canTrace)("The thread of the service (needs strace)", () => {
  it.live(
    "waits for no disc while it serves: neither at commits, nor when the log is moved or begins anew",
    () =>
      Effect.gen(function* () {
        const place = yield* folder
        const [store, trace] = [join(place, "store.sqlite"), join(place, "trace")]
        const watched = [
          "strace",
          "-D",
          "-f",
          "-o",
          trace,
          "-e",
          "trace=fsync,fdatasync,sync_file_range,bind"
        ]
        const service = yield* runningUnder(watched, "serve", "--port", "0", "--store", `sqlite:${store}`)
        const [, url = ""] = yield* service.says(served)
        const writing = (count: number) =>
          Effect.replicateEffect(create, count, { concurrency: 16, discard: true }).pipe(
            Effect.provide(DispatchClientGrpc.layer({ url }))
          )
        yield* writing(isInFull ? 4_000 : 600)
        for (const way of ["PASSIVE", "RESTART", "TRUNCATE"]) {
          yield* Effect.sync(() => {
            const shell = new DatabaseSync(store, { timeout: 1_000 })
            shell.exec(`PRAGMA wal_checkpoint(${way})`)
            shell.close()
          })
          yield* writing(2)
        }
        yield* service.signal("SIGTERM")
        yield* service.end
        const calls = callsIn(trace)
        const serving = calls.slice(
          calls.findIndex(({ call }) => call.startsWith("bind(")),
          calls.findIndex(({ call }) => call.includes("SIGTERM"))
        )
        const syncs = serving.filter(({ call }) => call.includes("sync"))
        assert.isAbove(syncs.length, 10)
        assert.deepStrictEqual(
          syncs.filter(({ thread }) => thread === service.pid),
          []
        )
      }).pipe(Effect.scoped),
    120_000
  )
})

/** A small disc of its own, which only root can have, and not everywhere. */
const smallDisc = (() => {
  const path = mkdtempSync(join(tmpdir(), "dispatch-small-"))
  const isMounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=3m", "none", path]).status === 0
  if (!isMounted) rmSync(path, { recursive: true })
  return isMounted ? path : undefined
})()

describe.skipIf(smallDisc === undefined)("A disc that is full (needs root, to have a small one)", () => {
  it.live(
    "stops no start and no reader; a write says why, and works once there is space again",
    () =>
      Effect.gen(function* () {
        const place = smallDisc ?? ""
        yield* Effect.addFinalizer(() =>
          Effect.sync(() => {
            execFileSync("umount", ["-l", place])
            rmSync(place, { recursive: true })
          })
        )
        const [store, filler] = [join(place, "store.sqlite"), join(place, "filler")]
        const start = Effect.gen(function* () {
          const options = ["--port", "0", "--metrics-port", "0", "--store", `sqlite:${store}`]
          const service = yield* running("serve", ...options)
          const [, seen = ""] = yield* service.says(/Metrics and health at (\S+):/)
          const [, url = ""] = yield* service.says(served)
          const ready = Effect.promise(async () => (await fetch(`${seen}/readyz`)).status)
          return { service, ready, client: Effect.provide(DispatchClientGrpc.layer({ url })) }
        })
        const fill = Effect.sync(() => {
          const { bavail, bsize } = statfsSync(place)
          writeFileSync(filler, Buffer.alloc(bavail * bsize))
        })
        const before = yield* start
        const made = yield* before.client(create)
        yield* before.service.signal("SIGKILL")
        yield* before.service.end
        assert.isTrue(existsSync(`${store}-wal`))
        yield* fill
        const { client, ready, service } = yield* start
        const listed = Effect.flatMap(DispatchClient, (client) => Stream.runCollect(client.list(one)))
        assert.deepStrictEqual(
          (yield* client(listed)).map(({ id }) => id),
          [made.id]
        )
        const refused = yield* Effect.flip(client(create))
        assert.include(refused.message, "no space is left for the database")
        assert.lengthOf(yield* client(listed), 1)
        assert.strictEqual(yield* ready, 200)
        yield* service.says(/The store fails in insert: database or disk is full/)
        rmSync(filler)
        yield* client(create)
        assert.lengthOf(yield* client(listed), 2)
        yield* service.signal("SIGTERM")
        assert.strictEqual((yield* service.end).code, 0)
        // A graceful stop has moved the log into the database, and removed its index.
        assert.isFalse(existsSync(`${store}-shm`))
        yield* fill
        const unable = yield* running("serve", "--port", "0", "--store", `sqlite:${store}`)
        yield* unable.says(/cannot be opened: no space is left/)
        assert.notStrictEqual((yield* unable.end).code, 0)
        const { bsize } = statfsSync(place)
        truncateSync(filler, statSync(filler).size - 32_768 - 2 * bsize)
        const again = yield* start
        assert.lengthOf(yield* again.client(listed), 2)
      }).pipe(Effect.scoped),
    60_000
  )
})
