import { availableParallelism } from "node:os"
import { defineConfig } from "vitest/config"

/** Files that measure what others have to wait, or what is left of memory: one at a time, after all others. */
const alone = ["busy", "disc", "fat", "file", "grpc", "grpcClient", "postgres", "readers"].map(
  (name) => `test/attacks/${name}.test.ts`
)

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  resolve: {
    // The console is written as React, and runs on Preact.
    alias: [{ find: /^react$/, replacement: "preact/compat" }]
  },
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default"],
    projects: [
      {
        extends: true,
        test: {
          name: "tests",
          include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
          exclude: alone,
          // Most wait for processes and sockets: two at a time keep two cores busy.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          sequence: { groupOrder: 0 }
        }
      },
      {
        extends: true,
        test: { name: "alone", include: alone, maxWorkers: 1, sequence: { groupOrder: 1 } }
      }
    ]
  }
})
