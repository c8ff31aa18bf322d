/**
 * Certificates for tests of encrypted connections (X.509 v3, RFC 5280). They are made when they are needed, so that no
 * key lies about and none expires.
 *
 * @since 0.1.0
 */
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto"

/**
 * A certificate and its private key, in PEM.
 *
 * @category models
 * @since 0.1.0
 */
export interface Certificate {
  readonly cert: string
  readonly key: string
}

/**
 * An authority that issues certificates.
 *
 * @category models
 * @since 0.1.0
 */
export interface Authority extends Certificate {
  /** Issues a certificate for a name, or for the address `127.0.0.1`. */
  readonly issue: (host: string) => Certificate
}

const der = (tag: number, ...parts: ReadonlyArray<Uint8Array>): Buffer => {
  const content = Buffer.concat(parts)
  const length =
    content.length < 128
      ? [content.length]
      : content.length < 256
        ? [0x81, content.length]
        : [0x82, content.length >> 8, content.length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

const sequence = (...parts: ReadonlyArray<Uint8Array>) => der(0x30, ...parts)
const text = (tag: number, value: string) => der(tag, Buffer.from(value))
const bytes = (tag: number, ...content: ReadonlyArray<number>) => der(tag, Buffer.from(content))

const ecdsaWithSha256 = sequence(bytes(0x06, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))
const commonName = (name: string) =>
  sequence(der(0x31, sequence(bytes(0x06, 0x55, 0x04, 0x03), text(0x0c, name))))
const extension = (id: number, value: Uint8Array) =>
  sequence(bytes(0x06, 0x55, 0x1d, id), bytes(0x01, 0xff), der(0x04, value))

/** An authority may issue, basicConstraints says so. */
const mayIssue = extension(0x13, sequence(bytes(0x01, 0xff)))
/** The names a certificate is good for. */
const goodFor = (host: string) =>
  extension(0x11, sequence(host === "127.0.0.1" ? bytes(0x87, 127, 0, 0, 1) : text(0x82, host)))

let serial = 1

const certificate = (
  subject: string,
  issuer: { readonly name: string; readonly key: KeyObject } | undefined,
  extensions: ReadonlyArray<Uint8Array>
): Certificate & { readonly private: KeyObject } => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const body = sequence(
    der(0xa0, bytes(0x02, 2)),
    bytes(0x02, ++serial),
    ecdsaWithSha256,
    commonName(issuer?.name ?? subject),
    sequence(text(0x18, "20200101000000Z"), text(0x18, "21200101000000Z")),
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions))
  )
  const signature = sign("sha256", body, issuer?.key ?? privateKey)
  const whole = sequence(body, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature))
  const lines = whole.toString("base64").replace(/.{64}/g, "$&\n")
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    private: privateKey
  }
}

/**
 * Makes an authority that nobody trusts unless told to, with keys of its own.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { X509Certificate } from "node:crypto"
 * import { Certificates } from "@effect-dispatch/testing"
 *
 * const authority = Certificates.makeAuthority()
 * const { cert } = authority.issue("localhost")
 * const certificate = new X509Certificate(cert)
 * assert.strictEqual(certificate.checkHost("localhost"), "localhost")
 * assert.ok(certificate.verify(new X509Certificate(authority.cert).publicKey))
 * ```
 *
 * @category constructors
 * @since 0.1.0
 */
export const makeAuthority = (): Authority => {
  const name = "Test authority"
  const authority = certificate(name, undefined, [mayIssue])
  return {
    cert: authority.cert,
    key: authority.key,
    issue: (host) => {
      const { cert, key } = certificate(host, { name, key: authority.private }, [goodFor(host)])
      return { cert, key }
    }
  }
}
