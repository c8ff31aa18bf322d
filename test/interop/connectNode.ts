/** The implementation of Connect for Node, as a service. Its client is that of the tests of the server. */
import * as http2 from "node:http2"
import type { AddressInfo } from "node:net"
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf"
import { Code, ConnectError, type ConnectRouter, type HandlerContext } from "@connectrpc/connect"
import { connectNodeAdapter } from "@connectrpc/connect-node"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import { Effect } from "effect"
import { type Canned, microgrids, type ServiceMaker } from "./peers.ts"

const waiting = ({ signal }: HandlerContext, onCancel: () => void): Promise<never> =>
  new Promise((_, reject) =>
    signal.addEventListener("abort", () => {
      onCancel()
      reject(new ConnectError("called off", Code.Canceled))
    })
  )

const refusal = (status: Uint8Array): ConnectError => {
  const { code, details, message } = fromBinary(Protobuf.StatusSchema, status)
  const error = new ConnectError(message, code)
  error.details = details.map(({ typeUrl, value }) => ({
    type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
    value
  }))
  return error
}

/** The one message of an answer, for a microgrid. */
const first = async <Schema extends DescMessage>(
  { large, status }: Canned,
  schema: Schema,
  bytes: Uint8Array,
  microgridId: bigint,
  context: HandlerContext,
  onCancel: () => void
): Promise<MessageShape<Schema>> => {
  if (microgridId === microgrids.refuses) throw refusal(status)
  if (microgridId === microgrids.waits) return await waiting(context, onCancel)
  if (microgridId === microgrids.adds) context.responseTrailer.set("more-bin", "AP8")
  return fromBinary(schema, microgridId === microgrids.overflows ? large : bytes)
}

const routes = (canned: Canned, onCancel: () => void) => (router: ConnectRouter) => {
  const { method } = Protobuf.MicrogridDispatchService
  router.rpc(method.getMicrogridDispatch, ({ microgridId }, context) =>
    first(canned, Protobuf.GetMicrogridDispatchResponseSchema, canned.get, microgridId, context, onCancel)
  )
  router.rpc(method.streamMicrogridDispatches, async function* ({ microgridId }, context) {
    const schema = Protobuf.StreamMicrogridDispatchesResponseSchema
    const event = await first(canned, schema, canned.event, microgridId, context, onCancel)
    const breaks = microgridId === microgrids.breaks
    for (let count = 0; count < (breaks ? 3 : canned.events); count++) yield event
    if (breaks) throw new ConnectError("broken", Code.Unavailable)
  })
}

export const connectNode: ServiceMaker = {
  name: "connect-node",
  service: (canned, streamsMax) =>
    Effect.gen(function* () {
      let cancellations = 0
      const handler = connectNodeAdapter({ routes: routes(canned, () => cancellations++) })
      const server = yield* Effect.acquireRelease(
        Effect.sync(() => http2.createServer({ settings: { maxConcurrentStreams: streamsMax } }, handler)),
        (made) => Effect.sync(() => made.close())
      )
      yield* Effect.callback<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      })
      const { port } = server.address() as AddressInfo
      return { port, cancellations: Effect.sync(() => cancellations) }
    })
}
