import { isIP } from "node:net"
import { Duration, Result } from "effect"
import { Command, Flag } from "effect/cli"
import { defaultPort, defaultWebPort } from "../defaults.ts"
import { loadedUnconnected } from "../handler.ts"
import { parseDuration } from "../input/duration.ts"
import { anyText, portOf, setting, storeFlag, switched, synchronousFlag } from "../input/settings.ts"
import { telemetryFlags } from "../input/telemetry.ts"

const parseConnections = (text: string): Result.Result<number, string> =>
  /^\d{1,3}$/.test(text) && Number(text) >= 2
    ? Result.succeed(Number(text))
    : Result.fail("must be a whole number from 2 to 999")

const parseKept = (text: string): Result.Result<Duration.Duration, string> =>
  text === "forever" ? Result.succeed(Duration.infinity) : parseDuration(text)

const parseMegabytes = (text: string): Result.Result<number, string> =>
  /^\d{1,4}$/.test(text) && Number(text) >= 1
    ? Result.succeed(Number(text) * 1_024 * 1_024)
    : Result.fail("must be a whole number of MiB from 1 to 9999")

const parseStrangers = (text: string): Result.Result<number, string> =>
  /^\d{1,4}$/.test(text) && Number(text) >= 1
    ? Result.succeed(Number(text))
    : Result.fail("must be a whole number from 1 to 9999")

const parseStreams = (text: string): Result.Result<number, string> =>
  /^\d{1,7}$/.test(text) && Number(text) >= 1
    ? Result.succeed(Number(text))
    : Result.fail("must be a whole number from 1 to 9999999")

const parseReports = (text: string): Result.Result<number, string> =>
  /^\d{1,9}$/.test(text) && Number(text) >= 1
    ? Result.succeed(Number(text))
    : Result.fail("must be a whole number from 1 to 999999999")

const parseAddresses = (text: string): Result.Result<ReadonlyArray<string>, string> => {
  const addresses = text.split(",").map((address) => address.trim())
  return addresses.every((address) => isIP(address) !== 0)
    ? Result.succeed(addresses)
    : Result.fail("must be IP addresses, separated by commas")
}

const parseNames = (text: string): Result.Result<ReadonlyArray<string>, string> => {
  const names = text.split(",").map((name) => name.trim().toLowerCase())
  return names.every((name) => /^(\*\.)?[a-z0-9.-]+$|^\[[0-9a-f:.]+\]$/.test(name))
    ? Result.succeed(names)
    : Result.fail("must be names of hosts without ports, separated by commas")
}

/** A flag for the time that something is kept. */
const kept = (what: string, described: string, unlessGiven: string) => {
  const variable = `DISPATCH_KEEP_${what.toUpperCase()}`
  return setting(`keep-${what}`, "DURATION", variable, parseKept).pipe(
    Flag.withDescription(`How long to keep ${described}, or forever; else ${variable}, else ${unlessGiven}`),
    Flag.optional
  )
}

