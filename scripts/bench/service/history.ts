/** A year of runs of a microgrid, and the time that reading a part of it takes. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import * as ReportCodec from "@effect-dispatch/api/ReportCodec"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { RunFilter } from "@effect-dispatch/core/ReportedRun"
import * as DispatchStorePostgres from "@effect-dispatch/server/DispatchStorePostgres"
import * as DispatchStoreSqlite from "@effect-dispatch/server/DispatchStoreSqlite"
import * as ReportService from "@effect-dispatch/server/ReportService"
import { PgClient } from "@effect/sql-pg"
import { DateTime, Effect, Layer, Redacted, Result } from "effect"
import { isAvailable, postgresInUse } from "../../../test/integration/postgresServer.ts"
import { percentile } from "../shared/statistics.ts"

const microgridId = MicrogridId.make(1n)
const dispatches = 1_000
const days = 365
const dayMillis = 86_400_000
/** The beginning of 2026. */
const begin = 1_767_225_600_000

const bytes = Result.getOrThrow(
  ReportCodec.encodeReport({
    epoch: 0n,
    number: 1n,
    run: {
      dispatch: {
        id: DispatchId.make(500n),
        type: "CHARGE",
        dryRun: false,
        updateTime: 1_767_225_600_000_000_000n
      },
      occurrence: DateTime.makeUnsafe(begin),
      until: DateTime.makeUnsafe(begin + 600_000),
      fate: {
        _tag: "Ran",
        from: DateTime.makeUnsafe(begin + 12),
        lateMillis: 12,
        to: DateTime.makeUnsafe(begin + 600_000),
        onMillis: 599_988
      },
      failures: [],
      failuresTotal: 0,
      outcome: { energy_kwh: 12.5 }
    }
  })
)

/** Writes the year past the service, which would take minutes: each dispatch runs once a day, one in 500 is missed. */
const fill = (filename: string): void => {
  const database = new DatabaseSync(filename)
  database.exec(
    "INSERT INTO reporters (microgrid_id, reporter, name, reports, days) VALUES (1, 'a', 'plant-7', 365000, 365)"
  )
  const insert = database.prepare(`
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${dispatches * days - 1})
    INSERT INTO reports (reporter_id, dispatch_id, planned_time, kind, microgrid_id, epoch, number, verdict, time, data)
    SELECT 1, 1 + n % ${dispatches}, ${begin} + ${dayMillis} * (n / ${dispatches}) + 60000 * (n % ${dispatches}),
      'live CHARGE', 1, 0, n, CASE WHEN n % 500 = 7 THEN 'Missed' ELSE 'Ran' END, ${begin} + n, ?
    FROM numbers`)
  database.exec("BEGIN")
  insert.run(bytes)
  database.exec(`
    WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${days - 1})
    INSERT INTO report_days (microgrid_id, day, type, reporter_id, tally, time)
    SELECT 1, ${begin / dayMillis} + n, 'CHARGE', 1,
      '{"ran":998,"running":0,"unknown":0,"missed":{"LateWakeUp":2},"late":{"14":998},"onMillis":598800000}', ${begin}
    FROM numbers`)
  database.exec("COMMIT")
  database.close()
}

/** The same in PostgreSQL. */
const fillPostgres = (url: string) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    yield* sql`INSERT INTO reporters (microgrid_id, reporter, name, reports, days)
      VALUES (1, 'a', 'plant-7', 365000, 365)`
    yield* sql`
      INSERT INTO reports (reporter_id, dispatch_id, planned_time, kind, microgrid_id, epoch, number, verdict, time, data)
      SELECT 1, 1 + n % 1000, ${BigInt(begin)} + 86400000 * (n / 1000) + 60000 * (n % 1000), 'live CHARGE', 1, 0, n,
        CASE WHEN n % 500 = 7 THEN 'Missed' ELSE 'Ran' END, ${BigInt(begin)} + n, ${Buffer.from(bytes)}
      FROM generate_series(0::bigint, 364999) AS n`
    yield* sql`
      INSERT INTO report_days (microgrid_id, day, type, reporter_id, tally, time)
      SELECT 1, ${BigInt(begin / dayMillis)} + n, 'CHARGE', 1,
        '{"ran":998,"running":0,"unknown":0,"missed":{"LateWakeUp":2},"late":{"14":998},"onMillis":598800000}',
        ${BigInt(begin)}
      FROM generate_series(0::bigint, 364) AS n`
    yield* sql`ANALYZE`
  }).pipe(Effect.provide(PgClient.layer({ url: Redacted.make(url) })))

type Service = ReportService.ReportService["Service"]

/** A whole listing, page by page: the time of its slowest page, in milliseconds. */
const slowestPage = Effect.fnUntraced(function* (service: Service, filter: RunFilter) {
  let token: string | undefined = ""
  let slowest = 0
  let count = 0
  while (token !== undefined) {
    const began = performance.now()
    const page: ReportService.RunPage = yield* service.list({
      microgridId,
      filter,
      pageSize: 1_000,
      pageToken: token
    })
    slowest = Math.max(slowest, performance.now() - began)
    count += page.runs.length
    token = page.nextPageToken
  }
  return { slowest, count }
})

const timed = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.map(
    Effect.all([Effect.sync(() => performance.now()), effect]),
    ([began]) => performance.now() - began
  )

const measure = Effect.gen(function* () {
  const service = yield* ReportService.ReportService
  const ofDays: Array<number> = []
  for (let day = 3; day < days; day += 9) {
    const from = DateTime.makeUnsafe(begin + day * dayMillis)
    const { count, slowest } = yield* slowestPage(service, { from, to: DateTime.add(from, { days: 1 }) })
    if (count !== dispatches) return yield* Effect.die(new Error(`a day has ${count} runs`))
    ofDays.push(slowest)
  }
  const ofOne = yield* slowestPage(service, { ids: [DispatchId.make(77n)] })
  const missed = yield* slowestPage(service, { missed: true })
  const last = yield* timed(service.last(microgridId, { after: 0n }))
  const summary = yield* timed(service.days(microgridId, { from: 0, to: 100_000 }, ""))
  return {
    day: percentile(ofDays, 0.99),
    "a year of one dispatch": ofOne.slowest,
    missed: missed.slowest,
    "last runs": last,
    summary
  }
})

/** The milliseconds that each part takes, at the 99th percentile of days. */
export type History = Effect.Success<typeof measure>

/** The same over PostgreSQL; none where there is none. */
export const historyInPostgres = async (): Promise<History | undefined> => {
  if (!isAvailable) return undefined
  const measured = Effect.gen(function* () {
    const server = yield* postgresInUse
    const url = yield* server.database
    const store = Layer.fresh(DispatchStorePostgres.layer({ url: Redacted.make(url) }))
    yield* Effect.scoped(Layer.build(store))
    yield* fillPostgres(url)
    return yield* Effect.provide(measure, Layer.provide(Layer.fresh(ReportService.layer), store))
  })
  return Effect.runPromise(Effect.scoped(measured))
}

/** The same over SQLite. */
export const history = async (): Promise<History> => {
  const folder = mkdtempSync(join(tmpdir(), "dispatch-bench-"))
  const filename = join(folder, "store.sqlite")
  const store = Layer.fresh(DispatchStoreSqlite.layer({ filename, synchronous: "NORMAL" }))
  try {
    await Effect.runPromise(Effect.scoped(Layer.build(store)))
    fill(filename)
    return await Effect.runPromise(
      Effect.provide(measure, Layer.provide(Layer.fresh(ReportService.layer), store))
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}
