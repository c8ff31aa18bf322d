import { defineConfig } from "vitest/config"

export default defineConfig({
  root: new URL("..", import.meta.url).pathname,
  resolve: {
    // The console is written as React, and runs on Preact.
    alias: [{ find: /^react$/, replacement: "preact/compat" }]
  },
  test: {
    include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ["default"]
  }
})
