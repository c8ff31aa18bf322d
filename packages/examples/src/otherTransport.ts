import { createGrpcTransport } from "@connectrpc/connect-node"
import { DispatchClientGrpc } from "@effect-dispatch/client"

/** The client of a service on this machine, through the transport of connect for Node. */
export const clientOf = (port: number) =>
  DispatchClientGrpc.layer({
    url: `grpc://127.0.0.1:${port}?ssl=false`,
    transport: createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` })
  })
