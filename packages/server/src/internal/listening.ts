/** Listening on an address, and the failure to do so. */
import type * as http from "node:http"
import type * as http2 from "node:http2"
import { Effect, Schema } from "effect"

/**
 * The server could not listen.
 *
 * @category errors
 * @since 0.1.0
 */
export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", {
  reason: Schema.Literals([
    "AddressInUse",
    "AddressNotAvailable",
    "PermissionDenied",
    "Certificate",
    "Unencrypted",
    "Page",
    "Other"
  ]),
  message: Schema.String
}) {}

/** Listens; at most so many connections are open at the same time. */
export const listen = (
  server: http.Server | http2.Http2Server | http2.Http2SecureServer,
  {
    connectionsMax,
    host,
    port
  }: { readonly connectionsMax: number; readonly host: string; readonly port: number }
): Effect.Effect<void, ListenError> =>
  Effect.callback((resume) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      resume(Effect.fail(listenError(error, host, port)))
    )
    server.maxConnections = connectionsMax
    server.listen(port, host, () => resume(Effect.void))
  })

const listenReasons: { readonly [code: string]: readonly [ListenError["reason"], string] } = {
  EADDRINUSE: ["AddressInUse", "is in use by another process"],
  EADDRNOTAVAIL: ["AddressNotAvailable", "is not an address of this machine"],
  ENOTFOUND: ["AddressNotAvailable", "is not known"],
  EACCES: ["PermissionDenied", "may not be used by this user"]
}

const listenError = (error: NodeJS.ErrnoException, host: string, port: number): ListenError => {
  const [reason, what] =
    listenReasons[error.code ?? ""] ?? (["Other", `cannot be used: ${error.message}`] as const)
  return new ListenError({ reason, message: `${host}:${port} ${what}` })
}
