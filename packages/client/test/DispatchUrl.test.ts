import { DispatchUrl } from "@effect-dispatch/client"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Duration, Result, Schema } from "effect"

const parsed = (url: string) => {
  const result = DispatchUrl.parse(url)
  return Result.isSuccess(result) ? result.success : assert.fail(result.failure.message)
}

const options = (url: string) => {
  const { keepAlive, ...rest } = parsed(url)
  return {
    ...rest,
    keepAlive: keepAlive && [Duration.toSeconds(keepAlive.interval), Duration.toSeconds(keepAlive.timeout)]
  }
}

const plain = {
  host: "example.com",
  port: 443,
  ssl: true,
  rootCertificatesPath: undefined,
  privateKeyPath: undefined,
  certificateChainPath: undefined,
  keepAlive: [60, 20]
}

describe("DispatchUrl", () => {
  it.each<readonly [string, object]>([
    ["grpc://example.com", {}],
    ["GRPC://Example.COM", {}],
    ["grpc://example.com?", {}],
    ["grpc://example.com:50051", { port: 50_051 }],
    ["grpc://example.com:1", { port: 1 }],
    ["grpc://example.com:65535", { port: 65_535 }],
    ["grpc://127.0.0.1", { host: "127.0.0.1" }],
    ["grpc://[::1]:50051", { host: "::1", port: 50_051 }],
    ["grpc://[2001:DB8:0:0::1]", { host: "2001:db8::1" }],
    ["grpc://example.com?ssl=false", { ssl: false }],
    ["grpc://example.com?ssl=TRUE", { ssl: true }],
    ["grpc://example.com?ssl=On", { ssl: true }],
    ["grpc://example.com?ssl=1", { ssl: true }],
    ["grpc://example.com?ssl=OFF", { ssl: false }],
    ["grpc://example.com?ssl=0", { ssl: false }],
    ["grpc://example.com?ssl=true&ssl=false", { ssl: false }],
    ["grpc://example.com?ssl=maybe&ssl=false", { ssl: false }],
    [
      "grpc://example.com?ssl_root_certificates_path=/a%20b.pem&ssl_private_key_path=k&ssl_certificate_chain_path=c",
      { rootCertificatesPath: "/a b.pem", privateKeyPath: "k", certificateChainPath: "c" }
    ],
    ["grpc://example.com?keep_alive=off", { keepAlive: undefined }],
    ["grpc://example.com?keep_alive=on&keep_alive_interval_s=5", { keepAlive: [5, 20] }],
    ["grpc://example.com?keep_alive_interval_s=0.5&keep_alive_timeout_s=86400", { keepAlive: [0.5, 86_400] }]
  ])("%s", (url, expected) => {
    assert.deepStrictEqual(options(url), { ...plain, ...expected })
  })

  const known =
    "known are ssl, ssl_root_certificates_path, ssl_private_key_path, ssl_certificate_chain_path, keep_alive, keep_alive_interval_s, keep_alive_timeout_s"
  const seconds = "must be a number of seconds above 0 and at most 86400"

  const refused: ReadonlyArray<readonly [url: string, message: string, option?: string]> = [
    ["", '"" is not of the form grpc://host[:port][?options]'],
    ["example.com", '"example.com" is not of the form grpc://host[:port][?options]'],
    ["http://example.com", '"http://example.com" is not of the form grpc://host[:port][?options]'],
    ["grpcs://u:secret@h", '"grpcs://…@h" is not of the form grpc://host[:port][?options]'],
    ["grpc://", '"" is not of the form host or host:port'],
    ["grpc://:443", '":443" is not of the form host or host:port'],
    ["grpc://a b", '"a b" is not of the form host or host:port'],
    ["grpc://a\\b", '"a\\b" is not of the form host or host:port'],
    ["grpc://h:x", '"h:x" is not of the form host or host:port'],
    ["grpc://h:", '"h:" is not of the form host or host:port'],
    ["grpc://::1", '"::1" is not of the form host or host:port'],
    ["grpc://[::1", '"[::1" is not of the form host or host:port'],
    ["grpc://[1.2.3]", '"[1.2.3]" is not of the form host or host:port'],
    ["grpc://1.2.3.256", '"1.2.3.256" is not of the form host or host:port'],
    ["grpc://h:0", "0 is not a port; ports are from 1 to 65535"],
    ["grpc://h:65536", "65536 is not a port; ports are from 1 to 65535"],
    ["grpc://user@h", "a URL takes no user and no password; keys are given apart from it"],
    ["grpc://user:secret@h", "a URL takes no user and no password; keys are given apart from it"],
    ["grpc://h/", 'a URL takes no path, found "/"'],
    ["grpc://h/v1?ssl=false", 'a URL takes no path, found "/v1"'],
    ["grpc://h#top", "a URL takes no fragment (#…)"],
    ["grpc://h?ssl=false#", "a URL takes no fragment (#…)"],
    ["grpc://h?tls=on", `"tls" is not an option; ${known}`, "tls"],
    ["grpc://h?SSL=on", `"SSL" is not an option; ${known}`, "SSL"],
    ["grpc://h?__proto__=on", `"__proto__" is not an option; ${known}`, "__proto__"],
    ["grpc://h?ssl=yes", 'ssl is "yes", must be true, 1, on, false, 0 or off', "ssl"],
    ["grpc://h?ssl=", 'ssl is "", must be true, 1, on, false, 0 or off', "ssl"],
    ["grpc://h?ssl", 'ssl is "", must be true, 1, on, false, 0 or off', "ssl"],
    ["grpc://h?ssl=constructor", 'ssl is "constructor", must be true, 1, on, false, 0 or off', "ssl"],
    ["grpc://h?ssl=true&ssl=no", 'ssl is "no", must be true, 1, on, false, 0 or off', "ssl"],
    [
      "grpc://h?ssl_private_key_path=",
      'ssl_private_key_path is "", must be the path of a PEM file',
      "ssl_private_key_path"
    ],
    ["grpc://h?keep_alive=2", 'keep_alive is "2", must be true, 1, on, false, 0 or off', "keep_alive"],
    ["grpc://h?keep_alive_interval_s=0", `keep_alive_interval_s is "0", ${seconds}`, "keep_alive_interval_s"],
    [
      "grpc://h?keep_alive_interval_s=-1",
      `keep_alive_interval_s is "-1", ${seconds}`,
      "keep_alive_interval_s"
    ],
    [
      "grpc://h?keep_alive_interval_s=1e3",
      `keep_alive_interval_s is "1e3", ${seconds}`,
      "keep_alive_interval_s"
    ],
    [
      "grpc://h?keep_alive_timeout_s=86401",
      `keep_alive_timeout_s is "86401", ${seconds}`,
      "keep_alive_timeout_s"
    ],
    ["grpc://h?keep_alive_timeout_s=", `keep_alive_timeout_s is "", ${seconds}`, "keep_alive_timeout_s"],
    ...["ssl_root_certificates_path", "ssl_private_key_path", "ssl_certificate_chain_path"].map(
      (name) => [`grpc://h?${name}=a.pem&ssl=false`, `"${name}" means nothing with ssl=false`, name] as const
    ),
    ...["keep_alive_interval_s", "keep_alive_timeout_s"].map(
      (name) =>
        [`grpc://h?keep_alive=off&${name}=5`, `"${name}" means nothing with keep_alive=false`, name] as const
    )
  ]
  const cases = refused.map(([url, message, option]) => ({ url, message, option }))
  it.each(cases)("$url is refused: $message", ({ message, option, url }) => {
    const result = DispatchUrl.parse(url)
    if (Result.isSuccess(result)) return assert.fail("it is not refused")
    assert.strictEqual(result.failure.message, message)
    assert.strictEqual(result.failure.option, option)
  })

  it.prop("any text is read or refused, never thrown", [Arbitrary.schema(Schema.String)], ([text]) => {
    for (const url of [text, `grpc://${text}`, `grpc://h?${text}`, `grpc://h:${text}`]) {
      const result = DispatchUrl.parse(url)
      if (Result.isFailure(result)) assert.isNotEmpty(result.failure.message)
      else assert.isTrue(URL.canParse(`http://${DispatchUrl.address(result.success)}`), url)
    }
  })

  it.each([undefined, null, 50_051, {}, new URL("http://localhost")])(
    "what is no text is refused, and not thrown: %s",
    (given) => {
      const result = DispatchUrl.parse(given as never)
      assert.match(
        Result.isFailure(result) ? result.failure.message : "",
        /^the URL is .*, must be a text of the form grpc:/
      )
    }
  )

  it("this machine is localhost and the addresses of the loopback, and nothing that looks like them", () => {
    const isLoopback = (host: string) => DispatchUrl.isLoopback(parsed(`grpc://${host}`).host)
    for (const host of ["localhost", "LOCALHOST", "127.0.0.1", "127.255.0.9", "127.1", "[::1]", "[0:0::1]"]) {
      assert.isTrue(isLoopback(host), host)
    }
    for (const host of [
      "127.0.0.1.example.com",
      "localhost.example.com",
      "128.0.0.1",
      "0.0.0.0",
      "[::]",
      "127"
    ]) {
      assert.isFalse(isLoopback(host), host)
    }
  })

  it("an address is written as in a URL", () => {
    assert.strictEqual(DispatchUrl.address({ host: "::1", port: 5 }), "[::1]:5")
    assert.strictEqual(DispatchUrl.address({ host: "example.com", port: 443 }), "example.com:443")
  })
})
