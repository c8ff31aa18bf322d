import { assert, describe, it } from "@effect/vitest"
import { Command, Completions, Flag } from "effect/cli"
import { arrange } from "../../src/input/wordOrder.ts"

const json = Flag.Boolean("json")
const program = Completions.fromCommand(
  Command.make("dispatch").pipe(
    Command.withSharedFlags({ url: Flag.String("url").pipe(Flag.optional) }),
    Command.withSubcommands([
      Command.make("list", {
        json,
        sort: Flag.String("sort"),
        type: Flag.String("type").pipe(Flag.withAlias("T"))
      }),
      Command.make("create", {
        json,
        file: Flag.String("file").pipe(Flag.withAlias("f")),
        frequency: Flag.String("frequency")
      }),
      Command.make("keys").pipe(Command.withSubcommands([Command.make("list", { json })]))
    ])
  )
)

const arranged = (line: string): string => arrange(line.split(" "), program).join(" ")

describe("the words of a command line", () => {
  it("are the same where the options stand behind the command", () => {
    for (const line of [
      "list 7 --json",
      "create 1 A 1 now",
      "keys list --json",
      "nonsense --json",
      "--json"
    ]) {
      assert.strictEqual(arranged(line), line)
    }
  })

  it("may begin with options, with or without a value", () => {
    assert.strictEqual(arranged("--json list 7"), "list 7 --json")
    assert.strictEqual(arranged("--url X --type list list 7"), "list 7 --url X --type list")
    assert.strictEqual(arranged("--type=list list 7"), "list 7 --type=list")
    assert.strictEqual(arranged("-T A --json true list 7 --url Y"), "list 7 --url Y -T A --json true")
    assert.strictEqual(arranged("keys --json list"), "keys list --json")
    assert.strictEqual(arranged("--help list"), "list --help")
  })

  it("keep an unknown option in sight, with the command that does not know it", () => {
    assert.strictEqual(arranged("--nonsense list 7"), "list 7 --nonsense")
  })

  it("ask for help in the words of a person", () => {
    assert.strictEqual(arranged("help create"), "create --help")
    assert.strictEqual(arranged("help keys list"), "keys list --help")
    assert.strictEqual(arranged("help"), "--help")
    assert.strictEqual(arranged("help nonsense"), "nonsense")
  })

  it("join a value that begins with a dash to its option, and no option to another", () => {
    assert.strictEqual(arranged("list 7 --sort -start"), "list 7 --sort=-start")
    assert.strictEqual(arranged("list 7 --sort -T A"), "list 7 --sort -T A")
    assert.strictEqual(arranged("list 7 --sort --json"), "list 7 --sort --json")
    assert.strictEqual(arranged("list 7 --sort -"), "list 7 --sort -")
    assert.strictEqual(arranged("list 7 --json -start"), "list 7 --json -start")
  })

  it("tell a frequency from a file", () => {
    assert.strictEqual(arranged("create 1 A 1 now -f Daily"), "create 1 A 1 now --frequency Daily")
    assert.strictEqual(arranged("create 1 -f week.jsonl"), "create 1 -f week.jsonl")
    assert.strictEqual(arranged("create 1 --file daily"), "create 1 --file daily")
  })

  it("stay as they are behind --", () => {
    assert.strictEqual(arranged("--json list 7 -- --sort -x"), "list 7 --json -- --sort -x")
  })
})
