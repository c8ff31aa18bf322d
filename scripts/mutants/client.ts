import type { Mutants } from "./mutant.ts"

export const client: Mutants = {
  "packages/client/src/internal/serviceClock.ts": {
    "s9-clocks-apart-are-not-warned-of": {
      rule: "S9",
      fault: "that the clocks are apart is not warned of",
      text: "if (warning !== undefined) this.#warn(warning)",
      replacement: "if (warning !== undefined && before === undefined) this.#warn(warning)",
      tests: ["packages/client/test/ServiceClock.test.ts"]
    }
  },
  "packages/client/src/internal/features.ts": {
    "client-sends-what-is-not-announced": {
      fault: "A rule in local time is sent to a service that does not say that it keeps such rules",
      text: "return missing === undefined ? Effect.void : this.#unsupported(missing, outcome)",
      replacement: "return missing !== undefined ? Effect.void : Effect.void",
      tests: ["packages/client/test/CalendarWrites.test.ts"]
    }
  },
  "packages/client/src/internal/extensionCalls.ts": {
    "client-believes-a-lost-rule": {
      fault: "A rule in local time that the service lost is taken for kept",
      text: "isNothing || !wanted.sameContent(made)",
      replacement: "isNothing",
      tests: ["packages/client/test/CalendarWrites.test.ts"]
    },
    "client-starts-before-the-first-run": {
      fault:
        "A dispatch in local time starts where it was given, which readers without zones take for its run",
      text: "return Number.isNaN(first) || first === start ? dispatch",
      replacement: "return !Number.isNaN(first) || first === start ? dispatch",
      tests: ["packages/client/test/CalendarWrites.test.ts"]
    }
  },
  "packages/client/src/Credentials.ts": {
    "client-secrets-are-repeated": {
      fault: "A secret that the service repeats is told",
      text: `.reduce((rest, hidden) => rest.replaceAll(hidden, "<redacted>"), text)`,
      replacement: ".reduce((rest, hidden) => rest, text)",
      tests: ["packages/client/test/Secrets.test.ts", "packages/client/test/Credentials.test.ts"]
    }
  },
  "packages/client/src/DispatchClientGrpc.ts": {
    "begin-names-options-for-variables": {
      fault: "Where the environment is read, the message names an option",
      text: "return yield* make(yield* check(yield* fromEnvironment, variableNames))",
      replacement: "return yield* make(yield* check(yield* fromEnvironment))",
      tests: ["packages/client/test/DispatcherGrpc.test.ts"]
    }
  },
  "packages/client/src/DispatchUrl.ts": {
    "begin-without-a-url-dies": {
      fault: "A URL that is not set is a defect",
      text: `if (typeof text !== "string") return wrong(\`the URL is \${kindOf(text)}, must be a text \${form}\`)`,
      replacement: ""
    }
  },
  "packages/client/src/DispatcherGrpc.ts": {
    "s10-a-directory-of-blanks-is-taken": {
      rule: "S10",
      fault: "A directory whose name was left blank is made in the working directory",
      text: 'directory.trim() === ""',
      replacement: 'directory === ""',
      tests: ["packages/client/test/DispatcherGrpc.test.ts"]
    },
    "begin-with-the-own-transport-alone": {
      fault: "A dispatcher does not take the transport that it was given",
      text: "DispatchClientGrpc.layer(Struct.pick(options, Struct.keys(ClientConfig.names)))",
      replacement: 'DispatchClientGrpc.layer(Struct.pick(options, ["url", "authKey", "signSecret"]))',
      tests: ["packages/client/test/DispatcherGrpc.test.ts"]
    },
    "begin-defects-are-silent": {
      fault: "A defect that keeps a dispatcher from beginning is told to nobody",
      text: "Cause.hasInterruptsOnly(cause)",
      replacement: "!Cause.hasFails(cause)"
    }
  },
  "packages/client/src/internal/calls.ts": {
    "client-passing-failure-is-final": {
      fault: "A passing failure of a read is not tried again",
      text: "if (!passing || retries >= retriesMax) return Effect.fail(error)",
      replacement: "if (!passing || retries >= 0) return Effect.fail(error)",
      tests: ["packages/client/test/DispatchClientGrpc.test.ts"]
    },
    "client-too-large-is-asked-again": {
      fault: "A call is tried again although the answer is too large, or the argument wrong",
      text: "if (!passing || retries >= retriesMax) return Effect.fail(error)",
      replacement: "if (retries >= retriesMax) return Effect.fail(error)",
      tests: ["packages/client/test/DispatchClientGrpc.test.ts", "packages/client/test/Listing.test.ts"]
    }
  },
  "packages/client/src/internal/eventStream.ts": {
    "client-stream-is-left-open": {
      fault: "A stream goes on at the service when nobody reads it any more",
      text: "(controller) => Effect.sync(() => controller.abort())",
      replacement: "(controller) => Effect.void",
      tests: ["packages/client/test/EventStream.test.ts"]
    },
    "client-stream-waits-for-events": {
      fault: "A subscription counts from its first event alone",
      text: "  return answer.message",
      replacement: `    const incoming = answer.message[Symbol.asyncIterator]()
    const first = yield* Effect.promise(() => incoming.next())
    return { [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve(first) }) }`,
      tests: ["packages/client/test/EventStream.test.ts"]
    }
  },
  "packages/client/src/internal/failure.ts": {
    "refusals-name-the-field-of-the-wire": {
      fault: "A refusal by the service names the field as the wire does, and not as the application does",
      text: "field && FieldPaths.fromWire(field)",
      replacement: "field",
      tests: ["packages/client/test/DispatchClientGrpc.test.ts"]
    }
  },
  "packages/client/src/internal/remote.ts": {
    "client-repeats-a-create": {
      fault: "The client sends a new dispatch again after a passing failure",
      text: `const response = yield* unary(method.createMicrogridDispatch, (options) =>
        promises.createMicrogridDispatch(request, options)`,
      replacement: `const response = yield* Calls.retrying(
        unary(method.createMicrogridDispatch, (options) => promises.createMicrogridDispatch(request, options))`,
      tests: ["packages/client/test/DispatchClientGrpc.test.ts"]
    },
    "client-repeats-a-deletion": {
      fault: "The client sends a deletion again after a passing failure",
      text: `yield* unary(method.deleteMicrogridDispatch, (options) =>
        promises.deleteMicrogridDispatch({ microgridId, dispatchId }, options)`,
      replacement: `yield* Calls.retrying(
        unary(method.deleteMicrogridDispatch, (options) =>
          promises.deleteMicrogridDispatch({ microgridId, dispatchId }, options)
        )`,
      tests: ["packages/client/test/DispatchClientGrpc.test.ts"]
    },
    "client-update-goes-without-its-condition": {
      fault: "The client does not send the condition of an update",
      text: `ifUpdateTime === undefined ? {} : { "if-update-time": String(ifUpdateTime) }`,
      replacement: "{}",
      tests: ["packages/client/test/DispatchClientGrpc.test.ts"]
    }
  },
  "packages/client/src/internal/nodeFailure.ts": {
    "client-corrupt-answer-blames-the-request": {
      fault: "A corrupt answer is told as a wrong request",
      text: "?? ofAnswer(error, text, url)",
      replacement: "",
      tests: ["packages/client/test/Interoperability.test.ts"]
    },
    "client-refusals-are-answers-not-read": {
      fault: "What the service calls invalid is told as an answer that cannot be read",
      text: `error.code === Code.InvalidArgument && !error.metadata.has("grpc-status")`,
      replacement: "error.code === Code.InvalidArgument",
      tests: [
        "packages/client/test/DispatchClientGrpc.test.ts",
        "packages/client/test/Interoperability.test.ts"
      ]
    }
  },
  "packages/client/src/internal/grpcCall.ts": {
    "client-reads-a-page-as-messages": {
      fault: "the page of a proxy hides what its status says",
      text: "if (wrong === undefined) this.#listener.onHeaders()",
      replacement: "if (wrong === undefined || !this.#isOver) this.#listener.onHeaders()",
      tests: ["packages/client/test/GrpcTransport.test.ts"]
    },
    "client-answer-waits-for-the-close": {
      fault: "an answer waits until the service has read a request that it never reads",
      text: "if (this.#trailers !== undefined) this.#close(stream, messages)",
      replacement: "",
      tests: ["packages/client/test/GrpcTransport.test.ts"]
    },
    "client-timers-stay": {
      fault: "the timer of a call stays until the call would have been late",
      text: "clearTimeout(this.#timer)",
      replacement: "",
      tests: ["packages/client/test/GrpcTransport.test.ts"]
    },
    "client-listens-to-signals-for-ever": {
      fault: "each call leaves a listener at its signal",
      text: 'this.#signal?.removeEventListener("abort", this.#onAbort)',
      replacement: "",
      tests: ["packages/client/test/GrpcTransport.test.ts"]
    },
    "client-sends-what-was-called-off": {
      fault: "a call that was called off before there was a session is sent",
      text: "this.#stopWaiting()\n    if",
      replacement: "if",
      tests: ["packages/client/test/GrpcTransport.test.ts"]
    },
    "client-refused-stream-is-a-failure": {
      fault: "a stream that was refused before it was looked at fails its call",
      text: "if (++this.#refusals <= streamRefusedMax) return this.#send()",
      replacement: "",
      tests: ["packages/client/test/Http2Sessions.test.ts"]
    },
    "client-looked-at-write-is-sent-again": {
      fault: "a write is sent again after the service has begun to answer it",
      text: "if (this.#headers === undefined && resetCode === http2.constants.NGHTTP2_REFUSED_STREAM) {",
      replacement: "if (resetCode === http2.constants.NGHTTP2_REFUSED_STREAM) {",
      tests: ["packages/client/test/Http2Sessions.test.ts"]
    }
  },
  "packages/client/src/internal/http2Session.ts": {
    "client-idle-session-stays": {
      fault: "a session without calls is never closed",
      text: "if (this.#idleMillis >= idleMillis) return this.#leave()",
      replacement: "",
      tests: ["packages/client/test/Http2Session.test.ts"]
    },
    "client-doubtful-session-is-used": {
      fault: "a session that has long been silent is used unasked",
      text: 'else if (this.#doubt === "none") this.#doubt = "doubted"',
      replacement: "",
      tests: ["packages/client/test/Http2Session.test.ts"]
    },
    "client-keeps-its-process": {
      fault: "a client without calls keeps its process running",
      text: "if (--this.#streams === 0) this.#http2.unref()",
      replacement: "--this.#streams",
      tests: ["packages/client/test/Http2Sessions.test.ts"]
    },
    "client-pings-as-often-as-before": {
      fault: "a service that asks for fewer pings gets as many as before",
      text: "this.#pings.interval *= 2",
      replacement: "this.#pings.interval *= 1",
      tests: ["packages/client/test/Http2Sessions.test.ts"]
    },
    "ipv6-without-brackets": {
      fault: "A service at an address of IPv6 refuses all calls, whose authority has no brackets",
      text: `{ ":authority": this.#authority, ...headers }`,
      replacement: "headers",
      tests: ["packages/client/test/Http2Session.test.ts"]
    },
    "client-session-takes-any-number-of-streams": {
      fault: "a call over the limit of streams of the service hangs",
      text: "return this.#streams < (remoteSettings.maxConcurrentStreams ?? Infinity)",
      replacement:
        "return this.#streams < (remoteSettings.maxConcurrentStreams ?? Infinity) || this.#streams >= 0",
      tests: ["packages/client/test/Http2Sessions.test.ts"]
    },
    "client-session-that-goes-is-kept": {
      fault: "sessions that the service let go stay in memory",
      text: "if (this.#streams === 0) this.#http2.destroy()",
      replacement: "",
      tests: ["packages/client/test/Http2Session.test.ts"]
    },
    "client-pings-while-messages-arrive": {
      fault: "a session is pinged although it is not silent",
      text: "const isSilent = bytesRead === this.#bytesRead",
      replacement: "const isSilent = bytesRead >= this.#bytesRead",
      tests: ["packages/client/test/Http2Sessions.test.ts"]
    }
  },
  "packages/client/src/internal/http2Sessions.ts": {
    "client-sessions-that-went-count": {
      fault: "after some goodbyes with streams open there are no more sessions",
      text: "onLeave: (session) => this.#standing.delete(session)",
      replacement: "onLeave: () => {}",
      tests: ["packages/client/test/Http2Sessions.test.ts"]
    },
    "client-sessions-without-end": {
      fault: "there are as many sessions as a service that takes few streams makes there be",
      text: "if (this.#attempt === undefined && this.#standing.size < sessionsMax) this.#connect()",
      replacement: "if (this.#attempt === undefined) this.#connect()",
      tests: ["packages/client/test/Http2Sessions.test.ts"]
    },
    "client-attempt-has-no-end": {
      fault: "a connection that is not made in time holds up calls for ever",
      text: "this.#lose(session, late)",
      replacement: "",
      tests: ["packages/client/test/Connection.test.ts"]
    }
  },
  "packages/client/src/internal/listing.ts": {
    "client-empty-pages-without-end": {
      fault: "Empty pages are asked for without an end",
      text: "if (empty > emptyPagesMax) {",
      replacement: "if (empty > Infinity) {",
      tests: ["packages/client/test/Listing.test.ts"]
    },
    "client-halved-listing-repeats": {
      fault: "A listing that begins anew gives again what it gave",
      text: "const kept = halved ? records.filter(({ id }) => id === undefined || !given.has(id)) : records",
      replacement: "const kept = halved ? records.filter(({ id }) => true) : records",
      tests: ["packages/client/test/Listing.test.ts"]
    },
    "client-page-follows-itself": {
      fault: "A page that is followed by itself is asked for without an end",
      text: "if (token === position.token) {",
      replacement: `if (token === "") {`,
      tests: ["packages/client/test/Listing.test.ts"]
    },
    "client-size-goes-with-the-token": {
      fault: "The halved size is forgotten",
      text: "next({ size: Math.floor(size / 2), token: undefined, empty: 0 })",
      replacement: "next({ size, token: undefined, empty: 0 })",
      tests: ["packages/client/test/Listing.test.ts"]
    },
    "client-what-was-given-counts-as-empty": {
      fault: "pages of what was given before count as empty",
      text: "const empty = response.dispatches.length > 0 ? 0 : position.empty + 1",
      replacement: "const empty = records.length > 0 ? 0 : position.empty + 1",
      tests: ["packages/client/test/Listing.test.ts"]
    }
  },
  "packages/client/src/internal/messageQueue.ts": {
    "client-empty-messages-pile-up": {
      fault: "messages without bytes pile up for a reader that does not read",
      text: "message.length + overheadBytes",
      replacement: "message.length",
      tests: ["packages/client/test/MessageQueue.test.ts"]
    },
    "client-keeps-what-was-read": {
      fault: "messages that were read stay in memory while others wait",
      text: "this.#waiting.push(message)",
      replacement:
        'this.#waiting.push(message)\n      Reflect.set(globalThis, "kept", [Reflect.get(globalThis, "kept"), message])',
      tests: ["packages/client/test/MessageQueue.test.ts"]
    },
    "client-reads-for-a-reader-that-does-not": {
      fault: "messages for a reader that does not read pile up",
      text: "if (this.#bytes > unreadBytesMax && !this.#isHeld) this.#hold(true)",
      replacement: "",
      tests: ["packages/client/test/GrpcTransport.test.ts"]
    }
  },
  "packages/client/src/internal/grpcTransport.ts": {
    "client-sends-any-size": {
      fault: "a request that no service takes is sent",
      text: "if (body.length > requestBytesMax)",
      replacement: "if (body.length > 2 * requestBytesMax)",
      tests: ["packages/client/test/GrpcTransport.test.ts"]
    }
  },
  "packages/client/src/internal/callSpans.ts": {
    "client-spans-go-nowhere": {
      fault: "a trace ends at the client",
      text: "!== Tracer.nativeTracer",
      replacement: "=== Tracer.nativeTracer",
      tests: ["test/integration/telemetry.test.ts"]
    }
  }
}
