/** A collector that takes everything and keeps nothing; it prints the port it listens on. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const server = createServer((request, response) => {
  request.resume()
  request.once("end", () => response.end())
})
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port))
