/**
 * The door of the listener for browsers. Any page may send requests to this machine, so each request must say by its
 * headers that it comes from our own page, before anything is looked up.
 */

/** The headers of a request that the door looks at. */
export interface Knock {
  readonly method: string
  readonly path: string
  /** Host of HTTP/1.1, or `:authority` of HTTP/2. */
  readonly host: string | undefined
  readonly origin: string | undefined
  /** `Sec-Fetch-Site`, which a page cannot set. */
  readonly site: string | undefined
}

/** The names of this server. */
export interface Names {
  readonly scheme: "http" | "https"
  readonly port: number
  /** Names and addresses; a name that begins with `*.` is for one label. */
  readonly hosts: ReadonlyArray<string>
}

/** An answer that lets nobody in. */
export interface Denial {
  readonly status: 403 | 405 | 421
  readonly message: string
}

/** The path under which calls are taken. */
export const apiPrefix = "/api"

/** True if a path is that of a call. */
export const isCall = (path: string): boolean => path === apiPrefix || path.startsWith(`${apiPrefix}/`)

/** The names by which this machine knows itself. */
export const loopbackNames: ReadonlyArray<string> = ["127.0.0.1", "localhost", "[::1]"]

/** The denial of a request, unless it may come in. */
export const denialOf = (knock: Knock, names: Names): Denial | undefined => {
  // A foreign name may lead here as well: then a foreign page has our address as its own.
  if (knock.host === undefined || !isOurs(knock.host, names)) return foreignHost
  if (!isCall(knock.path)) {
    return knock.method === "GET" || knock.method === "HEAD" ? undefined : otherMethod
  }
  if (knock.method !== "POST") return otherMethod
  if (knock.site !== undefined && knock.site !== "same-origin") return foreignOrigin
  if (knock.origin !== undefined && knock.origin !== `${names.scheme}://${knock.host}`) return foreignOrigin
  return undefined
}

const foreignHost: Denial = { status: 421, message: "this is not a name of the console" }
const foreignOrigin: Denial = { status: 403, message: "calls are for the console's own page" }
const otherMethod: Denial = { status: 405, message: "this method means nothing here" }

const isOurs = (host: string, { hosts, port, scheme }: Names): boolean => {
  const [, name, given] = /^(\[[0-9a-f:.]+\]|[^:]+)(?::(\d+))?$/i.exec(host) ?? []
  if (name === undefined) return false
  const actual = given === undefined ? (scheme === "https" ? 443 : 80) : Number(given)
  return actual === port && hosts.some((known) => isNamed(known.toLowerCase(), name.toLowerCase()))
}

const isNamed = (known: string, name: string): boolean =>
  known.startsWith("*.")
    ? name.endsWith(known.slice(1)) && !name.slice(0, 1 - known.length).includes(".")
    : known === name
