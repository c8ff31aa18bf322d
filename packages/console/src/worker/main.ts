/** The shared worker: one for each microgrid and key, however many pages show it. */
import * as Host from "./host.ts"
import * as Session from "./session.ts"

declare const self: { readonly location: Location; onconnect?: (event: MessageEvent) => void }

const serve: Host.Serving = (options, pages, asked) =>
  Session.run({ url: `${self.location.origin}/api`, ...options }, pages, asked)

/** Where browsers have no shared workers, the page loads this module, and each of its links is served until it leaves. */
export const enter = (port: MessagePort): void => Host.make(serve, { ends: "with the page" })(port)

if (typeof window === "undefined") {
  const enterShared = Host.make(serve, { ends: "with the worker" })
  self.onconnect = ({ ports: [port] }) => {
    if (port !== undefined) enterShared(port)
  }
}
