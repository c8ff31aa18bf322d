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

/** The worker, which comes first: the page must know its name. Reports of runs are a part that it loads later. */
export const worker = (folder: string): InlineConfig => ({
  ...common,
  plugins: [binaryAlone(), plainDescriptors(), without(neverReached)],
  build: {
    ...output(folder, true, "LICENSES.worker.txt"),
    rolldownOptions: {
      input: { worker: `${here}src/worker/main.ts` },
      // The page calls `enter`; what the later part shares with the worker is exported beside it.
      preserveEntrySignatures: "allow-extension",
      output: {
        entryFileNames: "assets/[name]-[hash].js",
        chunkFileNames: "assets/of-worker-[name]-[hash].js"
      }
    }
  }
})

/** Modules of the core that need a store, a journal or a subscriber that merges, and what is taken from them. */
const neverReached = new Map([
  ["/core/src/internal/site/siteKeeper.ts", ["SiteKeeper"]],
  [
    "/core/src/internal/journal/journalWriter.ts",
    ["JournalWriter", "aliveInterval", "groupDelay", "journalCloseTimeout", "journalRetryDelay"]
  ],
  ["/core/src/internal/subscribers/merge.ts", ["make"]]
])

/** Puts what throws in the place of modules. A build fails that does not come to one of them. */
const without = (modules: ReadonlyMap<string, ReadonlyArray<string>>): Plugin => {
  const missed = new Set(modules.keys())
  return {
    name: "without",
    load: (id) => {
      const found = [...modules].find(([name]) => id.endsWith(name))
      if (found === undefined) return undefined
      const [name, values] = found
      missed.delete(name)
      return values
        .map(
          (value) => `export function ${value}() { throw new Error("the worker is built without ${value}") }`
        )
        .join("\n")
    },
    generateBundle() {
      if (missed.size > 0) this.error(`the worker does not come to ${[...missed].join(", ")}`)
    }
  }
}

/** Takes the JSON of messages away from connect, as calls of the worker are binary alone. */
const binaryAlone = (): Plugin => ({
  name: "binary-alone",
  enforce: "pre",
  resolveId: (name, importer) =>
    name === "@bufbuild/protobuf" && importer?.includes("/@connectrpc/") === true ? "\0binary" : undefined,
  load: (id) =>
    id === "\0binary"
      ? `export * from "@bufbuild/protobuf"
         const noJson = () => { throw new Error("the worker has no JSON of messages") }
         export const fromJson = noJson, fromJsonString = noJson, toJson = noJson, toJsonString = noJson`
      : undefined
})

/** Writes the descriptors of messages as the bytes that they are: what repeats in them is lost to compression in base64. */
const plainDescriptors = (): Plugin => ({
  name: "plain-descriptors",
  transform: {
    filter: { id: /_pb\.js$/ },
    handler: (code) =>
      code.replace(/fileDesc\("([\w+/=]+)"/g, (_, base64: string) => {
        return `fileDesc(btoa(${JSON.stringify(atob(base64))})`
      })
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
