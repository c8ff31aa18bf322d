import type { Mutants } from "./mutant.ts"

export const coreRecurrence: Mutants = {
  "packages/core/src/internal/recurrence/runSchedule.ts": {
    "r7-edge-at-the-boundary-is-lost": {
      rule: "R7",
      fault: "an occurrence exactly now is not one yet",
      text: "return Recurrence.previousSeconds(this.rule, Math.floor(at / 1000)) * 1000",
      replacement: "return Recurrence.previousSeconds(this.rule, Math.ceil(at / 1000) - 1) * 1000"
    },
    "r8-run-ends-late": {
      rule: "R8",
      fault: "the end of a run still belongs to it",
      text: "return at < occurrence + this.length ? occurrence : Number.NaN",
      replacement: "return at <= occurrence + this.length ? occurrence : Number.NaN"
    }
  }
}
