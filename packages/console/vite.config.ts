/**
 * The builds of the page and of its worker: React source on Preact, every name with the hash of its file. They are two,
 * so that neither carries what only the other needs.
 */
import { fileURLToPath } from "node:url"
import type { InlineConfig, Plugin } from "vite"

const here = fileURLToPath(new URL(".", import.meta.url))

const common = {
  root: here,
  base: "/",
  configFile: false,
  logLevel: "error",
  resolve: {
    alias: [
      { find: "react/jsx-runtime", replacement: "preact/jsx-runtime" },
      { find: "react-dom/client", replacement: "preact/compat/client" },
      { find: "react", replacement: "preact/compat" }
    ]
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } }
} satisfies InlineConfig

const output = (folder: string, isFirst: boolean, licences: string) => ({
  outDir: folder,
  emptyOutDir: isFirst,
  target: "es2023",
  modulePreload: { polyfill: false },
  assetsInlineLimit: 0,
  reportCompressedSize: false,
  license: { fileName: licences }
})

/** The worker, which comes first: the page must know its name. */
export const worker = (folder: string): InlineConfig => ({
  ...common,
  build: {
    ...output(folder, true, "LICENSES.worker.txt"),
    rolldownOptions: {
      input: { worker: `${here}src/worker/main.ts` },
      preserveEntrySignatures: "strict",
      output: { entryFileNames: "assets/[name]-[hash].js", codeSplitting: false }
    }
  }
})

/** The page, with the address of its worker. */
export const page = (folder: string, workerUrl: string): InlineConfig => ({
  ...common,
  plugins: [constant("virtual:worker-url", workerUrl)],
  build: output(folder, false, "LICENSES.txt")
})

/** A module that exports one value. */
const constant = (name: string, value: string): Plugin => ({
  name,
  resolveId: (id) => (id === name ? `\0${name}` : undefined),
  load: (id) => (id === `\0${name}` ? `export default ${JSON.stringify(value)}` : undefined)
})
