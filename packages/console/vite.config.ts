/** The build of the page: React source on Preact, the worker a file of its own, every name with the hash of its file. */
import { fileURLToPath } from "node:url"
import { defineConfig } from "vite"

const here = fileURLToPath(new URL(".", import.meta.url))

const react = [
  { find: "react/jsx-runtime", replacement: "preact/jsx-runtime" },
  { find: "react-dom/client", replacement: "preact/compat/client" },
  { find: "react", replacement: "preact/compat" }
]

export default defineConfig({
  root: here,
  base: "/",
  logLevel: "error",
  resolve: { alias: react },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    license: { fileName: "LICENSES.txt" }
  }
})
