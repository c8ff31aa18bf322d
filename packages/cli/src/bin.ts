#!/usr/bin/env node
/** The program `dispatch`. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Cause, Effect, Exit, Fiber, Layer, Logger, Runtime } from "effect"
import { run } from "./Cli.ts"

// Whoever reads the output may stop reading: that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0)
  throw error
})

const program = run.pipe(
  Effect.provide(
    Layer.merge(NodeServices.layer, Logger.layer([Logger.withConsoleError(Logger.formatLogFmt)]))
  )
)

const fiber = Effect.runFork(program)
// Commands that run for long stop by themselves on a signal; all others are cut off.
const onSignal = () => void Effect.runFork(Effect.delay(Fiber.interrupt(fiber), "3 seconds"))
process.on("SIGINT", onSignal)
process.on("SIGTERM", onSignal)
fiber.addObserver((exit) => {
  if (Exit.isFailure(exit) && Cause.hasDies(exit.cause)) console.error(Cause.pretty(exit.cause))
  Runtime.defaultTeardown(exit, (code) => process.exit(code))
})
