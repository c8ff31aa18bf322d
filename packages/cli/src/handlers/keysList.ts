import { type AccessKey, AccessKeyStore } from "@effect-dispatch/server/AccessKeyStore"
import { DateTime, Effect } from "effect"
import { displayWidth } from "effect/cli/CliOutput"
import * as Json from "../output/json.ts"
import { pad } from "../output/layout.ts"
import { bold, dim, print, tell } from "../output/terminal.ts"
import * as Text from "../output/text.ts"
import * as Times from "../output/times.ts"
import { programName } from "../programName.ts"
import { explainStore, presentKeysLayer } from "./stores.ts"

interface Options {
  readonly store: string
  readonly json: boolean
  readonly utc: boolean
}

/** A key as a JSON value: all about it but itself. */
export const accessKey = (key: AccessKey) => ({
  id: key.id,
  name: key.name,
  rights: key.rights,
  microgrids: key.microgrids === "all" ? "all" : key.microgrids.map(String),
  signed: key.secret !== undefined,
  createTime: DateTime.formatIso(key.createdAt),
  revokeTime: key.revokedAt === undefined ? null : DateTime.formatIso(key.revokedAt),
  flaw: key.flaw?.message ?? null
})

const headings = ["ID", "NAME", "RIGHTS", "MICROGRIDS", "SIGNED", "CREATED", "STATE"]

const cells = (key: AccessKey, times: Times.Times): ReadonlyArray<string> => [
  key.id,
  Text.safe(key.name),
  key.rights.join(","),
  key.microgrids === "all" ? "all" : key.microgrids.join(","),
  key.secret === undefined ? "no" : "yes",
  times.instant(key.createdAt),
  stateOf(key, times)
]

const stateOf = ({ flaw, revokedAt }: AccessKey, times: Times.Times): string =>
  flaw !== undefined
    ? "unreadable"
    : revokedAt === undefined
      ? "valid"
      : `revoked ${times.instant(revokedAt)}`

/** Lists keys. */
export const run = Effect.fnUntraced(function* ({ json, store, utc }: Options) {
  const keys = yield* Effect.flatMap(AccessKeyStore, (held) => Effect.mapError(held.keys, explainStore)).pipe(
    Effect.provide(presentKeysLayer(store))
  )
  if (json) return yield* Effect.forEach(keys, (key) => Json.line(accessKey(key)), { discard: true })
  if (keys.length === 0) {
    return yield* tell(
      `There are no keys. Make one with: ${yield* programName} keys add NAME --microgrids all`
    )
  }
  const times = yield* Times.forScreen({ utc })
  const rows = [headings, ...keys.map((key) => cells(key, times))]
  const widths = headings.map((_, column) => Math.max(...rows.map((row) => displayWidth(row[column] ?? ""))))
  for (const [index, row] of rows.entries()) {
    const line = row
      .map((text, column) => pad(text, widths[column] ?? 0))
      .join("  ")
      .trimEnd()
    yield* print(index === 0 ? bold(line) : keys[index - 1]?.revokedAt === undefined ? line : dim(line))
  }
})
