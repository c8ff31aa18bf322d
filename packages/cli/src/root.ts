/** The program itself, and the settings of all its commands: the address of the service and the credentials. */
import { Command, Flag } from "effect/cli"
import { fileFlag } from "./input/paths.ts"

/** Holds the flags of the connection; a command asks for them with `yield* dispatch`. */
export const dispatch = Command.make("dispatch").pipe(
  Command.withSharedFlags({
    url: Flag.String("url").pipe(
      Flag.withMetavar("URL"),
      Flag.withDescription(
        "grpc://host[:port][?options]; else DISPATCH_API_URL, else the one on this machine"
      ),
      Flag.optional
    ),
    authKey: Flag.Redacted("auth-key").pipe(
      Flag.withMetavar("KEY"),
      Flag.withDescription("Key to the service; else DISPATCH_API_AUTH_KEY or FREQUENZ_API_KEY"),
      Flag.optional
    ),
    authKeyFile: fileFlag("auth-key-file").pipe(
      Flag.withDescription("File that holds the key, so that the command line does not show it"),
      Flag.optional
    ),
    signSecret: Flag.Redacted("sign-secret").pipe(
      Flag.withMetavar("SECRET"),
      Flag.withDescription(
        "Secret to sign requests with; else DISPATCH_API_SIGN_SECRET or FREQUENZ_API_SECRET"
      ),
      Flag.optional
    ),
    signSecretFile: fileFlag("sign-secret-file").pipe(
      Flag.withDescription("File that holds the secret"),
      Flag.optional
    )
  }),
  Command.withDescription("Dispatches of microgrids: run the service, follow it, change what it holds"),
  Command.withExamples([
    { command: "dispatch demo", description: "Shows it all at work" },
    { command: "dispatch create --help", description: "Tells all about a command" }
  ])
)
