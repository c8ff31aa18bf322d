/** What modules, manifests and the top level look like. Each rule gives the violations it finds, one line each. */
import type { Module, Workspace } from "./workspace.ts"

/** Lines after which a module has two jobs. */
const linesMax = 400

/** Modules of packages that are too long. */
export const tooLong = (workspace: Workspace): ReadonlyArray<string> =>
  workspace.modules
    .filter(({ lines, part }) => part === "src" && lines > linesMax)
    .map(({ lines, path }) => `${path} has ${lines} lines; split it by concept before ${linesMax}`)

/** Whether its package is published, with exports that let the module be imported. */
export const isPublic = ({ manifests }: Workspace, { package: folder = "", part, path }: Module): boolean => {
  const [, name = ""] = new RegExp(`^packages/${folder}/src/([^/]+)\\.ts$`).exec(path) ?? []
  const manifest = manifests.get(folder)
  const exported = manifest?.exports ?? {}
  if (part !== "src" || name === "" || manifest?.private === true) return false
  return name === "index" ? "." in exported : (exported[`./${name}`] ?? exported["./*"] ?? null) !== null
}

/** What a docstring must have: a sentence, and the release it came with. */
const lacks = (comment: string | undefined, tags: ReadonlyArray<string>): string | undefined => {
  if (comment === undefined) return "a docstring"
  const text = comment
    .replace(/^\/\*\*|\*\/$/g, "")
    .replace(/^\s*\* ?/gm, "")
    .trim()
  const [sentence = ""] = text.split(/\n\s*\n|\n(?=@)/)
  if (!/^[A-Z`"-]/.test(sentence) || !/[.:`]$/.test(sentence)) return "a sentence"
  return tags.find((tag) => !new RegExp(`^${tag} \\S`, "m").test(text))
}

/** Public modules, and what they export, without the docstring they owe. */
export const undocumented = (
  workspace: Workspace,
  tags: ReadonlyArray<string> = ["@category", "@since"]
): ReadonlyArray<string> =>
  workspace.modules
    .filter((module) => isPublic(workspace, module))
    .flatMap(({ exports, header, path }) => {
      const missing = lacks(header, ["@since"])
      return [
        ...(missing === undefined || exports.length === 0 ? [] : [`${path}:1 the module lacks ${missing}`]),
        ...exports.flatMap(({ comment, line, name }) => {
          // What is marked so is for the packages of the workspace, and promised to nobody.
          const missing = comment?.includes("@internal") ? undefined : lacks(comment, tags)
          return missing === undefined ? [] : [`${path}:${line} ${name} lacks ${missing}`]
        })
      ]
    })

/** All there may be at the top, besides files that begin with a dot and what is installed or measured. */
const top = new Set([
  "packages",
  "scripts",
  "test",
  "package.json",
  "tsconfig.base.json",
  "pnpm-workspace.yaml",
  "pnpm-lock.yaml",
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "SECURITY.md",
  "CHANGELOG.md",
  "LICENSE",
  "node_modules",
  "coverage"
])

/** Entries of the top level that have no place there. */
export const misplaced = (entries: ReadonlyArray<string>): ReadonlyArray<string> =>
  entries.filter((entry) => !entry.startsWith(".") && !top.has(entry))

const exactVersion = /^\d+\.\d+\.\d+(-[\w.]+)?$/

/** Dependencies whose version is not one exact version. A peer may be a range: it is the application that pins it. */
export const unpinned = (workspace: Workspace): ReadonlyArray<string> =>
  [...workspace.manifests].flatMap(([folder, manifest]) =>
    (["dependencies", "devDependencies", "optionalDependencies"] as const).flatMap((kind) =>
      Object.entries(manifest[kind] ?? {})
        .filter(([, version]) => !/^(catalog:\w*|workspace:\*)$/.test(version) && !exactVersion.test(version))
        .map(([name, version]) => `${folder || "the root"}: ${name} is ${version}`)
    )
  )

/** Lines of the catalogs whose version is not one exact version. */
export const unpinnedInCatalog = (workspaceFile: string): ReadonlyArray<string> => {
  const catalogs = workspaceFile.split(/^catalogs?:$/m).slice(1)
  return catalogs
    .flatMap((catalog) => catalog.split(/^\S/m)[0]?.split("\n") ?? [])
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#") && !line.endsWith(":"))
    .filter((line) => !exactVersion.test(line.slice(line.lastIndexOf(": ") + 2)))
}

/** Packages that are not of the same release as the workspace. */
export const otherRelease = (workspace: Workspace): ReadonlyArray<string> => {
  const release = workspace.manifests.get("")?.version
  return [...workspace.manifests.values()]
    .filter(({ version }) => version !== release)
    .map(({ name, version }) => `${name} is ${version}, not ${release}`)
}
