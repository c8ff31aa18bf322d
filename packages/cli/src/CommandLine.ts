/** Runs command lines from within a command. */
import { Context, type Effect, type FileSystem, type Path, type Terminal } from "effect"
import type { ChildProcessSpawner } from "effect/process/ChildProcessSpawner"
import type { Stdio } from "effect/Stdio"

/** The platform services of all commands together. */
export type Platform = FileSystem.FileSystem | Path.Path | Terminal.Terminal | ChildProcessSpawner | Stdio

/** A command, and what may follow it. */
export interface CommandNames {
  readonly name: string
  readonly flags: ReadonlyArray<string>
}

/** The program as its own service. */
export class CommandLine extends Context.Service<
  CommandLine,
  {
    /** Runs a command line; any fault or failure has been reported when this fails. */
    readonly run: (words: ReadonlyArray<string>) => Effect.Effect<void, unknown, Platform>
    readonly commands: Effect.Effect<ReadonlyArray<CommandNames>>
  }
>()("@effect-dispatch/cli/CommandLine") {}
