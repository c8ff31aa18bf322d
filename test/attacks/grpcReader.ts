/**
 * A reader in a process of its own, `node grpcReader.ts PORT KEY COUNT`: it opens so many event streams, prints a line
 * once they are open, and reads what comes.
 */
import * as http2 from "node:http2"
import { call, messages } from "./grpc.ts"

const [, , port = "", key = "", count = ""] = process.argv
const session = http2.connect(`http://127.0.0.1:${port}`)
let open = 0
for (let stream = 0; stream < Number(count); stream++) {
  const events = call(session, "StreamMicrogridDispatches", { key })
  events.on("response", () => {
    if (++open === Number(count)) console.log("open")
  })
  events.resume()
  events.end(messages.stream)
}
