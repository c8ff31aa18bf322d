/** The settings that each session asks PostgreSQL for, so that none holds up others for long. */
import { Duration } from "effect"
import { postgresProbeDelay, postgresProbeInterval, postgresTransactionIdleMax } from "../../ServiceLimits.ts"

/** The settings of a session whose statements may take so long. */
export const settings = (statementTimeout: Duration.Duration): Readonly<Record<string, string>> => ({
  statement_timeout: String(Duration.toMillis(statementTimeout)),
  lock_timeout: String(Duration.toMillis(statementTimeout)),
  idle_in_transaction_session_timeout: String(Duration.toMillis(postgresTransactionIdleMax)),
  ...probes
})

const probesMax = 3

/** Has PostgreSQL find connections of a host that vanished. */
const probes = {
  tcp_keepalives_idle: String(Duration.toSeconds(postgresProbeDelay)),
  tcp_keepalives_interval: String(Duration.toSeconds(postgresProbeInterval)),
  tcp_keepalives_count: String(probesMax),
  tcp_user_timeout: String(
    Duration.toMillis(postgresProbeDelay) + probesMax * Duration.toMillis(postgresProbeInterval)
  )
}
