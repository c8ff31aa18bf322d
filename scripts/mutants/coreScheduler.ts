import type { Mutants } from "./mutant.ts"

export const coreScheduler: Mutants = {
  "packages/core/src/internal/scheduler/multiset.ts": {
    "patience-goes-with-the-first-that-goes": {
      fault:
        "Clock set back: a step is noticed late once one of two alarms that allow as little sleep has gone",
      text: "if (left === 0) this.#counts.delete(value)",
      replacement: "if (left >= 0) this.#counts.delete(value)",
      tests: ["packages/core/test/DispatchScheduler.test.ts"]
    }
  },
  "packages/core/src/internal/scheduler/timer.ts": {
    "small-step-forward-is-not-noticed": {
      fault: "Timing: a step forward of little more than a second brings no deadline nearer",
      text: "this.#held.earliest - now < sleep - clockStepToleranceMillis",
      replacement: "this.#held.earliest - now < sleep - 2 * clockStepToleranceMillis",
      tests: ["packages/core/test/DispatchScheduler.test.ts"]
    },
    "clock-set-back-after-a-step-forward": {
      fault: "Clock set back: what the clock said when an alarm was set is forgotten",
      text: "this.#seenAt = Math.max(this.#seenAt, now)",
      replacement: "",
      tests: ["packages/core/test/DispatchScheduler.test.ts"]
    },
    "deadline-after-a-step-waits": {
      fault: "Timing: a deadline that is set after a step forward waits for the next look at the clock",
      text: "if (at - now < sleep || hasStepped) this.#moved.openUnsafe()",
      replacement:
        "if (at - this.#lookedAt.wall < this.#wakesAt - Number(this.#lookedAt.timers) / 1e6 || (hasStepped && false)) this.#moved.openUnsafe()",
      tests: ["packages/core/test/DispatchScheduler.test.ts"]
    },
    "clock-that-stands-still-keeps-busy": {
      fault: "Timing: a wall clock that stands still before a deadline is looked at each millisecond",
      text: "const stillFor = Math.min(timers - this.#moment.timers, standstillSleepMaxMillis)",
      replacement: "const stillFor = Math.min(0 * this.#moment.timers, standstillSleepMaxMillis)",
      tests: ["packages/core/test/DispatchScheduler.test.ts"]
    },
    "alarm-is-lost-to-a-step-back": {
      fault: "Clock set back: an alarm that is due when the step is noticed does not ring",
      text: 'if (why === "Due") item.isDue = false',
      replacement: "item.isDue = false",
      tests: ["packages/core/test/DispatchScheduler.test.ts"]
    },
    "new-alarm-waits-for-the-sleep-of-others": {
      fault: "Clock set back: a new alarm that allows less sleep than the others is told of a step too late",
      text: "if (maxSleep < this.#wakesAt - this.#timersMillis) this.#moved.openUnsafe()",
      replacement: "",
      tests: ["packages/core/test/DispatchScheduler.test.ts"]
    },
    "clock-that-goes-on-is-late": {
      fault: "Timing: a deadline is seconds late after the wall clock stood still",
      text: "export const standstillSleepMaxMillis = 100",
      replacement: "export const standstillSleepMaxMillis = 10_000",
      tests: ["packages/core/test/DispatchScheduler.test.ts"]
    }
  }
}
