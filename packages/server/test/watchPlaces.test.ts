import {
  healthWatchesMax,
  healthWatchesPerMiddleNetworkMax,
  healthWatchesPerWideNetworkMax
} from "@effect-dispatch/server/ServiceLimits"
import { assert, describe, it } from "@effect/vitest"
import { WatchPlaces } from "../src/internal/watchPlaces.ts"

/** Takes places from addresses until each has none; gives the number taken. */
const greedy = (places: WatchPlaces, addresses: ReadonlyArray<string>): number => {
  let taken = 0
  for (const address of addresses) while (places.take(address) === undefined) taken++
  return taken
}

const networks = (site: string, numbers: ReadonlyArray<number>) =>
  numbers.map((number) => `${site}:${number.toString(16)}::1`)

describe("watches of health", () => {
  it("a site of IPv6 takes a part of the places, however many of its networks it comes from", () => {
    const places = new WatchPlaces()
    const all = Array.from({ length: 600 }, (_, index) => index)
    assert.strictEqual(greedy(places, networks("2001:db8:0", all)), healthWatchesPerWideNetworkMax)
    assert.isUndefined(places.take("2001:db8:1:9::1"))
    assert.isUndefined(places.take("192.0.2.1"))
  })

  it("so does a household, by 56 bits", () => {
    const places = new WatchPlaces()
    assert.strictEqual(
      greedy(places, networks("2001:db8:0", [0, 1, 2, 255])),
      healthWatchesPerMiddleNetworkMax
    )
    assert.isUndefined(places.take("2001:db8:0:100::1"))
  })

  it("there are no more than so many in all, and one that is given back is there for the next", () => {
    const places = new WatchPlaces()
    const addresses = Array.from({ length: 100 }, (_, index) => `192.0.2.${index}`)
    assert.strictEqual(greedy(places, addresses), healthWatchesMax)
    assert.include(places.take("198.51.100.1"), `${healthWatchesMax} watches`)
    places.give("192.0.2.0")
    assert.isUndefined(places.take("198.51.100.1"))
  })
})
