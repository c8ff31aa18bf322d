/** Deeds of other programs and careless operators upon the file of a running service. */
import { execFile, execFileSync, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import { DatabaseSync } from "node:sqlite"
import { promisify } from "node:util"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import { AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import { DateTime, Duration, Effect, Exit, Fiber, Layer, Logger } from "effect"

export const site = MicrogridId.make(1n)

/** Runs statements of SQLite in a program of its own. */
export const elsewhere = (filename: string, statements: string): void => {
  const program = `new (require("node:sqlite").DatabaseSync)(process.argv[1]).exec(process.argv[2])`
  execFileSync(process.execPath, ["-e", program, filename, statements], { stdio: "pipe" })
}

/** Has the index of the log tell of more moved pages than there are. */
export const spoilIndex = (filename: string): void => {
  const command = `printf '\\377\\377\\377\\377' | dd of='${filename}-shm' bs=1 seek=96 conv=notrunc`
  execFileSync("sh", ["-c", command], { stdio: "ignore" })
}

/** A program that has read the file, and keeps it open for the life of the scope. */
export const openElsewhere = (filename: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const program = `
        const database = new (require("node:sqlite").DatabaseSync)(process.argv[1])
        database.exec("SELECT count(*) FROM dispatches")
        console.log("open")
        setInterval(() => database.isOpen, 1000)`
      const child = spawn(process.execPath, ["-e", program, filename], {
        stdio: ["ignore", "pipe", "ignore"]
      })
      await new Promise((resolve) => child.stdout.once("data", resolve))
      return child
    }),
    (child) => Effect.sync(() => child.kill())
  )

/** A program that writes and moves the log for so many milliseconds; gives how often it moved it. */
export const busyElsewhere = (filename: string, millis: number) =>
  Effect.promise(async () => {
    const program = `
      const database = new (require("node:sqlite").DatabaseSync)(process.argv[1], { timeout: 1000 })
      database.exec("CREATE TABLE notes (data BLOB)")
      const kinds = ["PASSIVE", "TRUNCATE", "RESTART", "FULL"]
      let moves = 0
      for (const end = Date.now() + ${millis}; Date.now() < end; moves++)
        try {
          for (let count = 0; count < 5; count++) database.exec("INSERT INTO notes VALUES (zeroblob(50000))")
          database.exec("PRAGMA wal_checkpoint(" + kinds[moves % 4] + ")")
        } catch {}
      console.log(moves)`
    const { stdout } = await promisify(execFile)(process.execPath, ["-e", program, filename])
    return Number(stdout)
  })

/** A folder that goes with the scope. */
export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "dispatch-file-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** A service on a file; what it logs goes into `logged`. */
export const service = (filename: string, logged: Array<string> = []) =>
  Layer.fresh(DispatchService.layer).pipe(
    Layer.provideMerge(Layer.fresh(DispatchStoreSqlite.layer({ filename, synchronous: "NORMAL" }))),
    Layer.provide(Logger.layer([Logger.make(({ message }) => void logged.push(String(message)))]))
  )

/** Creates a dispatch that is accepted. */
export const create = Effect.gen(function* () {
  const { create } = yield* DispatchService.DispatchService
  const startTime = DateTime.addDuration(yield* DateTime.now, Duration.hours(1))
  return yield* create(site, {
    type: "CHARGE",
    startTime,
    duration: Duration.minutes(10),
    target: Target.componentIds(1n)
  })
})

/** The longest time, in milliseconds, for which the event loop did nothing else, while an effect runs. */
const longestBlock = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    let longest = 0
    let last = performance.now()
    const timer = setInterval(() => {
      const now = performance.now()
      longest = Math.max(longest, now - last)
      last = now
    }, 2)
    return effect.pipe(
      Effect.map((value) => ({ value, longest })),
      Effect.ensuring(Effect.sync(() => clearInterval(timer)))
    )
  })

/**
 * Another program holds the write lock for 7 s, while many write at once, and some later. Gives what each of them was told,
 * and after how many milliseconds.
 */
