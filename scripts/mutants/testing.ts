import type { Mutants } from "./mutant.ts"

export const testing: Mutants = {
  "packages/testing/src/internal/inheritance.ts": {
    "r5-judge-lets-all-be-told-again": {
      rule: "R5, S10",
      fault:
        "a run may be told again for the sake of any record that was read late, also of one of the same form",
      text: "? !steersTheSame(before, dispatch)",
      replacement: "? true",
      tests: ["packages/testing/test/internal/judge.test.ts"]
    },
    "s10-judge-knows-no-stops-of-late-records": {
      rule: "S10",
      fault:
        "a stop of a run that only a record had which was read late is called an edge that nobody expects",
      text: "if (this.#takeUnread(change)) this.#readLate.add(change)",
      replacement: "",
      tests: ["packages/testing/test/internal/judge.test.ts"]
    },
    "r5-judge-knows-nothing-of-late-records": {
      rule: "R5, S10",
      fault: "a run that is told again since a record read late has it in another form is called told twice",
      text: "unread.some((one) => isOther(one.dispatch))",
      replacement: "unread.length < 0",
      tests: ["packages/testing/test/internal/judge.test.ts"]
    }
  },
  "packages/testing/src/internal/punctuality.ts": {
    "judge-excuses-starts-decided-late": {
      fault: "a start may be decided at any time after nobody looked",
      text: "this.#isUnwatchedAt(edge) && this.#isUnwatchedAt(decidedAt)",
      replacement: "this.#isUnwatchedAt(edge)"
    },
    "s10-judge-forgets-that-a-start-waited-at-the-stop": {
      rule: "S10",
      fault: "a start that waited for its note when the actor stopped is called late once that runs again",
      text: "elapsed) && !wasStopped",
      replacement: "elapsed)"
    },
    "judge-forgets-that-a-command-waited": {
      fault: "a command that waited for its note at an update is said to be executed by that",
      text: "!this.#clock.isPromptSince(since) ||",
      replacement: ""
    }
  },
  "packages/testing/src/internal/virtualTime.ts": {
    "real-clocks-are-not-looked-at": {
      fault: "A program on the real clock that uses the client of tests does not notice steps",
      text: "Effect.map(isVirtual, (virtual) => (virtual ? Layer.merge(Probe.layer, cadence) : Layer.empty))",
      replacement:
        "Effect.map(isVirtual, (virtual) => (virtual ? Layer.merge(Probe.layer, cadence) : cadence))"
    },
    "s4-virtual-time-lists-again": {
      rule: "S4",
      fault: "in virtual time the service is listed every five minutes all the same",
      text: "resyncInterval: Duration.infinity,",
      replacement: "resyncInterval: Duration.minutes(5),"
    },
    "virtual-time-leaves-what-was-created-behind": {
      fault: "Time moves on before a site has learnt what was created",
      text: "create: (...parameters) => Effect.tap(inner.create(...parameters), rest),",
      replacement: "create: (...parameters) => inner.create(...parameters),"
    }
  }
}
