import type { Mutants } from "./mutant.ts"

export const coreManaging: Mutants = {
  "packages/core/src/internal/management/attempts.ts": {
    "actor-that-interrupts-itself-begins-again-with-the-service": {
      fault:
        "section 7, whenStale: an actor that has interrupted itself is started again when the service is back",
      text: "isWell: Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause)",
      replacement: "isWell: Exit.isSuccess(exit)",
      tests: ["packages/core/test/ManagedWhenStale.test.ts"]
    },
    "managed-command-is-tried-for-ever": {
      fault: "Managing: a command is tried again however late",
      text: "if (yield* isTooLate) return",
      replacement: "if ((yield* isTooLate) && this.#begun < 0) return",
      tests: ["packages/core/test/ManagedRetries.test.ts"]
    },
    "managed-ending-actor-is-told": {
      fault: "Managing: what is announced while the finalizers of an actor run is told to nobody",
      text: "this.#trial.hear({",
      replacement: "if (Exit.isFailure(exit)) this.#trial.hear({",
      tests: ["packages/core/test/ManagedRetries.test.ts", "packages/core/test/ActorManager.test.ts"]
    },
    "managed-failure-is-final": {
      fault: "Managing: an actor that fails is not tried again",
      text: "while: (cause) => this.#isReported && !Cause.hasInterruptsOnly(cause)",
      replacement: "while: () => false",
      tests: ["packages/core/test/ManagedRetries.test.ts"]
    }
  },
  "packages/core/src/internal/management/identityState.ts": {
    "managed-actor-runs-twice": {
      fault: "Managing: an actor is started again before it has ended",
      text: `return [{ _tag: "Stopping", next: order }]`,
      replacement: "return begin(order, hold)"
    },
    "managed-bad-payload-stops": {
      fault: "Managing: a payload that does not decode stops the actor that is up",
      text: "return state.isOver ? interrupt() : [{ ...state, isOutdated: true }]",
      replacement: "return interrupt()"
    },
    "managed-command-is-cut-off": {
      fault: "Managing: the actor of a command is interrupted by the stop that follows its start",
      text: "return state.isCommand ? [state] : interrupt()",
      replacement: "return interrupt()"
    },
    "managed-done-is-held": {
      fault: "Managing: what has ended by itself is started again with the service",
      text: `if (state._tag !== "Active" || state.isDone || !isEndless(state.order.change)) return [state]`,
      replacement: `if (state._tag !== "Active" || !isEndless(state.order.change)) return [state]`
    },
    "managed-ended-is-started-again": {
      fault: "Managing: an actor that ends by itself is started again at once",
      text: `case "Ended":`,
      replacement: `case "Ended":
        if (state._tag === "Active") return begin(state.order, hold)`
    },
    "managed-update-restarts": {
      fault: "Managing: an update restarts an actor that is up",
      text: "if (state.isOver || (hold.isHeld && isEndless(order.change))) return interrupt(order)",
      replacement: `if (state._tag === "Active" || (hold.isHeld && isEndless(order.change))) return interrupt(order)`
    },
    "managed-update-waits-for-the-retry": {
      fault: "Managing: a newer change waits for the attempt that was to come",
      text: "if (state.isOver || (hold.isHeld && isEndless(order.change))) return interrupt(order)",
      replacement: "if ((hold.isHeld && isEndless(order.change))) return interrupt(order)"
    }
  },
  "packages/core/src/internal/management/managedIdentity.ts": {
    "managed-failure-stops-all": {
      fault: "Managing: the failure of one actor stops the others of its identity for good",
      text: "const hear = (signal: Signal<P>) => this.give(signal)",
      replacement: `const hear = (signal: Signal<P>) => this.give(signal._tag === "Finished" && !signal.isWell ? { _tag: "Closed" } : signal)`,
      tests: ["packages/core/test/ManagedRetries.test.ts"]
    }
  },
  "packages/core/src/internal/management/managedType.ts": {
    "command-that-waits-for-another-is-not-revoked": {
      fault:
        "section 7: a command that waits for the end of another actor begins, though it was deleted by then",
      text: "if (isOfCommand(state)) this.#ofCommands.add(identity)",
      replacement: 'if (state._tag === "Active" && isOfCommand(state)) this.#ofCommands.add(identity)',
      tests: ["packages/core/test/ManagedCommands.test.ts"]
    },
    "managed-bad-payload-hides-others": {
      fault: "Managing: a payload that does not decode ends the managing of its type",
      text: `identity.give({ _tag: "Running", change, order: undefined })`,
      replacement: "yield* Effect.die(payload.failure)",
      tests: ["packages/core/test/ManagedPayloads.test.ts"]
    },
    "managed-command-window-goes-by-the-wall-clock": {
      fault: "Managing: lateness is forgotten in how long a command may be tried",
      text: "Duration.toMillis(catchUpWindow) - Math.max(0, decidedAt.epochMilliseconds - occurrence.epochMilliseconds)",
      replacement:
        "Duration.toMillis(catchUpWindow) - Math.max(0, 0 * (decidedAt.epochMilliseconds - occurrence.epochMilliseconds))"
    },
    "managed-released-with-an-old-payload": {
      fault: "Managing: what was held is started again with a payload that no longer counts",
      text: "Target.equals(left.target, right.target) && Payload.equals(left.payload, right.payload)",
      replacement: "Target.equals(left.target, right.target) && Payload.equals(left.payload, left.payload)",
      tests: ["packages/core/test/ManagedWhenStale.test.ts"]
    },
    "managed-stale-is-not-started-again": {
      fault: "Managing: what was stopped for want of the service is not started again",
      text: `identity.give({ _tag: "Released" })`,
      replacement: "",
      tests: ["packages/core/test/ManagedWhenStale.test.ts"]
    },
    "managed-stale-runs-on": {
      fault: "Managing: runs without an end go on without the service however long",
      text: `this.#giveAll({ _tag: "Held" })`,
      replacement: "",
      tests: ["packages/core/test/ManagedWhenStale.test.ts"]
    }
  },
  "packages/core/src/internal/management/managedTypes.ts": {
    "managed-deleted-command-runs-on": {
      fault: "Managing: the actor of a command outlives the deletion of its dispatch",
      text: `if (event._tag !== "Updated") return event._tag === "Deleted"`,
      replacement: `if (event._tag !== "Updated") return false`
    },
    "managed-runs-on-when-nothing-is-told": {
      rule: "S10",
      fault: "managed actors run on when the dispatching actor tells nothing more",
      text: "giveUp(Effect.logWarning(`${stopped}: the dispatching actor tells nothing more`)),",
      replacement: "Effect.ignore(Effect.logWarning(`${stopped}: the dispatching actor tells nothing more`)),"
    },
    "managed-stopping-leaves-actors": {
      fault: "Managing: stopManaging leaves the actors running",
      text: "yield* entry.actors.stop",
      replacement: ""
    },
    "managed-what-runs-is-missed": {
      fault: "Managing: what runs as a type begins to be managed has no actor",
      text: "current: true,",
      replacement: "current: false,"
    }
  },
  "packages/core/src/internal/management/payloads.ts": {
    "managed-bad-payload-withholds-the-stop": {
      fault:
        "Managing: what cannot be decoded keeps the actor of its identity up when what it works for has ended",
      text: "return Result.isSuccess(payload) && merge.filter?.(withPayload(dispatch, payload.success), type) !== false",
      replacement:
        "return Result.isFailure(payload) || merge.filter?.(withPayload(dispatch, payload.success), type) !== false"
    },
    "managed-payload-is-not-decoded": {
      fault: "Managing: a payload that does not decode starts the actor as it is",
      text: "if (payload === undefined) decoded.set(dispatch, (payload = inResult(decode(dispatch.payload))))",
      replacement:
        "if (payload === undefined) decoded.set(dispatch, (payload = Result.succeed(dispatch.payload as P)))"
    },
    "managed-strategy-sees-raw-payloads": {
      fault: "Managing: a merge strategy sees the payload as it is though there is a schema",
      text: "view(dispatch, { value: payload, enumerable: true })",
      replacement: "view(dispatch, { value: dispatch.payload ?? payload, enumerable: true })"
    }
  },
  "packages/core/src/internal/management/staleGuard.ts": {
    "managed-stale-begins-anew": {
      fault: "Managing: for how long the service has been gone is forgotten by who begins to follow it",
      text: "stale === undefined ? Infinity : Math.max(0, Duration.toMillis(stopAfter) - stale)",
      replacement: "stale === undefined ? Infinity : Math.max(0, Duration.toMillis(stopAfter) - 0 * stale)"
    }
  }
}
