import type { Mutants } from "./mutant.ts"

export const corePort: Mutants = {
  "packages/core/src/internal/port/checkedClient.ts": {
    "port-rule-by-its-fields-is-no-rule": {
      fault: "Port: a rule given by its fields is stored as it is, also with an interval of 0",
      text: ": { ...dispatch, recurrence: RecurrenceRule.make(dispatch.recurrence) }",
      replacement: ": dispatch",
      tests: ["test/conformance/clientPort.test.ts"]
    }
  }
}
