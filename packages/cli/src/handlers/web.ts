/** The console of a service that runs here. Loaded by `--web` alone. */
import type { AccessControl } from "@effect-dispatch/server/AccessControl"
import type { DispatchService } from "@effect-dispatch/server/DispatchService"
import * as WebServer from "@effect-dispatch/server/WebServer"
import type { ListenError } from "@effect-dispatch/server/GrpcServer"
import { Effect, Layer } from "effect"
import { tell } from "../output/terminal.ts"
import { Failure } from "../UsageError.ts"
import { pageFolder } from "./webPage.ts"

/** The listener for browsers, with the page that it shows. */
export const layer = (
  options: Omit<WebServer.WebServerOptions, "page">
): Layer.Layer<WebServer.WebServer, Failure, AccessControl | DispatchService> =>
  Layer.unwrap(
    Effect.map(pageFolder, (page) =>
      Layer.catch(WebServer.layer({ ...options, page }), (error) =>
        Layer.unwrap(Effect.fail(explain(error, "--web")))
      )
    )
  )

/** The reason why the console could not be started, and the remedy by the flag of its port. */
export const explain = (error: ListenError, flag: "--web" | "--port"): Failure => {
  const remedy =
    error.reason === "AddressInUse" ? `. Give another port: ${flag} 0 takes any that is free` : ""
  return new Failure({ message: `The console: ${error.message}${remedy}` })
}

/** Says where the console is. */
export const announce = Effect.fnUntraced(function* (
  name: string,
  scheme: "http" | "https",
  path: `/${string}` | "" = ""
) {
  const { port } = yield* WebServer.WebServer
  yield* tell(`Console at ${scheme}://${name}:${port}${path}`)
})
