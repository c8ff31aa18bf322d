import type { Mutants } from "./mutant.ts"

export const corePort: Mutants = {
  "packages/core/src/internal/port/checkedClient.ts": {
    "port-undefined-of-a-rule-is-given": {
      fault: "Port: a field of a rule that is undefined is a defect",
      text: "Object.entries(fields).filter(([, value]) => value !== undefined)",
      replacement: "Object.entries(fields)",
      tests: ["test/conformance/clientPort.test.ts"]
    },
    "port-rule-by-its-fields-is-no-rule": {
      fault: "Port: a rule given by its fields is stored as it is, also with an interval of 0",
      text: "? dispatch : { ...dispatch, recurrence: ruleOf(dispatch.recurrence) }",
      replacement: "? dispatch : dispatch",
      tests: ["test/conformance/clientPort.test.ts"]
    }
  }
}
