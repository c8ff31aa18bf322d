import type { Mutants } from "./mutant.ts"

export const serverGrpc: Mutants = {
  "packages/server/src/internal/grpc/callTurns.ts": {
    "calls-begin-all-at-once": {
      fault: "thousands of calls that come together hold up everybody",
      text: "if (this.#left > 0 && this.#waiting.size === 0) {",
      replacement: "if (this.#waiting.size === 0) {",
      tests: ["packages/server/test/callTurns.test.ts"]
    },
    "calls-wait-without-end": {
      fault: "any number of calls wait for their turn, and take memory",
      text: "if (this.#count >= callsToBeginMax) return false",
      replacement: "",
      tests: ["packages/server/test/callTurns.test.ts"]
    },
    "calls-that-began-keep-their-places": {
      fault: "once so many calls have waited, none waits ever again",
      text: "      this.#count--\n",
      replacement: "",
      tests: ["packages/server/test/callTurns.test.ts"]
    },
    "one-session-has-all-turns": {
      fault: "the calls of a flood come before the one of another session",
      text: "this.#waiting.delete(session)\n      const next = ofSession.shift()",
      replacement:
        "const next = ofSession.shift()\n      if (ofSession.length === 0) this.#waiting.delete(session)",
      tests: ["packages/server/test/callTurns.test.ts"]
    },
    "calls-that-went-away-begin": {
      fault: "calls that were reset while they waited take the turns of others",
      text: "next === undefined || next.stream.closed || next.stream.destroyed",
      replacement: "next === undefined",
      tests: ["packages/server/test/callTurns.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/callTelemetry.ts": {
    "ended-streams-count-as-cancelled": {
      fault: "a stream that the service ended is counted as if its client had called it off",
      text: "if (failure !== undefined) return CallStatus.codeOf(Exit.fail(failure))",
      replacement: "",
      tests: ["packages/server/test/connectRoutes.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/connections.ts": {
    "strangers-ask-without-end": {
      fault: "a stranger makes any number of calls on a connection",
      text: "if (socket === undefined || this.#strangers.ask(socket)) return true",
      replacement: "if (socket === undefined || this.#strangers.ask(socket) || !session?.closed) return true",
      tests: ["packages/server/test/GrpcCall.test.ts"]
    },
    "strangers-by-address-of-a-network": {
      fault: "a stranger with a network of IPv6 takes all places of strangers",
      text: "this.#proxies.has(remoteAddress) ? remoteAddress : networkOf(remoteAddress)",
      replacement: "remoteAddress",
      tests: ["packages/server/test/connections.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/addressNetwork.ts": {
    "health-watches-by-address-of-a-network": {
      fault: "a stranger with a network of IPv6 takes all watches of health",
      text: 'groupsOf(address).slice(0, 4).join(":")',
      replacement: 'groupsOf(address).join(":")',
      tests: ["packages/server/test/addressNetwork.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/callStatus.ts": {
    "broken-invariant-is-told": {
      fault: "a client reads what broke inside of the service",
      text: "return error instanceof DispatchError ? ofError(method, error) : internal",
      replacement:
        "return error instanceof DispatchError ? ofError(method, error) : { ...internal, message: String(error) }",
      tests: ["packages/server/test/callStatus.test.ts"]
    },
    "refusals-on-the-wire-speak-the-model": {
      fault: "Wire: a refusal names the field as the service does, and not as the request did",
      text: "const field = FieldPaths.toWire(method, reason.field)",
      replacement: "const field = reason.field",
      tests: ["packages/server/test/GrpcServer.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/connectRoutes.ts": {
    "connect-takes-any-size": {
      fault: "a listener of connect reads requests of any size",
      text: "readMaxBytes: RequestSizes.bytesMaxOf(method.name),",
      replacement: "",
      tests: ["packages/server/test/connectRoutes.test.ts"]
    },
    "connect-goes-on-for-nobody": {
      fault: "a stream of connect goes on though its reader has gone",
      text: "Stream.interruptWhen(events, ended(call, context.signal))",
      replacement: "events",
      tests: ["packages/server/test/connectRoutes.test.ts"]
    },
    "connect-reads-before-the-gate": {
      fault: "a listener of connect asks the gate once the message is in memory",
      text: "requestGate: (context: HandlerContext) => this.#gate(context)",
      replacement: "",
      tests: ["packages/server/test/connectRoutes.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/dispatchRoutes.ts": {
    "frame-for-each-stream": {
      fault: "a change is made a message anew for each of its streams",
      text: "if (known !== undefined) return known",
      replacement: "",
      tests: ["packages/server/test/dispatchRoutes.test.ts"]
    },
    "streams-that-are-over-are-remembered": {
      fault: "each stream that was ever open stays in memory, to be ended with the service",
      text: "call.whenOver(admission.whenRevoked(fail)) call.whenOver(stopping.when(fail))",
      replacement: "admission.whenRevoked(fail)\n    stopping.when(fail)",
      tests: ["packages/server/test/dispatchRoutes.test.ts"]
    },
    "overrun-stream-stays": {
      fault: "a stream that fell behind, and whose reader takes nothing, stays open",
      text: "changes.whenFailed(expiring(call))",
      replacement: "",
      tests: ["packages/server/test/GrpcServer.test.ts"]
    },
    "nonces-are-written-without-a-place": {
      fault: "A key has any number of signed calls wait for their nonces",
      text: `answer === "Page" ? unread.reservePage(keyId, whenOver) : place("calls", whenOver)`,
      replacement: 'answer === "Page" ? unread.reservePage(keyId, whenOver) : Effect.void',
      tests: ["packages/server/test/GrpcCall.test.ts"]
    },
    "gate-is-open": {
      fault: "who shows no key is read from all the same",
      text: "access.gate(incoming(right, call)), ({ enter, keyId, place }): Unary<DispatchService, I> => {",
      replacement: `Effect.succeed({
        keyId: undefined,
        place: () => Effect.void,
        enter: (id: MicrogridId) => Effect.flatMap(access.gate(incoming(right, call)), (it) => it.enter(id))
      }), ({ enter, keyId, place }): Unary<DispatchService, I> => {`,
      tests: ["packages/server/test/GrpcCall.test.ts", "packages/server/test/GrpcServer.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/grpcCall.ts": {
    "unread-bytes-are-not-counted": {
      fault: "a key that reads nothing fills the memory with pages",
      text: "this.#shared.unread.add(stream, keyId, frame.length)",
      replacement: "",
      tests: ["packages/server/test/unreadAnswers.test.ts"]
    },
    "gate-has-no-deadline": {
      fault: "a call waits at the gate although its time is over",
      text: "this.#limit(this.#deadline.callMillis, services)",
      replacement: "this.#limit(Infinity, services)",
      tests: ["packages/server/test/GrpcServerLife.test.ts"]
    },
    "ended-stream-waits-for-its-reader": {
      fault: "the stream of a revoked key stays open while its reader takes nothing",
      text: "this.#failure ??= error\n    this.expire()",
      replacement: "this.#failure ??= error",
      tests: ["packages/server/test/GrpcServerLife.test.ts"]
    },
    "broken-invariant-is-silent": {
      fault: "what broke inside of the service is told to nobody",
      text: "if (Exit.isFailure(exit) && Cause.hasDies(exit.cause))",
      replacement: "if (Exit.isFailure(exit) && services === undefined)",
      tests: ["packages/server/test/GrpcCall.test.ts"]
    },
    "refused-request-is-handled": {
      fault: "what a refused request asks for is done all the same",
      text: "if (this.#isOver || request === undefined) return",
      replacement: "if (request === undefined) return",
      tests: ["packages/server/test/GrpcCall.test.ts"]
    },
    "late-call-is-called-off": {
      fault: "a call whose time is over is told to be cancelled",
      text: "done(this.#failure === undefined ? exit : Exit.fail(this.#failure))",
      replacement: "done(exit)",
      tests: ["packages/server/test/GrpcServer.test.ts"]
    },
    "events-behind-a-full-socket-are-lost": {
      fault: "of events that come together, those after a full socket are lost",
      text: "this.#isHeld = false\n    this.#write()",
      replacement: "this.#isHeld = false",
      tests: ["packages/server/test/GrpcCall.test.ts"]
    },
    "answer-does-not-wait-for-its-reader": {
      fault: "events for a reader that takes nothing pile up in memory",
      text: "this.#isHeld = !stream.write(frame)",
      replacement: "stream.write(frame)",
      tests: ["packages/server/test/GrpcCall.test.ts"]
    },
    "call-goes-on-though-its-stream-is-closed": {
      fault: "what was called off is worked on",
      text: "this.#fiber?.interruptUnsafe()\n    this.#over()",
      replacement: "this.#over()",
      tests: ["packages/server/test/GrpcCall.test.ts"]
    },
    "call-whose-time-is-over-is-handled": {
      fault: "a write is done though nobody waits for its answer any more",
      text: "if (fault !== undefined) return this.#refuseFor(fault)\n    const services",
      replacement: "const services",
      tests: ["packages/server/test/GrpcCall.test.ts"]
    },
    "encodings-are-not-looked-at": {
      fault: "a compressed message is read until it turns out to be one",
      text: `if (encoding !== "identity")`,
      replacement: `if (encoding === "")`,
      tests: ["packages/server/test/GrpcCall.test.ts"]
    },
    "unread-bytes-are-not-given-back": {
      fault: "answers that were read count as unread for ever",
      text: "this.#shared.unread.forget(this.#stream)",
      replacement: "",
      tests: ["packages/server/test/unreadAnswers.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/grpcCalls.ts": {
    "any-content-is-grpc": {
      fault: "another protocol is read as if it were gRPC",
      text: `answers.get(headers["content-type"] ?? "")`,
      replacement: `answers.get("application/grpc")`,
      tests: ["packages/server/test/GrpcCall.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/strangers.ts": {
    "stranger-keeps-others-out": {
      fault: "where all connections are taken, strangers keep others out",
      text: "|| this.#connections.size >= connectionsMax",
      replacement: "",
      tests: ["packages/server/test/strangers.test.ts"]
    },
    "connection-that-was-used-once-stays": {
      fault: "a connection without calls is kept for ever",
      text: "if (connection !== undefined && --connection.calls === 0) this.#idle.set(id, now)",
      replacement: "if (connection !== undefined) connection.calls--",
      tests: ["packages/server/test/GrpcCall.test.ts", "packages/server/test/strangers.test.ts"]
    },
    "strangers-of-one-address-take-all": {
      fault: "one address takes all places of strangers",
      text: "if (ofAddress >= perAddressMax && !proxies.has(address)) return id",
      replacement: "",
      tests: ["packages/server/test/strangers.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/unreadAnswers.ts": {
    "small-answers-weigh-nothing": {
      fault: "a key fills the memory with answers of a few bytes that it does not read",
      text: "const bytes = length + overheadBytes",
      replacement: "const bytes = length",
      tests: ["packages/server/test/unreadAnswers.test.ts"]
    },
    "key-that-reads-nothing-fills-the-memory": {
      fault: "unread bytes of a key keep no listing waiting",
      text: "giveBack: this.#ofKeys.takeAnyway(keyId, bytes)",
      replacement: "giveBack: this.#ofKeys.takeAnyway(keyId, 0)",
      tests: ["packages/server/test/unreadAnswers.test.ts"]
    },
    "unread-answers-are-never-cut-off": {
      fault: "unread answers of many keys fill the memory",
      text: "if (this.#bytes <= unreadBytesMax) return",
      replacement: "if (this.#bytes <= Infinity) return",
      tests: ["packages/server/test/unreadAnswers.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/healthRoutes.ts": {
    "watches-hold-up-a-shutdown": {
      fault: "watches of health go on until they are cut off with the service",
      text: "call.whenOver(stopping.when((error) => call.fail(error)))",
      replacement: "",
      tests: ["packages/server/test/GrpcServerLife.test.ts"]
    },
    "readiness-waits-for-a-silent-store": {
      fault: "a store that does not answer at all is ready",
      text: "Effect.timeoutOption(Effect.exit(service.check), readinessTimeout)",
      replacement: "Effect.map(Effect.exit(service.check), Option.some)",
      tests: ["packages/server/test/GrpcServerLife.test.ts"]
    },
    "readiness-is-always-given": {
      fault: "a service is ready whatever its store says",
      text: `const isReady = Option.isSome(answer) && answer.value._tag === "Success"`,
      replacement: "const isReady = Option.isSome(answer)",
      tests: ["packages/server/test/GrpcServerLife.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/http2Sessions.ts": {
    "server-session-that-answered-once-stays": {
      fault: "a session that has answered once is never found dead",
      text: `if (session.destroyed) return resume(Effect.interrupt)
        isAnswered = false`,
      replacement: "if (session.destroyed) return resume(Effect.interrupt)",
      tests: ["packages/server/test/http2Sessions.test.ts"]
    },
    "server-silent-sessions-stay": {
      fault: "A session that does not answer stays",
      text: "if (isAnswered) return Effect.void",
      replacement: "if (isAnswered || !session.destroyed) return Effect.void",
      tests: ["packages/server/test/http2Sessions.test.ts"]
    },
    "server-stall-ends-sessions": {
      fault: "After a stall, sessions end whose answers have long been there",
      text: "Option.isSome(answer) ? Effect.void : Effect.andThen(Effect.yieldNow, end)",
      replacement: "Option.isSome(answer) ? Effect.void : end",
      tests: ["packages/server/test/http2Sessions.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/tlsFiles.ts": {
    "certificate-that-expires-soon-hides-an-expired-one": {
      fault: "that an authority has expired goes unsaid while the certificate expires soon",
      text: `flaws.find(([kind]) => kind !== "late") ?? flaws[0]`,
      replacement: "flaws[0]",
      tests: ["test/attacks/strangers.test.ts"]
    },
    "certificate-with-a-key-of-another-kind": {
      fault: "a certificate is taken into use with a key of another kind",
      text: "return fits ? { cert, key } : yield* Effect.fail({ message: named })",
      replacement: "return fits || true ? { cert, key } : yield* Effect.fail({ message: named })",
      tests: ["test/attacks/strangers.test.ts"]
    },
    "certificate-is-warned-of-once": {
      fault: "an expired certificate is warned of once, and never again",
      text: "`${flaw[0]} ${DateTime.formatIsoDateUtc(now)} ${used.cert}`",
      replacement: "`${flaw[0]} ${used.cert}`",
      tests: ["test/attacks/strangers.test.ts"]
    },
    "certificate-expires-unheard": {
      fault: "a certificate that expires soon is not warned of",
      text: "Effect.andThen(this.#warn)",
      replacement: "Effect.andThen(Effect.void)",
      tests: ["test/attacks/strangers.test.ts"]
    },
    "certificate-of-an-authority-is-not-looked-at": {
      fault: "an expired certificate of an authority is not warned of",
      text: "const flaws = chain.flatMap((each, at) => {",
      replacement: "const flaws = chain.slice(0, 1).flatMap((each, at) => {",
      tests: ["test/attacks/strangers.test.ts"]
    },
    "certificate-that-expired-is-renewed": {
      fault: "an expired certificate is called renewed",
      text: "if (isSound) {",
      replacement: "if (isSound || !isSound) {",
      tests: ["test/attacks/strangers.test.ts"]
    },
    "renewed-certificate-forgets-the-ciphers": {
      fault: "after a renewal other ciphers are spoken",
      text: "server.setSecureContext({ ...found, ...encryption })",
      replacement: "server.setSecureContext(found)",
      tests: ["test/attacks/strangers.test.ts"]
    }
  }
}
