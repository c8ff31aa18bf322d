/** Certificates for tests, made on the spot: X.509 version 3 (RFC 5280) with keys on the curve P-256. */
import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto"

/** A certificate with its key, both as PEM. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  readonly subject: Uint8Array
  readonly privateKey: KeyObject
}

/** The contents of a certificate. */
export interface CertificateOptions {
  readonly name: string
  /** Names and addresses it stands for. */
  readonly names?: ReadonlyArray<string>
  readonly notBefore: Date
  readonly notAfter: Date
  /** The certificate that signs it: itself unless given. */
  readonly issuer?: Certificate
}

const der = (tag: number, ...contents: ReadonlyArray<Uint8Array>): Uint8Array => {
  const content = Buffer.concat(contents)
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Uint8Array.from([tag, ...size]), content])
}

const sequence = (...contents: ReadonlyArray<Uint8Array>) => der(0x30, ...contents)
const oid = (...bytes: ReadonlyArray<number>) => der(0x06, Uint8Array.from(bytes))
const utf8 = (text: string) => der(0x0c, Buffer.from(text))
const octets = (content: Uint8Array) => der(0x04, content)
const yes = der(0x01, Uint8Array.from([0xff]))

/** 2.5.4.3 */
const commonName = oid(0x55, 0x04, 0x03)
/** 1.2.840.10045.4.3.2 */
const ecdsaWithSha256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02))
/** 2.5.29.19 */
const basicConstraints = oid(0x55, 0x1d, 0x13)
/** 2.5.29.17 */
const subjectAltName = oid(0x55, 0x1d, 0x11)

const nameOf = (name: string) => sequence(der(0x31, sequence(commonName, utf8(name))))

const time = (instant: Date) => {
  const digits = instant.toISOString().replace(/[-:T]|\.\d+/g, "")
  return der(0x18, Buffer.from(digits))
}

const altName = (name: string): Uint8Array =>
  /^\d+(\.\d+){3}$/.test(name)
    ? der(0x87, Uint8Array.from(name.split(".").map(Number)))
    : der(0x82, Buffer.from(name))

const pem = (label: string, content: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(content)
    .toString("base64")
    .replace(/(.{64})/g, "$1\n")
    .trimEnd()}\n-----END ${label}-----\n`

/** Makes a certificate; one that nobody else signs is an authority. */
export const certificate = ({
  issuer,
  name,
  names = [],
  notAfter,
  notBefore
}: CertificateOptions): Certificate => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const subject = nameOf(name)
  const serial = randomBytes(8)
  serial[0] = ((serial[0] as number) & 0x7f) | 1
  const extensions = [
    sequence(basicConstraints, yes, octets(issuer === undefined ? sequence(yes) : sequence())),
    ...(names.length === 0 ? [] : [sequence(subjectAltName, octets(sequence(...names.map(altName))))])
  ]
  const content = sequence(
    der(0xa0, der(0x02, Uint8Array.from([2]))),
    der(0x02, serial),
    ecdsaWithSha256,
    issuer?.subject ?? subject,
    sequence(time(notBefore), time(notAfter)),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(...extensions))
  )
  const signature = createSign("sha256")
    .update(content)
    .sign(issuer?.privateKey ?? privateKey)
  const bits = der(0x03, Uint8Array.from([0]), signature)
  return {
    cert: pem("CERTIFICATE", sequence(content, ecdsaWithSha256, bits)),
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
    subject,
    privateKey
  }
}
