import { idMax } from "@effect-dispatch/api/WireLimits"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { AccessRight } from "@effect-dispatch/server/AccessKeyStore"
import { Result } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { loadedUnconnected } from "../handler.ts"
import { argument, flag, json, utc } from "../input/flags.ts"
import { storeFlag } from "../input/settings.ts"

const parseName = (text: string): Result.Result<string, string> => {
  const name = text.trim()
  return name !== "" && name.length <= 100
    ? Result.succeed(name)
    : Result.fail("must be a name of 1 to 100 characters")
}

const parseMicrogrids = (text: string): Result.Result<"all" | ReadonlyArray<MicrogridId>, string> => {
  if (text === "all") return Result.succeed("all")
  const parts = text.split(",").map((part) => part.trim())
  return parts.every((part) => /^\d{1,20}$/.test(part) && BigInt(part) <= idMax)
    ? Result.succeed([...new Set(parts.map(BigInt))].map((id) => MicrogridId.make(id)))
    : Result.fail(`must be all, or ids of microgrids such as 1,2,3, up to ${idMax}`)
}

const rightNames: ReadonlyArray<AccessRight> = ["read", "write", "audit", "report"]

const parseRights = (text: string): Result.Result<ReadonlyArray<AccessRight>, string> => {
  const rights = text.split(",").map((part) => rightNames.find((name) => name === part.trim()))
  return rights.every((right) => right !== undefined)
    ? Result.succeed([...new Set(rights)])
    : Result.fail(`must be one or more of ${rightNames.join(", ")}, separated by commas`)
}

const add = Command.make(
  "add",
  {
    name: argument("name", parseName).pipe(
      Argument.withDescription("Whose key it is; a name may have several keys")
    ),
    microgrids: flag("microgrids", "IDS", parseMicrogrids).pipe(
      Flag.withDescription("What it opens: all, or ids such as 1,2,3")
    ),
    rights: flag("rights", "RIGHTS", parseRights).pipe(
      Flag.withDescription(
        "Any of read, write, audit (who changed what) and report, as read,audit; read,write unless given"
      ),
      Flag.withDefault(["read", "write"] as const)
    ),
    signed: Flag.Boolean("signed").pipe(
      Flag.withDescription("With a secret, which every request must be signed with"),
      Flag.withDefault(false)
    ),
    store: storeFlag,
    json
  },
  loadedUnconnected("keys add", () => import("../handlers/keysAdd.ts"))
).pipe(
  Command.withDescription("Make a key, and show it this once"),
  Command.withExamples([
    { command: "dispatch keys add plant-7 --microgrids 7" },
    { command: "dispatch keys add dashboard --microgrids all --rights read" }
  ])
)

const list = Command.make(
  "list",
  { store: storeFlag, json, utc },
  loadedUnconnected("keys list", () => import("../handlers/keysList.ts"))
).pipe(
  Command.withDescription("List keys: whose they are and what they open"),
  Command.withExamples([{ command: "dispatch keys list" }])
)

const revoke = Command.make(
  "revoke",
  {
    ids: Argument.String("ids").pipe(
      Argument.withDescription("Which keys, by the ids that keys list shows"),
      Argument.variadic({ min: 1 })
    ),
    store: storeFlag
  },
  loadedUnconnected("keys revoke", () => import("../handlers/keysRevoke.ts"))
).pipe(
  Command.withDescription("Revoke keys, for ever; a running service follows within 15 s"),
  Command.withExamples([{ command: "dispatch keys revoke 1f2e3d4c" }])
)

/** Administers the keys to a service, also while it runs. */
export const keys = Command.make("keys").pipe(
  Command.withSubcommands([add, list, revoke]),
  Command.withDescription("Make, list and revoke the keys to the service"),
  Command.withExamples([
    { command: "dispatch keys add plant-7 --microgrids 7" },
    { command: "dispatch keys list" },
    { command: "dispatch keys revoke 1f2e3d4c" }
  ])
)
