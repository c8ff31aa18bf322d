/**
 * The place of a dispatch service and the way to reach it, as a URL: `grpc://host[:port][?options]`.
 *
 * | option | meaning | unless given |
 * |---|---|---|
 * | `ssl` | encrypts the connection | `true` |
 * | `ssl_root_certificates_path` | PEM file of the authorities to trust | those that Node trusts |
 * | `ssl_private_key_path`, `ssl_certificate_chain_path` | PEM files that identify the client | none |
 * | `keep_alive` | checks by pings that the service still answers | `true` |
 * | `keep_alive_interval_s` | seconds between pings, at most 86400 | `60` |
 * | `keep_alive_timeout_s` | seconds in which an answer must come | `20` |
 *
 * Booleans are `true`, `1`, `on`, `false`, `0` or `off`, in any case. If an option is given twice, the last counts.
 *
 * @since 0.1.0
 */
import { Duration, Result, Schema } from "effect"

/**
 * A URL that cannot be used. `option` names the part that is wrong, if it is one option.
 *
 * @category errors
 * @since 0.1.0
 */
export class DispatchUrlError extends Schema.TaggedError<DispatchUrlError>()("DispatchUrlError", {
  option: Schema.optionalKey(Schema.String),
  message: Schema.String
}) {}

/**
 * A parsed URL.
 *
 * @category models
 * @since 0.1.0
 */
export interface DispatchUrl {
  readonly host: string
  /** 443 unless given. */
  readonly port: number
  /** True if the connection is encrypted: so unless `ssl=false`. */
  readonly ssl: boolean
  /** PEM file with the authorities to trust instead of the system's. */
  readonly rootCertificatesPath: string | undefined
  /** PEM files that identify the client. */
  readonly privateKeyPath: string | undefined
  readonly certificateChainPath: string | undefined
  /** Absent when the connection is not to be kept alive. */
  readonly keepAlive: KeepAlive | undefined
}

/**
 * The pings that keep a connection alive and find it dead.
 *
 * @category models
 * @since 0.1.0
 */
export interface KeepAlive {
  /** Time between pings: 60 s unless given. */
  readonly interval: Duration.Duration
  /** Longest time for an answer: 20 s unless given. */
  readonly timeout: Duration.Duration
}

const tlsFiles = ["ssl_root_certificates_path", "ssl_private_key_path", "ssl_certificate_chain_path"]
const keepAliveNumbers = ["keep_alive_interval_s", "keep_alive_timeout_s"]
const known = ["ssl", ...tlsFiles, "keep_alive", ...keepAliveNumbers]

/**
 * Reads a URL. If an option is given twice, the last counts.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { DispatchUrl } from "@effect-dispatch/client"
 * import { Duration, Result } from "effect"
 *
 * const url = Result.getOrThrow(DispatchUrl.parse("grpc://dispatch.example.com?keep_alive_interval_s=30"))
 * assert.strictEqual(DispatchUrl.address(url), "dispatch.example.com:443")
 * assert.deepStrictEqual(url.keepAlive?.interval, Duration.seconds(30))
 * assert.ok(Result.isFailure(DispatchUrl.parse("http://dispatch.example.com")))
 * ```
 *
 * @category parsing
 * @since 0.1.0
 */