export const heldFromManyWriters = ({ late, many }: { readonly many: number; readonly late: number }) =>
  Effect.gen(function* () {
    const filename = join(yield* folder, "store.sqlite")
    return yield* Effect.gen(function* () {
      yield* create
      const shell = new DatabaseSync(filename)
      shell.exec("BEGIN IMMEDIATE")
      const one = Effect.gen(function* () {
        const began = performance.now()
        const { _tag } = yield* Effect.exit(create)
        return { _tag, took: performance.now() - began }
      })
      const all = (count: number) =>
        Effect.forkChild(Effect.replicateEffect(one, count, { concurrency: "unbounded" }))
      const first = yield* all(many)
      yield* Effect.sleep("3 seconds")
      const second = yield* all(late)
      yield* Effect.sleep("4 seconds")
      shell.close()
      return { first: yield* Fiber.join(first), second: yield* Fiber.join(second) }
    }).pipe(Effect.provide(service(filename)))
  })

/**
 * Another program holds the write lock for so long, while several write (also keys) and others read. Gives how the writes
 * ended, how many reads were served, how long the event loop was blocked, and whether a write is served afterwards.
 */
export const heldLock = ({ millis, writers }: { readonly millis: number; readonly writers: number }) =>
  Effect.gen(function* () {
    const filename = join(yield* folder, "store.sqlite")
    return yield* Effect.gen(function* () {
      yield* create
      const { list } = yield* DispatchService.DispatchService
      const keys = yield* AccessKeyStore
      const shell = new DatabaseSync(filename)
      shell.exec("BEGIN IMMEDIATE")
      const writes = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: writers }), () => Effect.exit(create), {
          concurrency: "unbounded"
        })
      )
      const nonce = yield* Effect.forkChild(
        Effect.exit(Effect.flatMap(DateTime.now, (now) => keys.useNonce("key", "nonce", now)))
      )
      let reads = 0
      const reading = Effect.forever(
        Effect.andThen(list(site, {}), Effect.sleep("10 millis")).pipe(
          Effect.tap(() => Effect.sync(() => reads++))
        )
      )
      const { longest } = yield* longestBlock(Effect.timeoutOption(reading, millis))
      shell.exec("COMMIT")
      shell.close()
      const ended = yield* Fiber.join(writes)
      return {
        succeeded: ended.filter(Exit.isSuccess).length,
        failures: [...new Set(ended.filter(Exit.isFailure).map(({ cause }) => String(cause)))],
        nonce: (yield* Fiber.join(nonce))._tag,
        reads,
        longest,
        afterwards: (yield* Effect.exit(create))._tag
      }
    }).pipe(Effect.provide(service(filename)))
  })

/**
 * The index of the log is overwritten while many write and one reads, on a disc that each commit waits for; a second
 * later the service is stopped. Gives how many writes were acknowledged, what others were told, and the longest block.
 */
export const indexOverwritten = (filename: string) =>
  Effect.gen(function* () {
    const { list } = yield* DispatchService.DispatchService
    let acknowledged = 0
    const failures = new Set<string>()
    const writing = Effect.matchEffect(create, {
      onSuccess: () => Effect.sync(() => acknowledged++),
      onFailure: ({ message }) =>
        Effect.andThen(
          Effect.sync(() => failures.add(message)),
          Effect.sleep("10 millis")
        )
    })
    const reading = Effect.andThen(Effect.ignore(list(site, { pageSize: 1 })), Effect.sleep("2 millis"))
    const work = yield* Effect.forkChild(
      Effect.all(
        [reading, ...Array.from({ length: 8 }, () => writing)].map((each) => Effect.forever(each)),
        { concurrency: "unbounded" }
      )
    )
    const { longest } = yield* longestBlock(
      Effect.gen(function* () {
        yield* Effect.repeat(Effect.sleep("20 millis"), { until: () => acknowledged > 30 })
        // Closing a file of SQLite here would release its locks, so another process does it.
        const random = ["if=/dev/urandom", `of=${filename}-shm`, "bs=32768", "count=1", "conv=notrunc"]
        yield* Effect.promise(() => promisify(execFile)("dd", random))
        yield* Effect.sleep("1 second")
      })
    )
    yield* Fiber.interrupt(work)
    return { acknowledged, failures, longest }
  }).pipe(
    Effect.provide(
      Layer.fresh(DispatchService.layer).pipe(
        Layer.provideMerge(Layer.fresh(DispatchStoreSqlite.layer({ filename })))
      )
    )
  )
