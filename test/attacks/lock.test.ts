/** One service a file, whatever an operator does to its lock, to its name, and to the files beside it. */
import { existsSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { folder, run, serving } from "../integration/program.ts"

/** A change to the file of a running service; gives the name by which another is started then. */
const attacks: Readonly<Record<string, (filename: string) => string>> = {
  "its lock file is removed": (filename) => {
    rmSync(`${filename}.lock`)
    return filename
  },
  "its lock file is replaced": (filename) => {
    rmSync(`${filename}.lock`)
    writeFileSync(`${filename}.lock`, "")
    return filename
  },
  "it is moved beside the -shm of another": (filename) => {
    renameSync(filename, `${filename}.moved`)
    writeFileSync(`${filename}.moved-shm`, "")
    return `${filename}.moved`
  },
  "it is moved with all that is beside it": (filename) => {
    for (const end of ["", "-wal", "-shm"]) renameSync(`${filename}${end}`, `${filename}.moved${end}`)
    return `${filename}.moved`
  }
}

describe("the lock of a file", () => {
  for (const [name, attack] of Object.entries(attacks)) {
    it.live(
      `goes by inode: ${name}, and no second service starts; the first one writes no more`,
      () =>
        Effect.gen(function* () {
          const filename = join(yield* folder, "store.sqlite")
          const first = yield* serving("--store", `sqlite:${filename}`)
          assert.strictEqual((yield* run("keys", "list", "--store", `sqlite:${filename}`)).code, 0)
          const moved = attack(filename)
          // Only Linux tells who has a file.
          if (existsSync("/proc/self/fd")) {
            const { code, err } = yield* run("serve", "--port", "0", "--store", `sqlite:${moved}`)
            assert.notStrictEqual(code, 0)
            assert.include(err, `in use by process ${first.pid}, by another name or without its lock file`)
          }
          yield* first.says(/The store cannot be used: .*was (removed|replaced) while it was in use/)
          yield* first.signal("SIGTERM")
          yield* first.end
          const second = yield* serving("--store", `sqlite:${moved}`)
          yield* second.signal("SIGTERM")
        }).pipe(Effect.scoped),
      60_000
    )
  }
})

describe("the index of the log (-shm)", () => {
  it.live(
    "that was cut off is made anew by the next start, as the log says, and everything is there",
    () =>
      Effect.gen(function* () {
        const store = ["--store", `sqlite:${join(yield* folder, "store.sqlite")}`]
        const first = yield* serving(...store)
        assert.strictEqual((yield* run("keys", "add", "plant", "--microgrids", "all", ...store)).code, 0)
        truncateSync(`${store[1]?.slice("sqlite:".length)}-shm`, 0)
        const [line] = yield* first.says(/The store cannot be used: .*/)
        assert.include(line, "start the service again")
        assert.notInclude(line, "backup")
        yield* first.signal("SIGKILL")
        yield* first.end
        yield* serving(...store)
        assert.include((yield* run("keys", "list", ...store)).out, "plant")
      }).pipe(Effect.scoped),
    60_000
  )
})
