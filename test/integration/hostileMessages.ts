/** Requests that no client in its right mind would send, drawn from a seed. */
import { create, toBinary } from "@bufbuild/protobuf"
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire"
import { timestampFromMs } from "@bufbuild/protobuf/wkt"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import { Chance } from "@effect-dispatch/testing/Chance"

/** A request as it goes over the wire. */
export interface HostileRequest {
  readonly kind: string
  readonly method: string
  /** The bytes after the headers, frames and all. */
  readonly body: Uint8Array
  readonly headers?: Record<string, string>
}

/** Draws numbers below a limit and bytes as well. */
class HostileChance extends Chance {
  below(limit: number): number {
    return this.int(0, limit - 1)
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256))
  }
}

/** A message as gRPC frames it. */
export const framed = (message: Uint8Array, flag = 0, length = message.length): Uint8Array => {
  const frame = new Uint8Array(5 + message.length)
  const view = new DataView(frame.buffer)
  view.setUint8(0, flag)
  view.setUint32(1, length)
  frame.set(message, 5)
  return frame
}

const methods = [
  "ListMicrogridDispatches",
  "GetMicrogridDispatch",
  "CreateMicrogridDispatch",
  "UpdateMicrogridDispatch",
  "DeleteMicrogridDispatch"
] as const

const uint64Max = 18_446_744_073_709_551_615n

/** A dispatch to be created that would be accepted, but for what is changed. */
const creation = (startMillis: number) =>
  create(Protobuf.CreateMicrogridDispatchRequestSchema, {
    microgridId: 1n,
    dispatchData: {
      type: "CHARGE",
      startTime: timestampFromMs(startMillis),
      duration: 60,
      target: { components: { case: "componentIds", value: { ids: [1n] } } },
      isActive: true
    }
  })

type Creation = ReturnType<typeof creation>

const bytesOf = (message: Creation): Uint8Array =>
  toBinary(Protobuf.CreateMicrogridDispatchRequestSchema, message)

/** A payload that nests as deep as asked for, written by hand: encoders would refuse or overflow. */
const deepPayload = (depth: number): Uint8Array => {
  const made = deepPayloads.get(depth) ?? makeDeepPayload(depth)
  deepPayloads.set(depth, made)
  return made
}

const deepPayloads = new Map<number, Uint8Array>()

const makeDeepPayload = (depth: number): Uint8Array => {
  let value = new Uint8Array([0x11, 0, 0, 0, 0, 0, 0, 0, 0])
  for (let level = 0; level < depth; level++) {
    const entry = new BinaryWriter()
      .tag(1, WireType.LengthDelimited)
      .string("a")
      .tag(2, WireType.LengthDelimited)
      .bytes(value)
      .finish()
    const struct = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(entry).finish()
    value = new Uint8Array(new BinaryWriter().tag(5, WireType.LengthDelimited).bytes(struct).finish())
  }
  const entry = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string("a")
    .tag(2, WireType.LengthDelimited)
    .bytes(value)
    .finish()
  return new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(entry).finish()
}

/** Adds a payload, as bytes, to the data of a creation: later fields of a message replace or join earlier ones. */
const withPayload = (message: Creation, payload: Uint8Array): Uint8Array => {
  const data = new BinaryWriter().tag(7, WireType.LengthDelimited).bytes(payload).finish()
  const more = new BinaryWriter().tag(2, WireType.LengthDelimited).bytes(data).finish()
  return Buffer.concat([bytesOf(message), more])
}

