/** Frames of HTTP/2 as bytes, right or wrong, on a socket of their own (RFC 9113, section 6). */
import * as net from "node:net"
import { Effect } from "effect"
import type { Target } from "./grpc.ts"

/** A frame: its type, its flags, the stream it is of, and its content. */
export const frameOf = (type: number, flags: number, stream: number, payload: Uint8Array): Buffer => {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head.writeUInt8(type, 3)
  head.writeUInt8(flags, 4)
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

const none = new Uint8Array(0)

const words = (...values: ReadonlyArray<number>): Buffer => {
  const made = Buffer.alloc(4 * values.length)
  values.forEach((value, index) => made.writeUInt32BE(value, 4 * index))
  return made
}

/** Headers by literal fields that no table holds (RFC 7541, section 6.2.2). */
const block = (headers: { readonly [name: string]: string }): Buffer => {
  const text = (value: string) => Buffer.concat([Buffer.of(value.length), Buffer.from(value)])
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)])
  )
}

const call = (key: string): Buffer =>
  block({
    ":method": "POST",
    ":scheme": "http",
    ":path": "/frequenz.api.dispatch.v1.MicrogridDispatchService/CreateMicrogridDispatch",
    ":authority": "x",
    "content-type": "application/grpc",
    te: "trailers",
    key
  })

const endOfHeaders = 4

/** A flood: the frame with this number, from 0 on, to a target with this key. */
export type Flood = (index: number, key: string) => Buffer

const streamOf = (index: number): number => 2 * index + 1

/** Frames that cost their sender little. */
export const floods: { readonly [name: string]: Flood } = {
  pings: () => frameOf(6, 0, 0, words(0, 0)),
  settings: () => frameOf(4, 0, 0, none),
  "rapid resets": (index, key) =>
    Buffer.concat([
      frameOf(1, endOfHeaders, streamOf(index), call(key)),
      frameOf(3, 0, streamOf(index), words(8))
    ]),
  "headers without end": (index, key) =>
    index === 0 ? frameOf(1, 0, 1, call(key)) : frameOf(9, 0, 1, block({ x: "x".repeat(100) })),
  "empty data": (index, key) =>
    Buffer.concat([...(index === 0 ? [frameOf(1, endOfHeaders, 1, call(key))] : []), frameOf(0, 0, 1, none)]),
  "window updates": () => frameOf(8, 0, 0, words(1)),
  priorities: (index) => frameOf(2, 0, streamOf(index), Buffer.concat([words(0), Buffer.of(1)])),
  "half messages": (index, key) =>
    Buffer.concat([
      frameOf(1, endOfHeaders, streamOf(index), call(key)),
      frameOf(0, 0, streamOf(index), Buffer.of(0, 0))
    ]),
  "unknown frames": (index) => frameOf(0x42, 0, 0, Buffer.alloc(100, index)),
  noise: (index) => Buffer.from(Array.from({ length: 64 }, (_, at) => (index * 31 + at * 7) % 256))
}

/** Calls whose messages never come, with a key. */
export const callsAtOnce =
  (key: string): Flood =>
  (index) =>
    frameOf(1, endOfHeaders, streamOf(index), call(key))

/** Sends so many frames of a flood on one connection, as fast as they are taken; ends with it, or with the last. */
export const send = ({ key, port }: Target, flood: Flood, count: number): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const socket = net.connect(port, "127.0.0.1")
    const end = () => resume(Effect.sync(() => socket.destroy()))
    socket.on("error", () => {}).on("close", end)
    socket.resume()
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    socket.write(frameOf(4, 0, 0, none))
    let sent = 0
    const more = () => {
      while (sent < count && !socket.destroyed) if (!socket.write(flood(sent++, key))) return
      if (sent === count) setTimeout(end, 100)
    }
    socket.on("drain", more)
    socket.once("connect", more)
  })
