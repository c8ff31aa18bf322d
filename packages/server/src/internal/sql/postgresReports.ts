/** `ReportStore` in PostgreSQL. */
import type { SqlClient } from "effect/sql/SqlClient"
import { postgresTurnLength } from "../../ListingLimits.ts"
import { ReportStore } from "../../ReportStore.ts"
import * as PostgresHolders from "./postgresHolders.ts"
import { bounded, takingTurns } from "./postgresTurns.ts"
import * as SqlDispatches from "./sqlDispatches.ts"
import * as SqlReports from "./sqlReports.ts"

/**
 * Reports are written in transactions of several statements. One that stands still holds up the reports of its reporter
 * alone.
 */
export const make = ({
  connectionsMax,
  sql
}: {
  readonly connectionsMax: number
  readonly sql: SqlClient
}): ReportStore["Service"] => {
  const alone = SqlDispatches.transaction(sql)
  const unblocked = PostgresHolders.make(sql)
  const turns = { take: bounded, length: postgresTurnLength }
  const inner = SqlReports.make({ sql, transact: alone, tidy: alone, turns })
  const inTurn = takingTurns(connectionsMax, unblocked)
  return ReportStore.of({
    ...inner,
    report: (batch) => inTurn(batch.microgridId, inner.report(batch)),
    pruneReports: (...args) => bounded(unblocked(inner.pruneReports(...args))),
    trimReports: (...args) => bounded(unblocked(inner.trimReports(...args)))
  })
}
