import type { Mutants } from "./mutant.ts"

export const corePort: Mutants = {
  "packages/core/src/DispatchingActor.ts": {
    "ids-are-looked-up-as-they-come": {
      fault: "A dispatch is looked up by a number, which finds some and never those of large ids",
      text: 'Effect.orDie(refuse(() => OptionChecks.dispatchId(id, "id")))',
      replacement: "Effect.asVoid(Effect.succeed(id))",
      tests: ["packages/core/test/Options.test.ts"]
    }
  },
  "packages/core/src/internal/port/checkedClient.ts": {
    "port-undefined-of-a-rule-is-given": {
      fault: "Port: a field of a rule that is undefined is a defect",
      text: "if (copy[key] === undefined) delete copy[key]",
      replacement: "void key",
      tests: ["test/conformance/clientPort.test.ts"]
    },
    "port-rule-by-its-fields-is-no-rule": {
      fault: "Port: a rule given by its fields is stored as it is, also with an interval of 0",
      text: "? dispatch : { ...dispatch, recurrence: ruleOf(dispatch.recurrence) }",
      replacement: "? dispatch : dispatch",
      tests: ["test/conformance/clientPort.test.ts"]
    }
  },
  "packages/core/src/internal/check.ts": {
    "port-misspelt-names-pass": {
      fault: "Port: a field of an unknown name is ignored without a word",
      text: ": unknownName(path, known)",
      replacement: ": undefined",
      tests: ["test/conformance/clientPort.test.ts", "packages/core/test/Options.test.ts"]
    },
    "port-names-within-pass": {
      fault: "Port: a field of an unknown name within another is ignored",
      text: "(faultOfFields(value, `${path}.`, checks) ?? faultOfOthers(value, `${path}.`, checks))",
      replacement: "faultOfFields(value, `${path}.`, checks)",
      tests: ["test/conformance/clientPort.test.ts", "packages/core/test/Options.test.ts"]
    },
    "port-getter-is-a-defect": {
      fault: "Port: a getter that throws is a defect",
      text: "Result.getOrElse(Result.try(find), (thrown) => ({ path, message: `it cannot be read: ${messageOf(thrown)}` }))",
      replacement: "Result.getOrElse(Result.succeed(find()), () => ({ path, message: messageOf(path) }))",
      tests: ["test/conformance/clientPort.test.ts", "packages/core/test/Options.test.ts"]
    }
  },
  "packages/core/src/internal/port/optionChecks.ts": {
    "options-no-time-is-a-period": {
      fault: "Options: a listing is repeated without any time between, if the options say so",
      text: 'lengthThat(Duration.isPositive, "above 0")',
      replacement: "length",
      tests: ["packages/core/test/Options.test.ts"]
    },
    "options-capacity-for-half-a-command": {
      fault: "Options: a subscriber has room for half of a command",
      text: "export const capacity = whole(2, unsigned32Max)",
      replacement: "export const capacity = whole(1, unsigned32Max)",
      tests: ["packages/core/test/Options.test.ts"]
    }
  },
  "packages/core/src/ManageOptions.ts": {
    "options-of-manage-are-not-looked-at": {
      fault: "Options: manage does not look at its options",
      text: "checkOptions(options)\n  )",
      replacement: "Effect.void\n  )",
      tests: ["packages/core/test/Options.test.ts"]
    }
  },
  "packages/core/src/SyncSettings.ts": {
    "options-milliseconds-stay-numbers": {
      fault: "Options: a length that is given as a number or in words is no Duration",
      text: "lengths.has(name) ? Duration.fromInputUnsafe(value) : value",
      replacement: "value",
      tests: ["packages/core/test/Options.test.ts"]
    }
  }
}
