import type { Mutants } from "./mutant.ts"

export const coreRecurrence: Mutants = {
  "packages/core/src/internal/recurrence/runSchedule.ts": {
    "r7-edge-at-the-boundary-is-lost": {
      fault: "R7: an occurrence exactly now is not one yet",
      text: "return Recurrence.previousSeconds(this.rule, Math.floor(at / 1000)) * 1000",
      replacement: "return Recurrence.previousSeconds(this.rule, Math.ceil(at / 1000) - 1) * 1000"
    },
    "r8-run-ends-late": {
      fault: "R8: the end of a run still belongs to it",
      text: "return at < occurrence + this.length ? occurrence : Number.NaN",
      replacement: "return at <= occurrence + this.length ? occurrence : Number.NaN"
    }
  }
}
