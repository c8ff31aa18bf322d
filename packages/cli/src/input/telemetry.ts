/** Flags of commands that can be watched from outside. */
import { Flag } from "effect/cli"
import { anyText, portOf, setting } from "./settings.ts"

/** The address for metrics and health. */
export const telemetryFlags = {
  metricsPort: setting("metrics-port", "PORT", "DISPATCH_METRICS_PORT", portOf).pipe(
    Flag.withDescription(
      "Answer GET /metrics, /healthz and /readyz on this port, 0 for any that is free; else DISPATCH_METRICS_PORT, else not at all"
    ),
    Flag.optional
  ),
  metricsHost: setting("metrics-host", "ADDRESS", "DISPATCH_METRICS_HOST", anyText).pipe(
    Flag.withDescription(
      "Address of that port; else DISPATCH_METRICS_HOST, else 127.0.0.1, which only this machine reaches"
    ),
    Flag.withDefault("127.0.0.1")
  )
}
