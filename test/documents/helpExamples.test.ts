import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { DispatchClientGrpc } from "@effect-dispatch/client"
import { CalendarRule, DispatchClient, MicrogridId, Target } from "@effect-dispatch/core"
import { Certificates } from "@effect-dispatch/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { run, workplace } from "../integration/program.ts"
import { makeService } from "../integration/service.ts"
import { fleetPlace, typeLine } from "./typedLines.ts"

const bounded = { timeout: 300_000 }

/** Dispatches that the examples may name. */
const plenty = 40

const calendar = [
  "BEGIN:VCALENDAR",
  "BEGIN:VEVENT",
  "UID:a",
  "SUMMARY:CHARGE",
  "DTSTART:20400301T110000Z",
  "DURATION:PT1H",
  "END:VEVENT",
  "END:VCALENDAR"
].join("\r\n")

/** The files that the examples name. */
const writeFiles = () => {
  const { cert, key } = Certificates.makeAuthority().issue("localhost")
  const line = { type: "A", startTime: "2040-01-01T00:00:00Z", target: "1-3", duration: "20m" }
  const files = {
    "cert.pem": cert,
    "key.pem": key,
    "week.jsonl": `${JSON.stringify(line)}\n`,
    "week.ics": calendar,
    "commands.txt": "list 1\n"
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(workplace, name), text)
}

/** The examples of a help, without their redirections. */
const examplesOf = (help: string): ReadonlyArray<string> =>
  [...(help.split("\nExamples\n")[1] ?? "").matchAll(/^ {2}dispatch (.+)$/gm)].map(([, line = ""]) => line)

/** The commands that a help lists. */
const commandsIn = (help: string): ReadonlyArray<string> =>
  [...help.matchAll(/^ {2}([a-z]+) {2,}[A-Z]/gm)].map(([, name = ""]) => name)

/** The help of a command, and of its parts. */
const helpsOf = Effect.fnUntraced(function* (command: string) {
  const { out } = yield* run(command, "--help")
  const parts = /^Usage .*<subcommand>/m.test(out) ? commandsIn(out) : []
  const helps = yield* Effect.forEach(parts, (part) => run(command, part, "--help"))
  return [out, ...helps.map((help) => help.out)]
})

describe("the examples of the help", () => {
  it.live(
    "can be typed as they stand, for every command",
    () =>
      Effect.gen(function* () {
        const { url } = yield* makeService
        writeFiles()
        const fleet = yield* fleetPlace
        const environment = {
          DISPATCH_API_URL: url,
          DISPATCH_PORT: "0",
          EDITOR: "true",
          ...fleet.environment
        }
        yield* Effect.gen(function* () {
          const client = yield* DispatchClient.DispatchClient
          const fields = {
            type: "CHARGE",
            startTime: "NOW",
            duration: "3 hours",
            target: Target.componentIds(11n),
            // Runs can be left out of it.
            recurrence: CalendarRule.make({ frequency: "DAILY", interval: 1, timeZone: "Europe/Berlin" })
          } as const
          yield* Effect.repeat(client.create(MicrogridId.make(1n), fields), { times: plenty - 1 })
        }).pipe(Effect.provide(DispatchClientGrpc.layer({ url })))
        const commands = commandsIn((yield* run("--help")).out)
        let typed = 0
        // An exported plan is applied before anything of it is deleted.
        for (const command of ["export", "apply", ...commands.filter((name) => name !== "apply")]) {
          for (const help of yield* helpsOf(command)) {
            for (const example of examplesOf(help).flatMap(fleet.here)) {
              const [line = "", file] = example.split(/ > (\S+)$/)
              yield* type(line, file, environment)
              typed += 1
            }
          }
        }
        assert.isAbove(typed, 50)
      }),
    bounded
  )
})

const type = Effect.fnUntraced(function* (
  line: string,
  file: string | undefined,
  environment: Record<string, string>
) {
  const { code, err, out } = yield* typeLine(environment, line.replace(/ < \S+$/, ""))
  if (file !== undefined) writeFileSync(join(workplace, file), out)
  // Only the reader knows what keys, processes and microgrids there are, and whether there is a terminal to ask on.
  const isOfTheReader =
    /^(keys revoke|fleet (drain|watch))/.test(line) || (line.startsWith("delete") && !line.includes("--yes"))
  if (isOfTheReader)
    assert.match(err, /no key|no process|not in fleet|give --yes/, `dispatch ${line}\n${err}`)
  else assert.strictEqual(code, 0, `dispatch ${line}\n${err}`)
})
