#!/usr/bin/env node
/** The program `dispatch`. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Effect, Exit, Layer, Logger, Runtime } from "effect"
import { execute } from "./Cli.ts"
import { hearSignal, onSignal } from "./signals.ts"

/** Ends the process once all its output is written. */
const exit = (code: number): void => {
  process.stdout.write("", () => process.exit(code))
}

// A reader of the data may stop reading: that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") console.error(`The output cannot be written: ${error.message}`)
  process.exit(error.code === "EPIPE" ? 0 : 1)
})

// Work goes on without a listener: a log on a full disc, or whose reader has gone, must not end a service.
process.stderr.on("error", () => {})

// Node's warnings about its own parts are for authors of the program, not for its users.
process.removeAllListeners("warning")
process.on("warning", ({ message, name }) => {
  if (name !== "ExperimentalWarning") console.error(`${name}: ${message}`)
})

const program = execute(process.argv.slice(2)).pipe(
  Effect.provide(
    Layer.merge(NodeServices.layer, Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)]))
  )
)

const fiber = Effect.runFork(program)
fiber.addObserver((result) => {
  if (Exit.isFailure(result) && Cause.hasDies(result.cause)) {
    console.error(`This is a fault of the program, not of yours:\n${Cause.pretty(result.cause)}`)
  }
  Runtime.defaultTeardown(result, exit)
})

// Commands that run for long listen for signals themselves; all others are cut off.
let isCutOff = false
onSignal(() => {
  if (hearSignal()) return
  if (isCutOff) process.exit(130)
  isCutOff = true
  fiber.interruptUnsafe()
})
