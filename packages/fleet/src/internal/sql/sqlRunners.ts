/** The processes of a fleet: their heartbeats, and the end of their locks (F7). */
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { DateTime, Duration, Effect, Option } from "effect"
import type { SqlClient } from "effect/sql/SqlClient"
import { type FleetError, mismatch } from "../../FleetError.ts"
import {
  answerTimeout,
  enteredMax,
  heartbeatAgeMax,
  runnerForgottenAfter,
  suspectMovesMax,
  suspectWindow
} from "../../FleetLimits.ts"
import type { FleetStore, KnownRunner } from "../../FleetStore.ts"
import { answered } from "../answered.ts"
import { seconds, type Tables } from "./fleetTables.ts"

type Runners = Pick<
  FleetStore["Service"],
  "admit" | "join" | "beat" | "leave" | "drain" | "runners" | "runner" | "suspect" | "enter" | "restless"
>

interface Row {
  readonly address: string
  readonly engine: string
  readonly draining: boolean
  readonly started: number
  readonly age: number
  readonly locks: boolean
}

/** Sessions of a process that hold locks. It has one; the others must live on. */
const lockSessions = `SELECT a.pid, a.application_name FROM pg_stat_activity AS a
  WHERE a.datname = current_database()
    AND a.pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)`

const columns = `r.address, r.engine, r.draining, (extract(epoch FROM r.started) * 1000)::float8 AS started,
  (extract(epoch FROM clock_timestamp() - r.heartbeat) * 1000)::float8 AS age,
  EXISTS (SELECT 1 FROM (${lockSessions}) AS s WHERE s.application_name = r.address) AS locks`

export const make = (sql: SqlClient, tables: Tables, name: string): Runners => {
  const { runners } = tables
  const ask = <Found extends object>(statement: string, given: ReadonlyArray<unknown> = []) =>
    answered(sql.unsafe<Found>(statement, given), answerTimeout)
  const found = (where: string, given: ReadonlyArray<unknown> = []) =>
    Effect.map(ask<Row>(`SELECT ${columns} FROM ${runners} AS r ${where}`, given), (rows) =>
      rows.map(toRunner)
    )
  const runner = (address: string) =>
    Effect.map(found("WHERE r.address = $1", [address]), ([row]) => Option.fromUndefinedOr(row))
  return {
    ...joining({ ask, found, runner }, tables, name),
    beat: (address) =>
      Effect.map(
        ask<{ readonly address: string; readonly draining: boolean }>(beat(tables), [address]),
        (rows) => ({
          others: rows.flatMap((row) => (row.address === address ? [] : [row.address])),
          isListed: rows.some((row) => row.address === address),
          isDraining: rows.some((row) => row.address === address && row.draining)
        })
      ),
    leave: (address) => Effect.asVoid(ask(`DELETE FROM ${runners} WHERE address = $1`, [address])),
    drain: (address) =>
      Effect.map(
        ask(`UPDATE ${runners} SET draining = TRUE WHERE address = $1 RETURNING 1 AS one`, [address]),
        ({ length }) => length > 0
      ),
    runners: found("ORDER BY r.address"),
    runner,
    ...judgements(ask, tables)
  }
}

type Ask = <Found extends object>(
  statement: string,
  given?: ReadonlyArray<unknown>
) => Effect.Effect<ReadonlyArray<Found>, FleetError>

type Found = (
  where: string,
  given?: ReadonlyArray<unknown>
) => Effect.Effect<ReadonlyArray<KnownRunner>, FleetError>

interface Questions {
  readonly ask: Ask
  readonly found: Found
  readonly runner: Runners["runner"]
}

/** The way of a process into the list. */
const joining = (
  { ask, found, runner }: Questions,
  { runners }: Tables,
  name: string
): Pick<Runners, "admit" | "join"> => {
  const checkEngine = Effect.fnUntraced(function* (address: string, engine: string) {
    const others = yield* found("WHERE r.address <> $1", [address])
    const other = others.find(({ engine: its, heartbeatAge }) => its !== engine && isAlive(heartbeatAge))
    if (other === undefined) return
    return yield* mismatch(
      `fleet ${name} runs on the engine ${other.engine} (${other.address}), and this process on ${engine}: stop all first`
    )
  })
  return {
    admit: Effect.fnUntraced(function* (address, engine) {
      yield* checkEngine(address, engine)
      const age = ageOf(yield* runner(address))
      if (!isAlive(age)) return
      // Its last heartbeat may be that of a process that died a moment ago.
      yield* Effect.sleep(Duration.subtract(heartbeatAgeMax, age))
      if (!isAlive(ageOf(yield* runner(address)))) return
      return yield* addressTaken(name, address)
    }),
    join: Effect.fnUntraced(function* (address, engine) {
      yield* checkEngine(address, engine)
      const joined = yield* ask(
        `INSERT INTO ${runners} AS r (address, engine) VALUES ($1, $2)
         ON CONFLICT (address) DO UPDATE
         SET engine = EXCLUDED.engine, started = now(), heartbeat = now(), draining = FALSE
         WHERE r.heartbeat < clock_timestamp() - ${seconds(heartbeatAgeMax)} RETURNING 1 AS one`,
        [address, engine]
      )
      // Both were admitted, and the other was faster.
      if (joined.length === 0) return yield* addressTaken(name, address)
    })
  }
}

const addressTaken = (name: string, address: string) =>
  mismatch(`another process of fleet ${name} has the address ${address}: each needs one of its own`)

