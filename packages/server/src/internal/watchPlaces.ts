/** The places of those who watch health without a key: no address, and no site of IPv6, takes all of them. */
import {
  healthWatchesMax,
  healthWatchesPerAddressMax,
  healthWatchesPerMiddleNetworkMax,
  healthWatchesPerWideNetworkMax
} from "../ServiceLimits.ts"
import { networkOf, wideNetworksOf } from "./grpc/addressNetwork.ts"

interface Bound {
  readonly name: string
  readonly most: number
}

/** The networks that an address belongs to, each with the most that may come from it. */
const boundsOf = (address: string | undefined): ReadonlyArray<Bound> => {
  const all = { name: "all", most: healthWatchesMax }
  const narrow = { name: networkOf(address), most: healthWatchesPerAddressMax }
  const wider = wideNetworksOf(address)
  if (wider === undefined) return [all, narrow]
  const [wide, middle] = wider
  return [
    all,
    { name: wide, most: healthWatchesPerWideNetworkMax },
    { name: middle, most: healthWatchesPerMiddleNetworkMax },
    narrow
  ]
}

/** The number of watches in all, and from each network. */
export class WatchPlaces {
  readonly #taken = new Map<string, number>()

  /** Takes a place, or tells why there is none. */
  take(address: string | undefined): string | undefined {
    const bounds = boundsOf(address)
    const full = bounds.find(({ most, name }) => (this.#taken.get(name) ?? 0) >= most)
    if (full !== undefined)
      return full.name === "all"
        ? `there are ${full.most} watches`
        : `there are ${full.most} watches from this address or its network`
    for (const { name } of bounds) this.#taken.set(name, (this.#taken.get(name) ?? 0) + 1)
    return undefined
  }

  /** Gives a place back. */
  give(address: string | undefined): void {
    for (const { name } of boundsOf(address)) {
      const left = (this.#taken.get(name) ?? 1) - 1
      if (left > 0) this.#taken.set(name, left)
      else this.#taken.delete(name)
    }
  }
}
