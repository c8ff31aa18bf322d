/** The shared worker: one for each microgrid and key, however many pages show it. */
import * as Host from "./host.ts"

declare const self: { readonly location: Location; onconnect: (event: MessageEvent) => void }

const enter = Host.make(`${self.location.origin}/api`)

self.onconnect = ({ ports: [port] }) => {
  if (port !== undefined) enter(port)
}
