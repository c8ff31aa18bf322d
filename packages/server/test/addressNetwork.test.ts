import { assert, it } from "@effect/vitest"
import { networkOf } from "../src/internal/grpc/addressNetwork.ts"

it("addresses of IPv6 belong to one party by their first 64 bits, however they are written; those of IPv4 by all", () => {
  const network = "2001:db8:0:1"
  for (const address of [
    "2001:db8:0:1::",
    "2001:db8:0:1::7",
    "2001:db8:0:1:ffff:0:0:7",
    "2001:db8::1:0:0:0:7"
  ])
    assert.strictEqual(networkOf(address), network, address)
  assert.notStrictEqual(networkOf("2001:db8:0:2::7"), network)
  assert.strictEqual(networkOf("::1"), "0:0:0:0")
  assert.notStrictEqual(networkOf("192.0.2.1"), networkOf("192.0.2.2"))
  assert.notStrictEqual(networkOf("::ffff:192.0.2.1"), networkOf("::ffff:192.0.2.2"))
})