/** Suspicions of processes, and the buckets that move by them. */
const judgements = (ask: Ask, tables: Tables): Pick<Runners, "suspect" | "enter" | "restless"> => ({
  suspect: (address, suspicion) =>
    Effect.gen(function* () {
      // To find out what was entered takes longer than to end the locks.
      const ended = yield* ask(suspicion === "Dead" ? lockless(tables) : endLocks(tables), [address])
      if (ended.length === 0) return []
      const noted = yield* ask<{ readonly bucket: number }>(note(tables), [address])
      return noted.map(({ bucket }) => bucket)
    }),
  enter: ({ epoch, microgridId }) =>
    Effect.asVoid(
      ask(
        `UPDATE ${tables.microgrids} SET entered = clock_timestamp() WHERE id = $1::text::numeric AND epoch = $2`,
        [String(microgridId), epoch]
      )
    ),
  restless: Effect.map(ask<RestlessRow>(restless(tables)), (rows) =>
    rows.map(({ bucket, entered, moves }) => ({
      bucket,
      moves,
      entered: entered.map((id) => MicrogridId.make(BigInt(id)))
    }))
  )
})

/** One that was forgotten meanwhile is not put back by its heartbeat: it joins again. */
const beat = ({ runners }: Tables): string =>
  `WITH beat AS (UPDATE ${runners} SET heartbeat = clock_timestamp() WHERE address = $1),
   forgotten AS (DELETE FROM ${runners}
     WHERE address <> $1 AND heartbeat < now() - ${seconds(runnerForgottenAfter)})
   SELECT address, draining FROM ${runners}`

/** The heartbeat is looked at once more by the statement that acts on it; gives nothing if it is not late. */
const endLocks = ({ runners }: Tables): string =>
  `WITH late AS (
     SELECT address FROM ${runners}
     WHERE address = $1 AND heartbeat < clock_timestamp() - ${seconds(heartbeatAgeMax)}
   ), ended AS (
     SELECT pg_terminate_backend(s.pid) FROM (${lockSessions}) AS s JOIN late ON s.application_name = late.address
   )
   SELECT late.address FROM late, (SELECT count(*) FROM ended) AS e`

/** Gives nothing if it holds locks: it has come back. Its last heartbeat may be that of a moment ago. */
const lockless = ({ runners }: Tables): string =>
  `SELECT r.address FROM ${runners} AS r
   WHERE r.address = $1 AND NOT EXISTS (SELECT 1 FROM (${lockSessions}) AS s WHERE s.application_name = r.address)`

/** The sites of a bucket whose code was entered last: it was built with care, or told of an edge. */
const enteredLast = ({ edges, microgrids }: Tables, bucket: string): string =>
  `ARRAY(
     SELECT m.id::text FROM ${microgrids} AS m LEFT JOIN (
       SELECT microgrid, max(written_time) AS at FROM ${edges}
       WHERE written_time >= now() - interval '1 minute' GROUP BY microgrid
     ) AS e ON e.microgrid = m.id
     WHERE m.bucket = ${bucket} AND greatest(m.entered, e.at) IS NOT NULL
     ORDER BY greatest(m.entered, e.at) DESC LIMIT ${enteredMax}
   )`

/** Of buckets in which something is to run: no other one has code that could block a process. */
const note = (tables: Tables): string =>
  `WITH trimmed AS (
     DELETE FROM ${tables.suspicions} WHERE at < now() - ${seconds(suspectWindow)}
   )
   INSERT INTO ${tables.suspicions} (bucket, epoch, runner, entered)
   SELECT b.bucket, b.epoch, b.owner, ${enteredLast(tables, "b.bucket")}
   FROM ${tables.buckets} AS b WHERE b.owner = $1
     AND EXISTS (SELECT 1 FROM ${tables.microgrids} AS w WHERE w.bucket = b.bucket AND w.wanted)
   ON CONFLICT DO NOTHING RETURNING bucket`

interface RestlessRow {
  readonly bucket: number
  readonly moves: number
  readonly entered: ReadonlyArray<string>
}

const restless = ({ suspicions }: Tables): string =>
  `WITH recent AS (
     SELECT bucket, entered FROM ${suspicions} WHERE at >= now() - ${seconds(suspectWindow)}
   )
   SELECT r.bucket, count(*)::integer AS moves, ARRAY(
     SELECT id FROM recent AS o, unnest(o.entered) WITH ORDINALITY AS u (id, place)
     WHERE o.bucket = r.bucket GROUP BY id ORDER BY count(*) DESC, min(place) LIMIT ${enteredMax}
   ) AS entered
   FROM recent AS r GROUP BY r.bucket HAVING count(*) >= ${suspectMovesMax} ORDER BY r.bucket`

const isAlive = (age: Duration.Duration) => Duration.isLessThanOrEqualTo(age, heartbeatAgeMax)

/** The age of the last heartbeat of a process; of one that is not there it is endless. */
const ageOf = (runner: Option.Option<KnownRunner>): Duration.Duration =>
  Option.match(runner, { onNone: () => Duration.infinity, onSome: ({ heartbeatAge }) => heartbeatAge })

const toRunner = ({ address, age, draining, engine, locks, started }: Row): KnownRunner => ({
  address,
  engine,
  startedAt: DateTime.makeUnsafe(started),
  heartbeatAge: Duration.millis(Math.max(0, age)),
  isDraining: draining,
  holdsLocks: locks
})
