/** Loaded first, it takes the counting and tracing of changes out of the core: `node --import ./bare.ts`. */
import { registerHooks } from "node:module"

const nothing = `
import { Effect } from "effect"
const none = () => {}
export const make = () =>
  Effect.succeed({ changes: none, missed: none, events: none, anomaly: none, forgotten: none, learned: none })
`

let isTakenOut = false

registerHooks({
  load: (url, context, next) => {
    if (!url.endsWith("/core/src/internal/site/siteTelemetry.ts")) return next(url, context)
    isTakenOut = true
    return { format: "module", source: nothing, shortCircuit: true }
  }
})

process.on("exit", () => {
  if (!isTakenOut) throw new Error("what counts and traces is not where it was: nothing was taken out")
})