/** Runs the service. */
export const serve = Command.make(
  "serve",
  {
    host: setting("host", "ADDRESS", "DISPATCH_HOST", anyText).pipe(
      Flag.withDescription(
        "Address to listen on; else DISPATCH_HOST, else 127.0.0.1, which only this machine reaches"
      ),
      Flag.withDefault("127.0.0.1")
    ),
    port: setting("port", "PORT", "DISPATCH_PORT", portOf).pipe(
      Flag.withDescription(
        `Port to listen on, 0 for any that is free; else DISPATCH_PORT, else ${defaultPort}`
      ),
      Flag.withDefault(defaultPort)
    ),
    store: storeFlag,
    synchronous: synchronousFlag,
    connections: setting("postgres-connections", "N", "DISPATCH_POSTGRES_CONNECTIONS", parseConnections).pipe(
      Flag.withDescription("Most connections to PostgreSQL; else DISPATCH_POSTGRES_CONNECTIONS, else 10"),
      Flag.optional
    ),
    tlsCertificate: setting("tls-cert", "PATH", "DISPATCH_TLS_CERT", anyText).pipe(
      Flag.withDescription(
        "PEM file of the certificate and its chain, read again when it changes; else DISPATCH_TLS_CERT"
      ),
      Flag.optional
    ),
    tlsKey: setting("tls-key", "PATH", "DISPATCH_TLS_KEY", anyText).pipe(
      Flag.withDescription("PEM file of its key; else DISPATCH_TLS_KEY"),
      Flag.optional
    ),
    plainText: switched("plain-text", "DISPATCH_PLAIN_TEXT").pipe(
      Flag.withDescription(
        "Serve other machines without encryption, so that keys and data can be read on the way; else DISPATCH_PLAIN_TEXT"
      )
    ),
    noCalendar: switched("no-calendar", "DISPATCH_NO_CALENDAR").pipe(
      Flag.withDescription(
        "Refuse rules in local time, which actors of other make run once; else DISPATCH_NO_CALENDAR"
      )
    ),
    unreadPerKey: setting("unread-per-key", "MIB", "DISPATCH_UNREAD_PER_KEY", parseMegabytes).pipe(
      Flag.withDescription(
        "Most MiB of answers that one key may leave unread before its listings wait; else DISPATCH_UNREAD_PER_KEY, else 64"
      ),
      Flag.optional
    ),
    streamsPerKey: setting("streams-per-key", "N", "DISPATCH_STREAMS_PER_KEY", parseStreams).pipe(
      Flag.withDescription(
        "Most streams that one key may have open, one for each microgrid that it follows; else DISPATCH_STREAMS_PER_KEY, else 4096"
      ),
      Flag.optional
    ),
    strangersPerAddress: setting(
      "strangers-per-address",
      "N",
      "DISPATCH_STRANGERS_PER_ADDRESS",
      parseStrangers
    ).pipe(
      Flag.withDescription(
        "Most connections of one address on which no call was let in yet; else DISPATCH_STRANGERS_PER_ADDRESS, else 64"
      ),
      Flag.optional
    ),
    proxies: setting("proxies", "ADDRESSES", "DISPATCH_PROXIES", parseAddresses).pipe(
      Flag.withDescription(
        "Addresses of proxies, from which there may be any number of those; else DISPATCH_PROXIES, else this machine"
      ),
      Flag.optional
    ),
    web: setting("web", "PORT", "DISPATCH_WEB_PORT", portOf).pipe(
      Flag.withDescription(
        `Also show the console in browsers, at a port, ${defaultWebPort} where none is given; else DISPATCH_WEB_PORT, else not`
      ),
      Flag.optional
    ),
    webNames: setting("web-name", "NAMES", "DISPATCH_WEB_NAMES", parseNames).pipe(
      Flag.withDescription(
        "Names under which browsers may ask, beside those of this machine and its certificate, separated by commas; else DISPATCH_WEB_NAMES"
      ),
      Flag.optional
    ),
    keepChanges: kept("changes", "changes for streams that reconnect", "24h"),
    keepAudit: kept("audit", "who changed what", "90d"),
    keepNonces: kept("nonces", "what signed requests used up", "10m"),
    keepDispatches: kept("dispatches", "what is deleted or over", "400d"),
    keepReports: kept("reports", "what sites report of runs", "400d"),
    keepDays: kept("days", "counts of those runs by day", "3650d"),
    reportsPerMicrogrid: setting(
      "reports-per-microgrid",
      "N",
      "DISPATCH_REPORTS_PER_MICROGRID",
      parseReports
    ).pipe(
      Flag.withDescription(
        "Most reports of runs that are kept of a microgrid; else DISPATCH_REPORTS_PER_MICROGRID, else 100000"
      ),
      Flag.optional
    ),
    ...telemetryFlags
  },
  loadedUnconnected("serve", () => import("../handlers/serve.ts"))
).pipe(
  Command.withDescription("Run the dispatch service"),
  Command.withExamples([
    { command: "dispatch serve" },
    { command: "dispatch serve --port 0 --store memory" },
    { command: "dispatch serve --metrics-port 9464" },
    { command: "dispatch serve --web", description: "Shows the console in browsers on this machine" },
    {
      command: "dispatch serve --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem",
      description: "Serves other machines, by key"
    }
  ])
)
