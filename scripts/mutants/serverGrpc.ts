import type { Mutants } from "./mutant.ts"

export const serverGrpc: Mutants = {
  "packages/server/src/internal/grpc/healthRoutes.ts": {
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
    "certificate-expires-unheard": {
      fault: "a certificate that expires soon is not warned of",
      text: "Effect.andThen(warn)",
      replacement: "Effect.andThen(Effect.void)",
      tests: ["test/attacks/strangers.test.ts"]
    },
    "certificate-that-expired-is-renewed": {
      fault: "an expired certificate is called renewed",
      text: "if (isSound) {",
      replacement: "if (isSound || !isSound) {",
      tests: ["test/attacks/strangers.test.ts"]
    }
  }
}
