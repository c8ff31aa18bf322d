/** The shared worker: one for each microgrid and key, however many pages show it. */
import * as Host from "./host.ts"

declare const self: { readonly location: Location; onconnect?: (event: MessageEvent) => void }

/** Takes in a page. Where browsers have no shared workers, the page loads this module and calls it. */
export const enter = Host.make(`${self.location.origin}/api`)

if (typeof window === "undefined") {
  self.onconnect = ({ ports: [port] }) => {
    if (port !== undefined) enter(port)
  }
}
