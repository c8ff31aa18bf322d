/** The network that an address belongs to: who has one address of it may have all. */

/** An address of IPv4, or the IPv6 network of one party, of 64 bits. */
export const networkOf = (address = ""): string =>
  isOfVersion6(address) ? groupsOf(address).slice(0, 4).join(":") : address

/** The networks of 48 and of 56 bits that an address of IPv6 is in: one party may have either. */
export const wideNetworksOf = (address = ""): readonly [wide: string, middle: string] | undefined => {
  if (!isOfVersion6(address)) return undefined
  const [first, second, third, fourth = "0"] = groupsOf(address)
  const wide = `${first}:${second}:${third}`
  return [wide, `${wide}:${Number.parseInt(fourth, 16) >> 8}/56`]
}

const isOfVersion6 = (address: string): boolean => address.includes(":") && !address.includes(".")

/** The eight groups of an address of IPv6. */
const groupsOf = (address: string): ReadonlyArray<string> => {
  const [head = "", tail] = address.split("::")
  const groups = head === "" ? [] : head.split(":")
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === "" ? 0 : tail.split(":").length)
  return [...groups, ...Array.from({ length: missing }, () => "0"), ...(tail?.split(":") ?? [])]
}
