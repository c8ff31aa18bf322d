import { DispatcherGrpc } from "@effect-dispatch/client"
import { MicrogridId } from "@effect-dispatch/core"

/** The dispatcher of a microgrid that reports what really ran, under the name of the plant. */
export const reportingDispatcherOf = (microgrid: bigint, directory: string) =>
  DispatcherGrpc.layerConfig({
    microgridId: MicrogridId.make(microgrid),
    persistence: `${directory}/state`,
    journal: { directory: `${directory}/journal`, name: `plant ${microgrid}` },
    report: true
  })
