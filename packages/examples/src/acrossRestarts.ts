import { DispatcherGrpc } from "@effect-dispatch/client"
import { MicrogridId } from "@effect-dispatch/core"

/** The dispatcher of a microgrid that knows, after a restart, what was announced before. */
export const dispatcherOf = (microgrid: bigint, directory: string) =>
  DispatcherGrpc.layerConfig({ microgridId: MicrogridId.make(microgrid), persistence: directory })