/** Every kind of request there is, made for a moment at which its start lies ahead. */
const kinds: {
  readonly [kind: string]: (chance: HostileChance, start: number) => Omit<HostileRequest, "kind">
} = {
  noise: (chance) => ({ method: chance.pick(methods), body: framed(chance.bytes(chance.below(300))) }),
  unframed: (chance) => ({ method: chance.pick(methods), body: chance.bytes(chance.below(40)) }),
  falseLength: (chance, start) => ({
    method: "CreateMicrogridDispatch",
    body: framed(bytesOf(creation(start)), 0, chance.pick([0, 1, 1_000, 4_294_967_295]))
  }),
  falseFlag: (chance, start) => ({
    method: "CreateMicrogridDispatch",
    body: framed(bytesOf(creation(start)), 1 + chance.below(255))
  }),
  twoMessages: (_, start) => ({
    method: "CreateMicrogridDispatch",
    body: Buffer.concat([framed(bytesOf(creation(start))), framed(bytesOf(creation(start)))])
  }),
  flipped: (chance, start) => {
    const body = bytesOf(creation(start))
    for (let flips = 1 + chance.below(4); flips > 0; flips--)
      body[chance.below(body.length)] = chance.below(256)
    return { method: chance.pick(methods), body: framed(body) }
  },
  cut: (chance, start) => {
    const body = bytesOf(creation(start))
    return { method: "CreateMicrogridDispatch", body: framed(body.subarray(0, chance.below(body.length))) }
  },
  wrongTypes: (chance) => {
    const writer = new BinaryWriter()
    for (let fields = 1 + chance.below(6); fields > 0; fields--) {
      const number = 1 + chance.below(9)
      switch (chance.below(4)) {
        case 0:
          writer.tag(number, WireType.Varint).uint64(uint64Max)
          break
        case 1:
          writer.tag(number, WireType.Bit64).fixed64(uint64Max)
          break
        case 2:
          writer.tag(number, WireType.Bit32).fixed32(chance.below(4_294_967_295))
          break
        default:
          writer.tag(number, WireType.LengthDelimited).bytes(chance.bytes(chance.below(20)))
      }
    }
    return { method: chance.pick(methods), body: framed(writer.finish()) }
  },
  deep: (chance, start) => ({
    method: "CreateMicrogridDispatch",
    body: framed(withPayload(creation(start), deepPayload(chance.pick([5, 6, 50, 99, 500, 3_000]))))
  }),
  wide: (chance, start) => {
    const message = creation(start)
    const size = chance.pick([1_001, 1_001, 1_001, 4_000])
    const data = message.dispatchData as NonNullable<typeof message.dispatchData>
    if (chance.below(2) === 0) {
      data.target = create(Protobuf.TargetComponentsSchema, {
        components: {
          case: "componentIds",
          value: { ids: Array.from({ length: size }, (_, id) => BigInt(id)) }
        }
      })
    } else {
      data.payload = Object.fromEntries(Array.from({ length: size }, (_, key) => [`k${key}`, key]))
    }
    return { method: "CreateMicrogridDispatch", body: framed(bytesOf(message)) }
  },
  long: (chance, start) => {
    const message = creation(start)
    const data = message.dispatchData as NonNullable<typeof message.dispatchData>
    data.type = chance.pick(["x", "ä", "\0", "\u202e", "𝄞"]).repeat(chance.pick([0, 257, 50_000]))
    return { method: "CreateMicrogridDispatch", body: framed(bytesOf(message)) }
  },
  notFinite: (chance, start) => {
    const struct = new BinaryWriter()
    const number = chance.pick([Number.NaN, Infinity, -Infinity])
    const value = new BinaryWriter().tag(2, WireType.Bit64).double(number).finish()
    const entry = new BinaryWriter()
      .tag(1, WireType.LengthDelimited)
      .string("n")
      .tag(2, WireType.LengthDelimited)
      .bytes(value)
      .finish()
    struct.tag(1, WireType.LengthDelimited).bytes(entry)
    return { method: "CreateMicrogridDispatch", body: framed(withPayload(creation(start), struct.finish())) }
  },
  prototypes: (chance, start) => {
    const entries = ["__proto__", "constructor", "prototype", "toString", "then", "toJSON"].map((key) => {
      const value = new BinaryWriter().tag(3, WireType.LengthDelimited).string("evil").finish()
      return new BinaryWriter()
        .tag(1, WireType.LengthDelimited)
        .string(key)
        .tag(2, WireType.LengthDelimited)
        .bytes(value)
        .finish()
    })
    const struct = new BinaryWriter()
    for (const entry of entries.slice(0, 1 + chance.below(entries.length)))
      struct.tag(1, WireType.LengthDelimited).bytes(entry)
    return { method: "CreateMicrogridDispatch", body: framed(withPayload(creation(start), struct.finish())) }
  },
  largeIds: (chance) => {
    const id = chance.pick([uint64Max, 2n ** 63n, 2n ** 63n - 1n, 0n])
    const writer = new BinaryWriter()
    writer.tag(1, WireType.Varint).uint64(chance.pick([1n, id]))
    writer.tag(2, WireType.Varint).uint64(id)
    return {
      method: chance.pick(["GetMicrogridDispatch", "DeleteMicrogridDispatch"]),
      body: framed(writer.finish())
    }
  },
  times: (chance, start) => {
    const message = creation(start)
    const data = message.dispatchData as NonNullable<typeof message.dispatchData>
    data.startTime = {
      ...timestampFromMs(0),
      seconds: chance.pick([2n ** 63n - 1n, -(2n ** 63n), 253_402_300_799n, 253_402_300_800n, 0n]),
      nanos: chance.pick([0, -1, 999_999_999, 1_000_000_000, -2_147_483_648])
    }
    data.duration = chance.pick([0, 4_294_967_295])
    return { method: "CreateMicrogridDispatch", body: framed(bytesOf(message)) }
  },
  rules: (chance, start) => {
    const message = creation(start)
    const data = message.dispatchData as NonNullable<typeof message.dispatchData>
    const any = (): number => chance.pick([0, 1, 31, 59, 60, 4_294_967_295])
    data.recurrence = create(Protobuf.RecurrenceRuleSchema, {
      freq: chance.below(9),
      interval: chance.pick([0, 1, 10_000, 10_001, 4_294_967_295]),
      byminutes: Array.from({ length: chance.below(5) }, any),
      byhours: Array.from({ length: chance.below(5) }, any),
      byweekdays: Array.from({ length: chance.below(3) }, () => chance.below(10)),
      bymonthdays: Array.from({ length: chance.below(3) }, () =>
        chance.pick([-32, -31, 0, 31, 2_147_483_647])
      ),
      bymonths: Array.from({ length: chance.below(3) }, any)
    })
    if (chance.below(2) === 0) {
      data.recurrence.endCriteria = create(Protobuf.RecurrenceRule_EndCriteriaSchema, {
        countOrUntil: { case: "count", value: chance.pick([0, 1, 4_096, 4_097, 4_294_967_295]) }
      })
    }
    return { method: "CreateMicrogridDispatch", body: framed(bytesOf(message)) }
  },
  masks: (chance) => {
    const paths = [
      "__proto__",
      "constructor",
      "",
      ".",
      "recurrence.",
      "dispatch_id",
      "type",
      "payload.a",
      "x".repeat(9_999)
    ]
    const message = create(Protobuf.UpdateMicrogridDispatchRequestSchema, {
      microgridId: 1n,
      dispatchId: BigInt(1 + chance.below(3)),
      updateMask: { paths: Array.from({ length: 1 + chance.below(4) }, () => chance.pick(paths)) },
      update: { isActive: true }
    })
    return {
      method: "UpdateMicrogridDispatch",
      body: framed(toBinary(Protobuf.UpdateMicrogridDispatchRequestSchema, message)),
      headers:
        chance.below(2) === 0
          ? {}
          : { "if-update-time": chance.pick(["", "-1", "1e3", "9".repeat(99), "0x1"]) }
    }
  },
  listings: (chance) => {
    const message = create(Protobuf.ListMicrogridDispatchesRequestSchema, {
      microgridId: 1n,
      filter: {
        queries: Array.from({ length: chance.below(3) }, () =>
          chance.pick(["#", "#-1", `#${"9".repeat(40)}`, "%", "\0", "'; --"])
        ),
        dispatchIds: Array.from({ length: chance.below(3) }, () => uint64Max)
      },
      sortOptions: { sortField: chance.below(9), sortOrder: chance.below(9) },
      paginationParams: {
        params:
          chance.below(2) === 0
            ? { case: "pageToken", value: Buffer.from(chance.bytes(chance.below(200))).toString("base64url") }
            : { case: "pageSize", value: chance.pick([0, 1, 4_294_967_295]) }
      }
    })
    return {
      method: "ListMicrogridDispatches",
      body: framed(toBinary(Protobuf.ListMicrogridDispatchesRequestSchema, message))
    }
  },
  strangers: (chance) => ({
    method: chance.pick([
      "Nothing",
      "",
      "../etc/passwd",
      "CreateMicrogridDispatch/x",
      "%00",
      "x".repeat(2_000)
    ]),
    body: framed(chance.bytes(20))
  }),
  headers: (chance) => ({
    method: chance.pick(methods),
    body: framed(new Uint8Array()),
    headers: chance.pick<Record<string, string>>([
      { "grpc-timeout": "99999999999S" },
      { "grpc-timeout": "-1S" },
      { "grpc-timeout": "1n" },
      { "grpc-encoding": "gzip" },
      { "grpc-encoding": "br" },
      { "content-type": "application/grpc+json" },
      { "content-type": "text/html" },
      { key: "k".repeat(8_000), sig: "?", ts: "NaN", nonce: "\u00ff" }
    ])
  })
}

const names = Object.keys(kinds)

/** So many requests, of every kind in turn. */
export function* hostileRequests(seed: number, count: number, start: number): Generator<HostileRequest> {
  const chance = new HostileChance(seed)
  for (let index = 0; index < count; index++) {
    const kind = names[index % names.length] as string
    const make = kinds[kind] as (typeof kinds)[string]
    yield { kind, ...make(chance, start) }
  }
}
