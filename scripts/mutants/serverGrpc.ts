import type { Mutants } from "./mutant.ts"

export const serverGrpc: Mutants = {
  "packages/server/src/internal/grpc/addressNetwork.ts": {
    "health-watches-by-address-of-a-network": {
      fault: "a stranger with a network of IPv6 takes all watches of health",
      text: 'return all.slice(0, 4).join(":")',
      replacement: 'return all.join(":")'
    }
  },
  "packages/server/src/internal/grpc/grpcBridge.ts": {
    "refusals-on-the-wire-speak-the-model": {
      fault: "Wire: a refusal names the field as the service does, and not as the request did",
      text: "const field = FieldPaths.toWire(method, reason.field)",
      replacement: "const field = reason.field",
      tests: ["packages/server/test/GrpcServer.test.ts"]
    }
  },
  "packages/server/src/internal/grpc/healthRoutes.ts": {
    "readiness-waits-for-a-silent-store": {
      fault: "a store that does not answer at all is ready",
      text: "Effect.timeoutOption(Effect.exit(service.check), readinessTimeout)",
      replacement: "Effect.map(Effect.exit(service.check), Option.some)",
      tests: ["packages/server/test/GrpcServerLife.test.ts"]
    },
    "health-watch-that-ended-keeps-its-place": {
      fault: "one of several watches that ends frees no place",
      text: "if (left > 0) this.#taken.set(network, left)",
      replacement: "if (left > 0) this.#taken.set(network, left + 1)",
      tests: ["test/attacks/strangers.test.ts"]
    },
    "health-watches-are-used-up": {
      fault: "after 256 watches nobody may watch any more",
      text: "this.#total -= 1",
      replacement: "",
      tests: ["test/attacks/strangers.test.ts"]
    },
    "health-watches-of-one-stranger": {
      fault: "one stranger takes all watches of health",
      text: "if (taken >= healthWatchesPerAddressMax) {",
      replacement: "if (taken >= healthWatchesMax) {",
      tests: ["test/attacks/strangers.test.ts"]
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
      text: "Effect.andThen(warn)",
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