export const parse = (text: string): Result.Result<DispatchUrl, DispatchUrlError> => {
  if (typeof text !== "string") return wrong(`the URL is ${kindOf(text)}, must be a text ${form}`)
  const match = /^grpc:\/\/([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/i.exec(text)
  if (match === null) return wrong(`"${hide(text)}" is not ${form}`)
  const [, authority = "", path = "", query = "", fragment] = match
  if (authority.includes("@"))
    return wrong("a URL takes no user and no password; keys are given apart from it")
  if (path !== "") return wrong(`a URL takes no path, found "${path}"`)
  if (fragment !== undefined) return wrong("a URL takes no fragment (#…)")
  const address = /^(\[[0-9a-fA-F:.]+\]|[^\s\\:[\]]+)(?::(\d{1,5}))?$/.exec(authority)
  if (address === null || !URL.canParse(`http://${address[1]}`)) {
    return wrong(`"${authority}" is not of the form host or host:port`)
  }
  const port = address[2] === undefined ? 443 : Number(address[2])
  if (port < 1 || port > 65_535) return wrong(`${port} is not a port; ports are from 1 to 65535`)
  // One spelling for every host: lower case, addresses in full.
  const host = new URL(`http://${address[1]}`).hostname.replace(/^\[|\]$/g, "")
  return Result.map(parseOptions(new URLSearchParams(query)), (options) => ({ host, port, ...options }))
}

/**
 * True if a host, as `parse` gives it, is this machine itself.
 *
 * @category queries
 * @since 0.1.0
 */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host)

/**
 * Writes host and port as in a URL.
 *
 * @category queries
 * @since 0.1.0
 */
export const address = ({ host, port }: Pick<DispatchUrl, "host" | "port">): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`

const parseOptions = (
  params: URLSearchParams
): Result.Result<Omit<DispatchUrl, "host" | "port">, DispatchUrlError> => {
  const options = new Map<string, string>()
  for (const [name, value] of params) {
    if (!known.includes(name)) return wrong(`"${name}" is not an option; known are ${known.join(", ")}`, name)
    options.set(name, value)
  }
  const ssl = parseBoolean(options, "ssl", "on")
  if (Result.isFailure(ssl)) return Result.fail(ssl.failure)
  const keepAlive = parseBoolean(options, "keep_alive", "on")
  if (Result.isFailure(keepAlive)) return Result.fail(keepAlive.failure)
  const misplaced =
    (ssl.success ? undefined : tlsFiles.find((name) => options.has(name))) ??
    (keepAlive.success ? undefined : keepAliveNumbers.find((name) => options.has(name)))
  if (misplaced !== undefined) {
    const switched = tlsFiles.includes(misplaced) ? "ssl" : "keep_alive"
    return wrong(`"${misplaced}" means nothing with ${switched}=false`, misplaced)
  }
  const nowhere = tlsFiles.find((name) => options.get(name) === "")
  if (nowhere !== undefined) return wrong(`${nowhere} is "", must be the path of a PEM file`, nowhere)
  const interval = parseSeconds(options, "keep_alive_interval_s", 60)
  if (Result.isFailure(interval)) return Result.fail(interval.failure)
  const timeout = parseSeconds(options, "keep_alive_timeout_s", 20)
  if (Result.isFailure(timeout)) return Result.fail(timeout.failure)
  return Result.succeed({
    ssl: ssl.success,
    rootCertificatesPath: options.get("ssl_root_certificates_path"),
    privateKeyPath: options.get("ssl_private_key_path"),
    certificateChainPath: options.get("ssl_certificate_chain_path"),
    keepAlive: keepAlive.success ? { interval: interval.success, timeout: timeout.success } : undefined
  })
}

const booleans: { readonly [text: string]: boolean } = {
  true: true,
  on: true,
  "1": true,
  false: false,
  off: false,
  "0": false
}

const parseBoolean = (
  options: ReadonlyMap<string, string>,
  name: string,
  otherwise: "on" | "off"
): Result.Result<boolean, DispatchUrlError> => {
  const text = options.get(name) ?? otherwise
  const lower = text.toLowerCase()
  const value = Object.hasOwn(booleans, lower) ? booleans[lower] : undefined
  return value === undefined
    ? wrong(`${name} is "${text}", must be true, 1, on, false, 0 or off`, name)
    : Result.succeed(value)
}

const parseSeconds = (
  options: ReadonlyMap<string, string>,
  name: string,
  otherwise: number
): Result.Result<Duration.Duration, DispatchUrlError> => {
  const text = options.get(name) ?? String(otherwise)
  const seconds = Number(text)
  return /^\d+(\.\d+)?$/.test(text) && seconds > 0 && seconds <= 86_400
    ? Result.succeed(Duration.seconds(seconds))
    : wrong(`${name} is "${text}", must be a number of seconds above 0 and at most 86400`, name)
}

const wrong = (message: string, option?: string): Result.Result<never, DispatchUrlError> =>
  Result.fail(new DispatchUrlError({ message, ...(option === undefined ? undefined : { option }) }))

const form = "of the form grpc://host[:port][?options]"

/** A program without types may give anything, above all a variable that is not set. */
const kindOf = (given: unknown): string =>
  given === undefined || given === null ? String(given) : `of the type ${typeof given}`

/** A password in an unreadable URL must not be repeated. */
const hide = (text: string): string => text.replace(/\/\/[^/]*@/, "//…@")
