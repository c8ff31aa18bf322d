import { fromBinary } from "@bufbuild/protobuf"
import * as Codec from "@effect-dispatch/api/DispatchCodec"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as Canned from "../bench/service/canned.ts"
const bytes = Canned.answers.ListMicrogridDispatches!
const cpu = (f: () => void, n: number) => { const a = process.cpuUsage(); for (let i = 0; i < n; i++) f(); const b = process.cpuUsage(a); return (b.user + b.system) / n / 100 }
let page = fromBinary(Protobuf.ListMicrogridDispatchesResponseSchema, bytes)
const parse = () => { page = fromBinary(Protobuf.ListMicrogridDispatchesResponseSchema, bytes) }
const dec = () => { page.dispatches.map(Codec.decodeRecord) }
for (let r = 0; r < 4; r++) console.log("parse us/dispatch", cpu(parse, 3000).toFixed(2), "decode", cpu(dec, 3000).toFixed(2))
