/** The certificate of the server, from files that may be renewed while it runs. */
import { createPrivateKey, X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import type { Http2SecureServer } from "node:http2"
import { createSecureContext } from "node:tls"
import * as Thrown from "@effect-dispatch/core/Thrown"
import { DateTime, Duration, Effect, type Scope } from "effect"
import * as Background from "../background.ts"
import { certificateInterval, certificateNotice } from "../../ServiceLimits.ts"

/** Paths of PEM files. */
export interface TlsFiles {
  /** The certificate, followed by those that lead to an authority. */
  readonly certificateFile: string
  readonly keyFile: string
}

/** The contents of the files. */
export interface TlsContents {
  readonly cert: string
  readonly key: string
}

/** The encryption of connections: TLS 1.2 or later, and a key that leaks later opens none of them. */
export const encryption = {
  minVersion: "TLSv1.2",
  ciphers: [
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_GCM_SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256"
  ].join(":")
} as const

/** The reason why files cannot be used. */
export interface TlsFault {
  readonly message: string
}

/** Reads the files, and checks that a certificate and its key are in them. */
export const read = ({ certificateFile, keyFile }: TlsFiles): Effect.Effect<TlsContents, TlsFault> =>
  Effect.gen(function* () {
    const named = `${certificateFile} and ${keyFile} are not a certificate and its key`
    const cert = yield* readText(certificateFile)
    const key = yield* readText(keyFile)
    const fits = yield* Effect.try({
      try: () => {
        createSecureContext({ cert, key })
        // Until here, an empty file counts as no certificate at all.
        return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
      },
      catch: (cause) => ({ message: `${named}: ${Thrown.messageOf(cause)}` })
    })
    return fits ? { cert, key } : yield* Effect.fail({ message: named })
  })

/** A flaw in the validity period of certificates: a word that stays, and a message. */
type Flaw = readonly [kind: "expired" | "early" | "late", message: string]

/** The flaw of the first certificate, or of those that lead to an authority; one that shuts out clients comes first. */
const flawOf = ({ cert }: TlsContents, file: string, now: number): Flaw | undefined => {
  const chain = (cert.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? []).map(
    (pem) => new X509Certificate(pem)
  )
  const flaws = chain.flatMap((each, at) => {
    const name =
      at === 0 ? `The certificate in ${file}` : `The certificate of an authority in ${file} (${nameOf(each)})`
    const flaw = flawOfOne(each, name, now)
    return flaw === undefined ? [] : [flaw]
  })
  return flaws.find(([kind]) => kind !== "late") ?? flaws[0]
}

const flawOfOne = (certificate: X509Certificate, name: string, now: number): Flaw | undefined => {
  const { validFrom, validFromDate, validTo, validToDate } = certificate
  const until = validToDate.getTime()
  if (now >= until) return ["expired", `${name} expired on ${validTo}: no client connects`]
  if (now < validFromDate.getTime()) {
    return ["early", `${name} is not valid before ${validFrom}: no client connects`]
  }
  return until - now < Duration.toMillis(certificateNotice)
    ? ["late", `${name} expires on ${validTo}: renew it`]
    : undefined
}

/** The names and addresses that a certificate is for, as they stand in URLs. */
export const namesIn = ({ cert }: TlsContents): ReadonlyArray<string> =>
  (new X509Certificate(cert).subjectAltName ?? "").split(", ").flatMap((each) => {
    const [, kind, name = ""] = /^(DNS|IP Address):(.+)$/.exec(each) ?? []
    if (kind === undefined) return []
    return name.includes(":") ? `[${new URL(`http://[${name}]`).hostname.slice(1, -1)}]` : name
  })

const nameOf = ({ subject }: X509Certificate): string => subject.replaceAll("\n", ", ")

/**
 * Takes renewed files into use for new connections. Unusable files change nothing, and are reported once. A certificate
 * that is not valid now, or not for much longer, brings a warning once, and again each day.
 */
export const follow = (
  server: Http2SecureServer,
  files: TlsFiles,
  initial: TlsContents
): Effect.Effect<void, never, Scope.Scope> => {
  const followed = new Followed(server, files, initial)
  return Background.every("Reading the certificate", certificateInterval, followed.look)
}

/** Files, what is in use of them, and what was said of them last. */
class Followed {
  readonly #server: Http2SecureServer
  readonly #files: TlsFiles
  #used: TlsContents
  #reported = ""
  #warned = ""

  constructor(server: Http2SecureServer, files: TlsFiles, initial: TlsContents) {
    this.#server = server
    this.#files = files
    this.#used = initial
  }

  readonly look: Effect.Effect<void> = Effect.suspend(() =>
    Effect.catch(this.#renew, ({ message }) => {
      if (message === this.#reported) return Effect.void
      this.#reported = message
      return Effect.logWarning(`The certificate stays as it was: ${message}`)
    }).pipe(Effect.andThen(this.#warn))
  )

  /** Takes the files into use if they have changed. */
  readonly #renew: Effect.Effect<void, TlsFault> = Effect.gen({ self: this }, function* () {
    const found = yield* read(this.#files)
    this.#reported = ""
    if (found.cert === this.#used.cert && found.key === this.#used.key) return
    this.#used = found
    this.#server.setSecureContext({ ...found, ...encryption })
    const isSound = yield* this.#warn
    if (isSound) {
      yield* Effect.logInfo(`The certificate in ${this.#files.certificateFile} was renewed and is in use`)
    }
  })

  /** Warns of a flaw that was not warned of today; gives true if there is none. */
  readonly #warn: Effect.Effect<boolean> = Effect.gen({ self: this }, function* () {
    const used = this.#used
    const now = yield* DateTime.now
    const flaw = flawOf(used, this.#files.certificateFile, now.epochMilliseconds)
    const occasion = flaw === undefined ? "" : `${flaw[0]} ${DateTime.formatIsoDateUtc(now)} ${used.cert}`
    if (flaw !== undefined && occasion !== this.#warned) yield* Effect.logWarning(flaw[1])
    this.#warned = occasion
    return flaw === undefined
  })
}

const readText = (file: string): Effect.Effect<string, TlsFault> =>
  Effect.try({
    try: () => readFileSync(file, "utf8"),
    catch: (cause) => ({ message: `${file} cannot be read: ${Thrown.messageOf(cause)}` })
  })
