import { reporterNameFault } from "@effect-dispatch/core/JournalStore"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Result } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { loaded, loadedUnconnected } from "../handler.ts"
import { parseDuration } from "../input/duration.ts"
import { argument, flag, json, microgridOrVariable, utc } from "../input/flags.ts"
import { parseRange } from "../input/ids.ts"
import { anyText, setting, switched, withoutPassword } from "../input/settings.ts"
import { telemetryFlags } from "../input/telemetry.ts"

/** Most microgrids that a range may stand for. */
const rangeMax = 100_000

/** Reads ids of microgrids, in order, each once. */
const parseMicrogrids = (text: string): Result.Result<ReadonlyArray<MicrogridId>, string> =>
  Result.map(Result.all(text.split(",").map((part) => parseRange(part.trim(), rangeMax))), (ranges) =>
    [...new Set(ranges.flat())].map((id) => MicrogridId.make(id))
  )

/** The fleet that is meant: its database and its name. */
const fleetFlags = {
  database: setting("database", "URL", "DISPATCH_FLEET_DATABASE", {
    parse: (text) =>
      /^postgres(ql)?:\/\/.+$/.test(text)
        ? Result.succeed(text)
        : Result.fail("must be postgres://USER:PASSWORD@HOST/DATABASE"),
    shown: withoutPassword
  }).pipe(Flag.withDescription("PostgreSQL of the fleet; else DISPATCH_FLEET_DATABASE")),
  name: setting("name", "NAME", "DISPATCH_FLEET_NAME", anyText).pipe(
    Flag.withDescription("Name of the fleet, which begins its tables; else DISPATCH_FLEET_NAME, else fleet"),
    Flag.withDefault("fleet")
  )
}

const microgrids = argument("microgrids", parseMicrogrids).pipe(
  Argument.withDescription("Which microgrids: 7, 1,2,3, 1-100 or 1..100"),
  Argument.variadic({ min: 0 })
)

const fromFile = Flag.String("from").pipe(
  Flag.withMetavar("PATH"),
  Flag.withDescription("File with more of them, apart by commas or lines; - for the standard input"),
  Flag.optional
)

const parseBuckets = (text: string): Result.Result<number, string> =>
  /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 256
    ? Result.succeed(Number(text))
    : Result.fail("must be a whole number from 1 to 256")

const parseReporter = (text: string): Result.Result<string, string> => {
  const fault = reporterNameFault(text)
  return fault === undefined ? Result.succeed(text) : Result.fail(fault)
}

/** The settings that the tables are made with. */
const bucketsFlag = setting("buckets", "N", "DISPATCH_FLEET_BUCKETS", parseBuckets).pipe(
  Flag.withDescription(
    "Groups in which microgrids move, fixed when the tables are made; else DISPATCH_FLEET_BUCKETS, else 64"
  ),
  Flag.withDefault(64)
)

const run = Command.make(
  "run",
  {
    ...fleetFlags,
    address: setting("address", "HOST:PORT", "DISPATCH_FLEET_ADDRESS", anyText).pipe(
      Flag.withDescription(
        "Where the other processes reach this one; else DISPATCH_FLEET_ADDRESS, else 127.0.0.1:7070"
      ),
      Flag.withDefault("127.0.0.1:7070")
    ),
    listen: setting("listen", "HOST:PORT", "DISPATCH_FLEET_LISTEN", anyText).pipe(
      Flag.withDescription("Where it listens, if that is another; else DISPATCH_FLEET_LISTEN"),
      Flag.optional
    ),
    privateNetwork: switched("private-network", "DISPATCH_FLEET_PRIVATE_NETWORK").pipe(
      Flag.withDescription(
        "Say that only processes of the fleet reach the address: who can may read and stop sites; else DISPATCH_FLEET_PRIVATE_NETWORK"
      )
    ),
    site: Flag.String("site").pipe(
      Flag.withMetavar("FILE"),
      Flag.withDescription(
        "Module whose default export is the layer beside each dispatcher; without it edges are printed"
      ),
      Flag.optional
    ),
    buckets: bucketsFlag,
    lease: setting("lease", "DURATION", "DISPATCH_FLEET_LEASE", parseDuration).pipe(
      Flag.withDescription(
        "Longest time for which a process that is cut off keeps its microgrids; else DISPATCH_FLEET_LEASE, else 30s"
      ),
      Flag.optional
    ),
    resync: setting("resync", "DURATION", "DISPATCH_FLEET_RESYNC", parseDuration).pipe(
      Flag.withDescription("Time between two full lists of a site; else DISPATCH_FLEET_RESYNC, else 15m"),
      Flag.optional
    ),
    journal: switched("journal", "DISPATCH_FLEET_JOURNAL").pipe(
      Flag.withDescription(
        "Keep a journal of what really ran in the tables of the fleet; else DISPATCH_FLEET_JOURNAL"
      )
    ),
    report: switched("report", "DISPATCH_FLEET_REPORT").pipe(
      Flag.withDescription(
        "Report what really ran to the service; keeps a journal; else DISPATCH_FLEET_REPORT"
      )
    ),
    reporter: setting("reporter", "NAME", "DISPATCH_FLEET_REPORTER", parseReporter).pipe(
      Flag.withDescription(
        "The name under which it reports; else DISPATCH_FLEET_REPORTER, else that of the fleet"
      ),
      Flag.optional
    ),
    json,
    utc,
    ...telemetryFlags
  },
  loaded(() => import("../handlers/fleetRun.ts"))
).pipe(
  Command.withDescription("Run a share of the microgrids of a fleet"),
  Command.withExamples([
    { command: "dispatch fleet run --database postgres://fleet@127.0.0.1/fleet" },
    {
      command: "dispatch fleet run --address 10.0.0.7:7070 --private-network --site ./site.ts",
      description: "With the application's code, for other machines"
    }
  ])
)

