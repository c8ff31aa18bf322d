/** The addresses of this machine itself. */

/** True if only this machine can reach an address to listen on. */
export const isLoopbackHost = (host: string): boolean => host === "localhost" || isLoopbackAddress(host)

/** True if an IP address is this machine's own, also one of IPv4 in the form of IPv6. */
export const isLoopbackAddress = (address: string | undefined): boolean =>
  address !== undefined && (address === "::1" || /^(::ffff:)?127(\.\d{1,3}){3}$/.test(address))
