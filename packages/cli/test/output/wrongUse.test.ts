import { assert, describe, it } from "@effect/vitest"
import { Context, Option } from "effect"
import * as CliError from "effect/cli/CliError"
import type { HelpDoc } from "effect/cli/HelpDoc"
import * as WrongUse from "../../src/output/wrongUse.ts"

const doc: HelpDoc = {
  description: "",
  usage: "",
  flags: [
    {
      name: "microgrids",
      aliases: [],
      type: "IDS",
      description: Option.some("What it opens"),
      required: true
    }
  ],
  annotations: Context.empty(),
  args: [
    {
      name: "microgrid",
      type: "string",
      description: Option.some("Id of the microgrid"),
      required: true,
      variadic: false
    }
  ],
  subcommands: [
    {
      group: undefined,
      commands: [{ name: "list", alias: undefined, shortDescription: undefined, description: "" }]
    }
  ],
  examples: [{ command: "dispatch list 1" }, { command: "dispatch list 2" }]
}

const answer = (...errors: ReadonlyArray<CliError.NonShowHelpErrors>) => {
  const { hints, sentences } = WrongUse.answer(errors, doc, ["dispatch", "list"], "dispatch")
  return [...sentences, ...hints]
}

const [example, more] = ["Example: dispatch list 1", "All about it: dispatch list --help"]

describe("an answer to wrong use", () => {
  it("says what is missing and what it is, with one example", () => {
    assert.deepStrictEqual(answer(new CliError.MissingArgument({ argument: "microgrid" })), [
      "microgrid is missing: id of the microgrid",
      example,
      more
    ])
    assert.deepStrictEqual(answer(new CliError.MissingOption({ option: "microgrids" })), [
      "--microgrids is missing: what it opens",
      example,
      more
    ])
  })

  it("says of a value what is wrong with it, in the words of whoever reads it", () => {
    const value = (expected: string) =>
      answer(new CliError.InvalidValue({ option: "sort", value: "x", expected, kind: "flag" }))[0]
    assert.strictEqual(value("is not a time; use now"), '--sort "x" is not a time; use now')
    assert.strictEqual(value('"start" | "-start"'), '--sort "x" must be one of start, -start')
    assert.strictEqual(value("Expected true, false"), '--sort "x" must be one of true, false')
  })

  it("says that a value is missing", () => {
    const error = new CliError.InvalidValue({ option: "url", value: "", expected: "URL", kind: "flag" })
    assert.strictEqual(answer(error)[0], "--url needs a value")
  })

  it("says that an option is given twice", () => {
    const expected = "at most 1 value"
    const error = new CliError.InvalidValue({
      option: "start",
      value: "2 occurrences",
      expected,
      kind: "flag"
    })
    assert.strictEqual(answer(error)[0], "--start is given more than once, and takes one value")
  })

  it("asks whether another option or command was meant, and lists the commands", () => {
    const option = new CliError.UnrecognizedOption({ option: "--runing", suggestions: ["--running"] })
    assert.strictEqual(
      answer(option)[0],
      "--runing is not an option of dispatch list; did you mean --running?"
    )
    const command = new CliError.UnknownSubcommand({ subcommand: "lst", suggestions: ["list", "last"] })
    assert.deepStrictEqual(answer(command).slice(0, 2), [
      '"lst" is not a command of dispatch list; did you mean list or last?',
      "Commands: list"
    ])
  })

  it("names the program as it is called where the user is", () => {
    const { hints } = WrongUse.answer([], doc, ["dispatch", "list"], "npx -y pnpm@11 dispatch")
    assert.deepStrictEqual(hints, [
      "Example: npx -y pnpm@11 dispatch list 1",
      "All about it: npx -y pnpm@11 dispatch list --help"
    ])
  })

  it("lets no control character through", () => {
    const error = new CliError.UnexpectedArgument({ arguments: ["\u001b[2J"] })
    assert.include(answer(error)[0], '"\\u001b[2J" is more than dispatch list takes')
  })
})