const status = Command.make(
  "status",
  { ...fleetFlags, json, utc },
  loadedUnconnected("fleet status", () => import("../handlers/fleetStatus.ts"))
).pipe(
  Command.withDescription("Show the processes, and the buckets that move again and again"),
  Command.withExamples([{ command: "dispatch fleet status" }])
)

const where = Command.make(
  "where",
  { ...fleetFlags, microgrid: microgridOrVariable, json, utc },
  loadedUnconnected("fleet where", () => import("../handlers/fleetWhere.ts"))
).pipe(
  Command.withDescription("Show where a microgrid runs, and how well it is in sync"),
  Command.withExamples([{ command: "dispatch fleet where 7" }])
)

const add = Command.make(
  "add",
  { ...fleetFlags, microgrids, from: fromFile },
  loadedUnconnected("fleet add", () => import("../handlers/fleetAdd.ts"))
).pipe(
  Command.withDescription("Add microgrids, or let parked ones run again"),
  Command.withExamples([
    { command: "dispatch fleet add 1-100" },
    { command: "dispatch fleet add --from microgrids.txt" }
  ])
)

const remove = Command.make(
  "remove",
  {
    ...fleetFlags,
    microgrids,
    from: fromFile,
    yes: Flag.Boolean("yes").pipe(
      Flag.withAlias("y"),
      Flag.withDescription("Remove without a question; without a terminal nothing is removed else"),
      Flag.withDefault(false)
    )
  },
  loadedUnconnected("fleet remove", () => import("../handlers/fleetRemove.ts"))
).pipe(
  Command.withDescription("Stop microgrids and forget what is kept of them. It asks first"),
  Command.withShortDescription("Stop microgrids and forget them"),
  Command.withExamples([{ command: "dispatch fleet remove 7 --yes" }])
)

const park = Command.make(
  "park",
  {
    ...fleetFlags,
    microgrids,
    from: fromFile,
    reason: flag("reason", "TEXT", anyText).pipe(
      Flag.withDescription("Why, for those who look; by hand unless given"),
      Flag.withDefault("by hand")
    )
  },
  loadedUnconnected("fleet park", () => import("../handlers/fleetPark.ts"))
).pipe(
  Command.withDescription("Stop microgrids until they are added again"),
  Command.withExamples([{ command: 'dispatch fleet park 7 --reason "its code blocks"' }])
)

const watch = Command.make(
  "watch",
  { ...fleetFlags, microgrid: microgridOrVariable, json, utc },
  loadedUnconnected("fleet watch", () => import("../handlers/fleetWatch.ts"))
).pipe(
  Command.withDescription("Show what starts and stops in a microgrid, wherever it runs"),
  Command.withExamples([{ command: "dispatch fleet watch 7 --json" }])
)

const drain = Command.make(
  "drain",
  {
    ...fleetFlags,
    process: Argument.String("process").pipe(
      Argument.withDescription("Its address, as dispatch fleet status shows it")
    )
  },
  loadedUnconnected("fleet drain", () => import("../handlers/fleetDrain.ts"))
).pipe(
  Command.withDescription("Have a process give all its microgrids away, and end"),
  Command.withExamples([{ command: "dispatch fleet drain 10.0.0.7:7070" }])
)

const migrate = Command.make(
  "migrate",
  { ...fleetFlags, buckets: bucketsFlag },
  loadedUnconnected("fleet migrate", () => import("../handlers/fleetMigrate.ts"))
).pipe(
  Command.withDescription("Make the tables of a fleet, or bring them up to date"),
  Command.withExamples([{ command: "dispatch fleet migrate" }])
)

const trial = Command.make(
  "trial",
  {},
  loadedUnconnected("fleet trial", () => import("../handlers/fleetTrial.ts"))
).pipe(
  Command.withDescription(
    "Start a PostgreSQL of this machine and a service, both for a trial, and say how to run processes"
  ),
  Command.withShortDescription("Start what a fleet needs, for a trial"),
  Command.withExamples([{ command: "dispatch fleet trial" }])
)

/** Runs and administers a fleet. */
export const fleet = Command.make("fleet").pipe(
  Command.withSubcommands([run, status, where, add, remove, park, watch, drain, migrate, trial]),
  Command.withDescription("Run the actors of many microgrids over many processes"),
  Command.withExamples([
    { command: "dispatch fleet migrate --database postgres://fleet@127.0.0.1/fleet" },
    { command: "dispatch fleet add 1-100" },
    { command: "dispatch fleet run" }
  ])
)
