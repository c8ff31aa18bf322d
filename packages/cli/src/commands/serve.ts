import { Result } from "effect"
import { Command, Flag } from "effect/cli"
import { loaded } from "../handler.ts"
import { defaultPort, defaultStore } from "../defaults.ts"
import { flag } from "../input/flags.ts"

/** Runs the service. */
export const serve = Command.make(
  "serve",
  {
    host: Flag.String("host").pipe(
      Flag.withMetavar("ADDRESS"),
      Flag.withDescription("Address to listen on; only this machine can reach the default"),
      Flag.withDefault("127.0.0.1")
    ),
    port: flag("port", "PORT", (text) =>
      /^\d{1,5}$/.test(text) && Number(text) <= 65_535
        ? Result.succeed(Number(text))
        : Result.fail("must be a port, from 0 to 65535; 0 is any that is free")
    ).pipe(
      Flag.withDescription(`Port to listen on, ${defaultPort} unless given; 0 for any that is free`),
      Flag.withDefault(defaultPort)
    ),
    store: flag("store", "STORE", (text) =>
      /^(memory|sqlite:.+)$/.test(text) ? Result.succeed(text) : Result.fail("must be memory or sqlite:PATH")
    ).pipe(
      Flag.withDescription(`Where dispatches are kept: memory or sqlite:PATH, ${defaultStore} unless given`),
      Flag.withDefault(defaultStore)
    )
  },
  loaded(() => import("../handlers/serve.ts"))
).pipe(
  Command.withDescription("Run the dispatch service"),
  Command.withExamples([{ command: "dispatch serve" }, { command: "dispatch serve --port 0 --store memory" }])
)
