/** The shared worker: one for each microgrid and key, however many pages show it. */
import * as Host from "./host.ts"
import * as Session from "./session.ts"

declare const self: { readonly location: Location; onconnect?: (event: MessageEvent) => void }

/** Takes in a page. Where browsers have no shared workers, the page loads this module and calls it. */
export const enter = Host.make((options, pages, asked) =>
  Session.run({ url: `${self.location.origin}/api`, ...options }, pages, asked)
)

if (typeof window === "undefined") {
  self.onconnect = ({ ports: [port] }) => {
    if (port !== undefined) enter(port)
  }
}
