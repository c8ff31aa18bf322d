/** The network that an address belongs to: who has one address of it may have all. */

/** An address of IPv4, or the IPv6 network of one party, of 64 bits. */
export const networkOf = (address = ""): string =>
  isOfVersion6(address) ? groupsOf(address).slice(0, 4).join(":") : address

/** The networks of 48, 56 and 64 bits that an address of IPv6 is in: parties are given any of them. */
export const sitesOf = (address = ""): readonly [site: string, part: string, network: string] | undefined => {
  if (!isOfVersion6(address)) return undefined
  const [first, second, third, fourth = "0"] = groupsOf(address)
  const site = `${first}:${second}:${third}`
  return [site, `${site}:${Number.parseInt(fourth, 16) >> 8}/56`, networkOf(address)]
}

const isOfVersion6 = (address: string): boolean => address.includes(":") && !address.includes(".")

/** The eight groups of an address of IPv6. */
const groupsOf = (address: string): ReadonlyArray<string> => {
  const [head = "", tail] = address.split("::")
  const groups = head === "" ? [] : head.split(":")
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === "" ? 0 : tail.split(":").length)
  return [...groups, ...Array.from({ length: missing }, () => "0"), ...(tail?.split(":") ?? [])]
}
