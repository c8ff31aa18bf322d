import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, FileSystem, Layer, Option } from "effect"
import { clockFor, localClock } from "../../src/input/zone.ts"
import { clock } from "../fixtures.ts"

interface Machine {
  readonly env?: Record<string, string>
  /** The file that `/etc/localtime` is a link to; absent if there is no such file. */
  readonly link?: string
  /** The content of `/etc/timezone`. */
  readonly written?: string
}

const on = ({ env = {}, link, written = "" }: Machine) =>
  Layer.merge(
    ConfigProvider.layer(ConfigProvider.fromEnvRecord(env)),
    FileSystem.layerNoop({
      exists: () => Effect.succeed(link !== undefined),
      realPath: (path) => Effect.succeed(path === "/etc/localtime" ? (link ?? path) : path),
      readFileString: () => Effect.succeed(written)
    })
  )

const local = (machine: Machine) => Effect.provide(localClock, on(machine))
const nameOf = (machine: Machine) => Effect.map(local(machine), ({ timeZone }) => timeZone)

describe("the local zone", () => {
  it.effect("is that of TZ, by name or by the path of a file", () =>
    Effect.gen(function* () {
      const link = "/usr/share/zoneinfo/Asia/Kolkata"
      assert.strictEqual(yield* nameOf({ env: { TZ: "europe/berlin" }, link }), "Europe/Berlin")
      assert.strictEqual(yield* nameOf({ env: { TZ: ":America/New_York" }, link }), "America/New_York")
      assert.strictEqual(
        yield* nameOf({ env: { TZ: ":/usr/share/zoneinfo/Australia/Sydney" } }),
        "Australia/Sydney"
      )
      assert.strictEqual(yield* nameOf({ env: { TZ: "/etc/localtime" }, link }), "Asia/Kolkata")
      assert.strictEqual(yield* nameOf({ env: { TZ: "" }, link }), "Asia/Kolkata")
    })
  )

  it.effect("is that of the file to which /etc/localtime leads, else the one that is written down", () =>
    Effect.gen(function* () {
      for (const folder of ["/usr/share/zoneinfo/", "/var/db/timezone/zoneinfo/", "/etc/zoneinfo/posix/"]) {
        const link = `${folder}America/Argentina/Ushuaia`
        assert.strictEqual(yield* nameOf({ link, written: "Europe/Berlin\n" }), "America/Argentina/Ushuaia")
      }
      assert.strictEqual(
        yield* nameOf({ link: "/etc/localtime", written: "Europe/Berlin\n" }),
        "Europe/Berlin"
      )
      assert.strictEqual(yield* nameOf({}), "UTC")
    })
  )

  it.effect("is refused and never guessed where it has no name that is known, with an example", () =>
    Effect.gen(function* () {
      const refused: ReadonlyArray<readonly [Machine, RegExp]> = [
        [{ env: { TZ: "CET-1CEST,M3.5.0,M10.5.0/3" } }, /^TZ "CET-1CEST,.*" is no time zone/],
        [{ env: { TZ: "<+03>-3" } }, /is no time zone/],
        [{ env: { TZ: "+02:00" } }, /is no time zone/],
        [{ env: { TZ: "Europe/Berln" } }, /is no time zone/],
        [{ env: { TZ: "/tmp/my.zone" } }, /^TZ "\/tmp\/my.zone" is no file of the zone database/],
        [
          { link: "/etc/localtime" },
          /^\/etc\/localtime ".*" is no file of the zone database, .*: set TZ to one/
        ],
        [{ link: "/usr/share/zoneinfo/Factory" }, /"Factory" is no time zone/]
      ]
      for (const [machine, why] of refused) {
        const error = yield* Effect.flip(local(machine))
        assert.match(error.message, why)
        assert.strictEqual(error.example, "TZ=Europe/Berlin")
      }
    })
  )
})

describe("the zone of a rule", () => {
  it.effect("is --zone, else DISPATCH_ZONE, else the local one", () =>
    Effect.gen(function* () {
      const found = (flag: string | undefined, env: Record<string, string>) =>
        clockFor(flag === undefined ? Option.none() : Option.some(clock(flag))).pipe(
          Effect.map(({ timeZone }) => timeZone),
          Effect.provide(on({ env }))
        )
      const env = { DISPATCH_ZONE: "Asia/Tokyo", TZ: "Europe/Berlin" }
      assert.strictEqual(yield* found("Europe/Paris", env), "Europe/Paris")
      assert.strictEqual(yield* found(undefined, env), "Asia/Tokyo")
      assert.strictEqual(yield* found(undefined, { ...env, DISPATCH_ZONE: "" }), "Europe/Berlin")
      // A TZ that does not count is not looked at.
      assert.strictEqual(yield* found("Europe/Paris", { TZ: "CET-1CEST" }), "Europe/Paris")
      const error = yield* Effect.flip(found(undefined, { DISPATCH_ZONE: "Z" }))
      assert.strictEqual(error.example, "DISPATCH_ZONE=Europe/Berlin")
    })
  )
})
