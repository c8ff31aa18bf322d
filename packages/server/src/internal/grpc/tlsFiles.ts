/** The certificate of the server, from files that may be renewed while it runs. */
import { createPrivateKey, X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import type { Http2SecureServer } from "node:http2"
import { createSecureContext } from "node:tls"
import { Effect, Schedule, type Scope } from "effect"
import { certificateInterval } from "../../ServiceLimits.ts"

/** Paths of PEM files. */
export interface TlsFiles {
  /** The certificate, followed by those that lead to an authority. */
  readonly certificateFile: string
  readonly keyFile: string
}

/** What the files hold. */
export interface TlsContents {
  readonly cert: string
  readonly key: string
}

/** Why files cannot be used. */
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
        // What is empty counts as no certificate at all until here.
        return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
      },
      catch: (cause) => ({ message: `${named}: ${textOf(cause)}` })
    })
    return fits ? { cert, key } : yield* Effect.fail({ message: named })
  })

/** Takes renewed files into use for new connections. Files that cannot be used change nothing, and are reported once. */
export const follow = (
  server: Http2SecureServer,
  files: TlsFiles,
  initial: TlsContents
): Effect.Effect<void, never, Scope.Scope> => {
  let used = initial
  let reported = ""
  const look = Effect.gen(function* () {
    const found = yield* read(files)
    reported = ""
    if (found.cert === used.cert && found.key === used.key) return
    used = found
    server.setSecureContext(found)
    yield* Effect.logInfo(`The certificate in ${files.certificateFile} was renewed and is in use`)
  }).pipe(
    Effect.catch(({ message }) => {
      if (message === reported) return Effect.void
      reported = message
      return Effect.logWarning(`The certificate stays as it was: ${message}`)
    })
  )
  return Effect.asVoid(Effect.forkScoped(Effect.repeat(look, Schedule.spaced(certificateInterval))))
}

const readText = (file: string): Effect.Effect<string, TlsFault> =>
  Effect.try({
    try: () => readFileSync(file, "utf8"),
    catch: (cause) => ({ message: `${file} cannot be read: ${textOf(cause)}` })
  })

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
