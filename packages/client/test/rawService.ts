/** A service that sends frames of HTTP/2 byte by byte, also such as Node's would not (RFC 9113, section 6). */
import * as net from "node:net"
import { Effect } from "effect"

const frameOf = (type: number, flags: number, stream: number, payload: Uint8Array): Buffer => {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** Fields that no table holds (RFC 7541, section 6.2.2). */
const block = (fields: { readonly [name: string]: string }): Buffer => {
  const text = (value: string) => Buffer.concat([Buffer.of(value.length), Buffer.from(value)])
  return Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)])
  )
}

/** Frames of a stream. */
export const frames = {
  headers: (stream: number, fields: { readonly [name: string]: string }) =>
    frameOf(1, 4, stream, block(fields)),
  trailers: (stream: number, fields: { readonly [name: string]: string }) =>
    frameOf(1, 5, stream, block(fields)),
  data: (stream: number, bytes: Uint8Array) => frameOf(0, 0, stream, bytes),
  reset: (stream: number, code: number) => frameOf(3, 0, stream, Buffer.of(0, 0, 0, code)),
  settings: () => frameOf(4, 0, 0, Buffer.alloc(0))
}

const preface = Buffer.byteLength("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

/** Listens, and answers each stream with bytes; pings and settings are answered as they must be. */
export const rawService = (answer: (stream: number) => Uint8Array) =>
  Effect.gen(function* () {
    const server = net.createServer((socket) => {
      let held = Buffer.alloc(0)
      let at = preface
      socket.on("error", () => undefined)
      socket.write(frames.settings())
      socket.on("data", (chunk: Buffer) => {
        held = Buffer.concat([held, chunk])
        while (held.length >= at + 9 && held.length >= at + 9 + held.readUIntBE(at, 3)) {
          const payload = held.subarray(at + 9, at + 9 + held.readUIntBE(at, 3))
          const [type, flags, stream] = [
            held.readUInt8(at + 3),
            held.readUInt8(at + 4),
            held.readUInt32BE(at + 5)
          ]
          at += 9 + payload.length
          if (type === 1) socket.write(answer(stream))
          if (type === 6 && flags === 0) socket.write(frameOf(6, 1, 0, payload))
          if (type === 4 && flags === 0) socket.write(frameOf(4, 1, 0, Buffer.alloc(0)))
        }
      })
    })
    yield* Effect.acquireRelease(
      Effect.callback<void>((resume) => void server.listen(0, "127.0.0.1", () => resume(Effect.void))),
      () => Effect.sync(() => server.close())
    )
    return (server.address() as net.AddressInfo).port
  })
