import type { Mutants } from "./mutant.ts"

export const coreSubscribers: Mutants = {
  "packages/core/src/internal/subscribers/hub.ts": {
    "s10-subscription-after-the-fence-never-ends": {
      rule: "S10",
      fault: "a subscription that is made after another actor has taken over waits for ever",
      text: "if (this.#isClosed) return Stream.empty",
      replacement: "",
      tests: ["packages/core/test/Fenced.test.ts"]
    },
    "reader-decides-the-state": {
      fault: "Subscribers: the state is worked out when it is read, not when it was decided",
      text: "if (!pending.isEmpty) return Effect.succeed(pending.take())",
      replacement: `if (!pending.isEmpty) {
          const value = pending.take() as { dispatch?: { endTime?: unknown; duration: unknown }; until?: { epochMilliseconds: number }; state?: string }
          return Effect.map(Effect.clockWith((clock) => clock.currentTimeMillis), (now) =>
            value.until !== undefined && value.until.epochMilliseconds <= now ? ({ ...value, state: "Stopped" } as A) : (value as A))
        }`,
      tests: ["packages/core/test/internal/subscribers/hub.test.ts"]
    },
    "reader-that-stops-loses-the-rest": {
      fault: "Subscribers: what a reader leaves unread when it stops is lost",
      text: "if (!pending.isEmpty) return Effect.succeed(pending.take())",
      replacement: `if (!pending.isEmpty) {
          const value = pending.take()
          while (!pending.isEmpty) pending.take()
          return Effect.succeed(value)
        }`,
      tests: ["packages/core/test/internal/subscribers/hub.test.ts"]
    },
    "subscribes-with-the-first-pull": {
      fault: "Subscribers: what is published between subscribing and the first pull is lost",
      text: "if (this.#end !== undefined) return\n",
      replacement:
        "if (this.#end !== undefined || (this.#wake === undefined && this.#subscriber.pending.isEmpty)) return\n",
      tests: ["packages/core/test/internal/subscribers/hub.test.ts"]
    }
  },
  "packages/core/src/internal/subscribers/identities.ts": {
    "merged-failure-breaks-the-stream": {
      fault: "Merging: a strategy that throws breaks the stream of its subscriber",
      text: "Result.try({ try: call, catch: (error) => `its ${what} throws: ${String(error)}` })",
      replacement: `what === "filter" ? Result.try({ try: call, catch: String }) : Result.succeed(call())`
    },
    "merged-filter-is-not-asked": {
      fault: "Merging: the filter of a strategy is not asked",
      text: `const isIn = calling("filter", () => filter?.(dispatch, type) !== false)`,
      replacement: `const isIn = calling("filter", () => true)`
    },
    "merged-identity-is-asked-again": {
      fault: "Merging: a strategy is asked again for a version that it has answered for",
      text: "answers.set(dispatch, answer)",
      replacement: ""
    },
    "merged-nan-is-an-identity": {
      fault: "Merging: NaN is taken for an identity",
      text: `(typeof given === "number" && !Number.isNaN(given))`,
      replacement: `(typeof given === "number")`
    },
    "merged-number-is-its-text": {
      fault: 'Merging: 1 and "1" are one identity',
      text: "(given) => (isIdentity(given) ? Result.succeed(given) : Result.fail(notAnIdentity(given)))",
      replacement:
        "(given) => (isIdentity(given) ? Result.succeed(String(given)) : Result.fail(notAnIdentity(given)))"
    }
  },
  "packages/core/src/internal/subscribers/merge.ts": {
    "r11-stop-is-taken-by-whom-it-does-not-concern": {
      rule: "R11",
      fault: "a stop counts as handed over to a subscriber whose strategy leaves its version out",
      text: "return identity !== undefined && (next === undefined || identity",
      replacement: "return (next === undefined || identity",
      tests: ["packages/core/test/internal/subscribers/merge.test.ts"]
    },
    "merged-command-stops-what-runs": {
      fault: "Merging: the stop of a command is told although another of the identity runs",
      text: "else if (group.running.size + group.upcoming.size > 0) {",
      replacement: "else if (group.running.size + group.upcoming.size < 0) {"
    },
    "merged-delayed-running-is-decided-with-the-stop": {
      fault: "Merging: what is announced again after a wait says that it was decided when the other stopped",
      text: "decidedAt: decidedAt.epochMilliseconds < evaluatedAt ? DateTime.makeUnsafe(evaluatedAt) : decidedAt,",
      replacement: "decidedAt: evaluatedAt < 0 ? DateTime.makeUnsafe(evaluatedAt) : decidedAt,",
      tests: ["packages/core/test/internal/subscribers/merge.test.ts"]
    },
    "merged-earliest-is-told-again": {
      fault: "Merging: what is announced again is what began first",
      text: "for (const change of running) if (found === undefined || byOccurrence(change, found) > 0) found = change",
      replacement:
        "for (const change of running) if (found === undefined || byOccurrence(change, found) < 0) found = change"
    },
    "merged-identity-change-leaves-the-old-running": {
      fault: "Merging: an update of the identity does not stop the old one",
      text: "leave(turn, movedStop(before.change, change))",
      replacement: "void before.change"
    },
    "merged-stop-asks-again": {
      fault: "Merging: a stop goes to the identity that its version has by now",
      text: "const { identity } = part",
      replacement: "const identity = turn.state.identityOf(stop.next ?? stop.dispatch) ?? part.identity"
    },
    "merged-stop-of-an-earlier-process-ends-the-own-run": {
      fault: "Merging: the stop of a run that an earlier process announced ends what this one has told",
      text: "if (part === undefined || !endsPart(part, stop)) return endEarlier(turn, stop)",
      replacement: "if (part === undefined) return endEarlier(turn, stop)",
      tests: ["packages/core/test/internal/subscribers/merge.test.ts"]
    },
    "merged-identity-over-a-restart-goes-on": {
      fault: "Merging: an identity that a run has left over a restart is not stopped",
      text: "for (const stop of moved) endMoved(turn, stop)",
      replacement: "void moved",
      tests: ["packages/core/test/RecoveredIdentities.test.ts"]
    },
    "merged-identity-over-a-restart-stops-all-the-same": {
      fault: "Merging: an identity that a run keeps over a restart is stopped",
      text: "if (next !== undefined && identity === identityOf(next)) return",
      replacement: "",
      tests: ["packages/core/test/RecoveredIdentities.test.ts"]
    },
    "merged-identity-over-a-restart-stops-twice": {
      fault:
        "Merging: the stop of an identity that a run has left over a restart is told when that is decided, and again",
      text: "ended.add(dispatch)",
      replacement: "",
      tests: ["packages/core/test/LeftIdentities.test.ts"]
    },
    "merged-identity-is-left-when-the-next-is-told": {
      rule: "S10",
      fault: "Merging: the stop of an identity that a run leaves waits until the next start is noted",
      text: "if (part !== undefined) endingOf(turn, part.identity).stops.push(movedStop(part.change, change))",
      replacement: "if (part !== undefined) enter(state, part)",
      tests: ["packages/core/test/LeftIdentities.test.ts"]
    },
    "merged-identity-that-was-left-stops-twice": {
      fault: "Merging: a run that has left its identity and then ends is stopped there once more",
      text: "if (endsPart(left.get(id)?.part, stop)) return void left.delete(id)",
      replacement: "",
      tests: ["packages/core/test/LeftIdentities.test.ts"]
    },
    "merged-identity-stays-left": {
      fault: "Merging: a run that is on as before, since its next start was withdrawn, stays stopped",
      text: "for (const change of withdrawn) comeBack(turn, change)",
      replacement: "",
      tests: ["packages/core/test/LeftIdentities.test.ts"]
    },
    "merged-present-shows-an-identity-that-was-left": {
      fault: "Merging: a new subscriber is shown a run under the identity that it has left",
      text: "return running.filter((change) => state.parts.get(change.dispatch.id)?.change === change)",
      replacement: "return running.filter(({ dispatch }) => state.identityOf(dispatch) !== undefined)",
      tests: ["packages/core/test/LeftIdentities.test.ts"]
    },
    "merged-late-subscriber-is-told-of-an-identity-that-stays": {
      fault: "Merging: a late subscriber is told that an identity stops which the run has not left",
      text: "identity !== identityOf(next)",
      replacement: "identityOf(next) !== null",
      tests: ["packages/core/test/RecoveredIdentities.test.ts"]
    },
    "merged-stop-passes-while-another-runs": {
      fault: "Merging: a stop is told although another of the identity runs",
      text: "const stop = lastOf(all.filter(({ dispatch }) => !othersRun(group, dispatch.id)))",
      replacement: "const stop = lastOf(all.filter(({ dispatch }) => !othersRun(group, dispatch.id) || true))"
    },
    "merged-stops-are-told-one-by-one": {
      fault: "Merging: several stops at one instant are several",
      text: `state.given.set(stop, identity)
        told.push(stop)`,
      replacement: `for (const one of stops) state.given.set(one, identity)
        told.push(...stops)`
    },
    "merged-upcoming-does-not-count": {
      fault: "Merging: what is decided and not yet told does not withhold a stop",
      text: "running.size > (running.has(id) ? 1 : 0) || upcoming.size > (upcoming.has(id) ? 1 : 0)",
      replacement: "running.size > (running.has(id) ? 1 : 0) || upcoming.size < 0"
    },
    "merged-what-runs-on-is-not-told": {
      fault: "Merging: when what was told last has stopped, what runs on is not announced",
      text: "if (withheld === undefined || last === undefined) return",
      replacement: "if (withheld !== undefined || last === undefined || upcoming.size >= 0) return",
      tests: ["packages/core/test/internal/subscribers/merge.test.ts"]
    },
    "merged-withheld-stop-is-lost": {
      fault: "Merging: a stop that was withheld for what is never told is lost",
      text: "group.withheld = upcoming.size > 0 ? withheld : undefined",
      replacement: "group.withheld = undefined",
      tests: ["packages/core/test/internal/subscribers/merge.test.ts"]
    }
  },
  "packages/core/src/internal/subscribers/pendingChanges.ts": {
    "slow-reader-gets-half-a-command": {
      fault: "Subscribers: of a command that cannot be kept, the stop alone is",
      text: "if (firstStop.get(key) === index || lastStart.get(key) === index) kept.push(change)",
      replacement: `if (firstStop.get(key) === index || lastStart.get(key) === index) kept.push(change)
        else if (change.state === "Stopped" && isCommand(change)) kept.push(change)`
    },
    "slow-reader-is-never-conflated": {
      fault: "Subscribers: what a slow reader has not read grows without bound",
      text: "if (this.length <= this.#limit) return",
      replacement: "if (this.length > 0) return"
    },
    "slow-reader-is-told-of-another-type": {
      fault: "Subscribers: what was conflated tells a subscriber to one type of another",
      text: "return isKnown && (type === undefined || dispatch.type === type)",
      replacement: `return isKnown && (type === undefined || dispatch.type !== "")`
    },
    "slow-reader-hears-of-a-version-it-never-knew": {
      fault: "Subscribers: joined twice, an update goes on from a version that the reader was not told of",
      text: "before === undefined ? (toldOf.get(last) ?? toldBefore(last)) : before.told",
      replacement: "before === undefined ? toldBefore(last) : before.told"
    },
    "slow-reader-keeps-twice-the-capacity": {
      fault: "Subscribers: after a conflation the buffer never holds its capacity again",
      text: "if (this.#conflated > 0 && --this.#conflated === 0) this.#limit = this.#capacity",
      replacement: ""
    },
    "slow-reader-loses-recovered-stops": {
      rule: "R11",
      fault: "a slow reader loses the stops of what an earlier process had started",
      text: "if (!firstStop.has(key) && (this.#told.has(key) || !started.has(key))) firstStop.set(key, index)",
      replacement: "if (!firstStop.has(key) && this.#told.has(key)) firstStop.set(key, index)"
    },
    "slow-reader-loses-stops": {
      fault: "Subscribers: what a slow reader has no room for is dropped, stops included",
      text: "this.#values = this.#conflate(this.#values.slice(this.#first))",
      replacement: "this.#values = this.#values.slice(-this.#capacity)"
    },
    "slow-reader-loses-the-report-of-a-command": {
      fault: "Subscribers: a command that could not be kept is not reported",
      text: `else if (change.state === "Running" && isCommand(change)) dropped.push(change)`,
      replacement: ""
    }
  }
}
