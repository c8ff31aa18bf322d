/** The network that an address belongs to: who has one address of it may have all. */

/** An address of IPv4, or the IPv6 network of one party, of 64 bits. */
export const networkOf = (address = ""): string => {
  if (!address.includes(":") || address.includes(".")) return address
  const [head = "", tail] = address.split("::")
  const groups = head === "" ? [] : head.split(":")
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === "" ? 0 : tail.split(":").length)
  const all = [...groups, ...Array.from({ length: missing }, () => "0"), ...(tail?.split(":") ?? [])]
  return all.slice(0, 4).join(":")
}
