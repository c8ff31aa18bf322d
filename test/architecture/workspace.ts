/** The workspace as the architecture tests see it: packages, manifests, and the imports and exports of modules. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join, posix } from "node:path"
import { parseSync } from "vite"

export interface Manifest {
  readonly name: string
  readonly version: string
  /** True if it is never published. */
  readonly private?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, unknown>>
  readonly engines?: { readonly node?: string }
}

/** An export with the comment above it. */
export interface Export {
  readonly name: string
  readonly line: number
  readonly comment: string | undefined
  /** True if it is a type and nothing else. */
  readonly isType: boolean
  /** True of a metric, which is described where it is made. */
  readonly isMetric: boolean
}

/** A comment without its marks, and its place. */
export interface Comment {
  readonly value: string
  readonly start: number
}

export interface Module {
  /** From the root of the repository, as `packages/core/src/Dispatch.ts`. */
  readonly path: string
  /** Folder of the package, or undefined outside `packages`. */
  readonly package: string | undefined
  readonly part: "src" | "test" | "other"
  readonly lines: number
  /** The comment the module begins with. */
  readonly header: string | undefined
  /** Everything between quotes after an `import` or `from`, types included. */
  readonly imports: ReadonlyArray<string>
  readonly exports: ReadonlyArray<Export>
  readonly comments: ReadonlyArray<Comment>
  readonly program: Node & { readonly body: ReadonlyArray<Node> }
  /** The line of an offset, from 1. */
  readonly lineAt: (offset: number) => number
}

export interface Workspace {
  /** Manifests by folder of the package; the root's under "". */
  readonly manifests: ReadonlyMap<string, Manifest>
  readonly modules: ReadonlyArray<Module>
}

/** The scope all packages share. */
export const scope = "@effect-dispatch/"

/** A node of the syntax tree. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [key: string]: unknown
}

/** Reads one module from its source. */
export const parse = (path: string, source: string): Module => {
  const {
    comments,
    errors,
    program: parsed
  } = parseSync(path, source, { lang: path.endsWith(".tsx") ? "tsx" : "ts" })
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`)
  const program = parsed as unknown as Node & { readonly body: ReadonlyArray<Node> }
  const [top, folder, part] = path.split("/")
  const inPackage = top === "packages"
  return {
    path,
    package: inPackage ? folder : undefined,
    part: inPackage && (part === "src" || part === "test") ? part : "other",
    lines: source.replace(/\n$/, "").split("\n").length,
    header: /^(?:#!.*\n)?\s*(\/\*\*[\s\S]*?\*\/)/.exec(source)?.[1],
    imports: [...nodesOf(program)].flatMap(([node]) => sourceOf(node)),
    exports: program.body.flatMap((node) => exportsOf(node, source)),
    comments,
    program,
    lineAt: lineFinder(source)
  }
}

const lineFinder = (source: string): ((offset: number) => number) => {
  const ends = [...source.matchAll(/\n/g)].map(({ index }) => index)
  return (offset) => {
    const after = ends.findIndex((end) => end >= offset)
    return (after === -1 ? ends.length : after) + 1
  }
}

/** Every node of a tree with the node it stands in, outer ones first. */
export function* nodesOf(
  value: unknown,
  parent?: Node
): Generator<readonly [node: Node, parent: Node | undefined]> {
  if (typeof value !== "object" || value === null) return
  if (Array.isArray(value)) {
    for (const item of value) yield* nodesOf(item, parent)
    return
  }
  const node = value as Node
  const isNode = typeof node.type === "string"
  if (isNode) yield [node, parent]
  for (const [key, child] of Object.entries(node)) {
    if (key !== "parent") yield* nodesOf(child, isNode ? node : parent)
  }
}

/** The module that an import, export from, dynamic import or type import names. */
const sourceOf = (node: Node): ReadonlyArray<string> => {
  if (!/^(Import|ExportNamed|ExportAll|TSImport)/.test(node.type)) return []
  const source = node["source"] as { readonly value?: unknown } | null | undefined
  return typeof source?.value === "string" ? [source.value] : []
}

/** The path of the module that a specifier means, if it is one of the workspace. */
export const resolve = (from: Module, specifier: string): string | undefined => {
  if (specifier.startsWith(".")) return posix.join(posix.dirname(from.path), specifier)
  if (!specifier.startsWith(scope)) return undefined
  const [folder, ...inside] = specifier.slice(scope.length).split("/")
  return `packages/${folder}/src/${inside.join("/") || "index"}.ts`
}

/** The declaration in a statement. */
const declarationOf = (node: Node): Node | null =>
  node.type === "ExportNamedDeclaration" || node.type === "ExportDefaultDeclaration"
    ? (node["declaration"] as Node | null)
    : null

/** The names that a statement declares and exports; what it passes on from another module is not declared here. */
export const namesOf = (node: Node): ReadonlyArray<string> => {
  const declaration = declarationOf(node)
  if (!declaration) return []
  const declared = declaration["declarations"] as ReadonlyArray<{ readonly id: Node }> | undefined
  const ids = declared ? declared.map(({ id }) => id) : [declaration["id"] as Node | null]
  return ids.map((id) => String(id?.["name"] ?? "default"))
}

const exportsOf = (node: Node, source: string): ReadonlyArray<Export> => {
  const before = source.slice(0, node.start)
  const comment = /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/)\s*$/.exec(before)?.[1]
  const line = before.split("\n").length
  const isType = /^TS(Interface|TypeAlias)Declaration$/.test(declarationOf(node)?.type ?? "")
  const isMetric = makesMetric(source.slice(node.start, node.end))
  return namesOf(node).map((name) => ({ name, line, comment, isType, isMetric }))
}

const makesMetric = (declaration: string): boolean =>
  /^export const \w+ = Instrument\.(counter|gauge|histogram)\(/.test(declaration)

/** Reads the workspace under `root`; generated code is left out. */
export const read = (root: string): Workspace => {
  const folders = readdirSync(join(root, "packages")).filter((folder) =>
    existsSync(join(root, "packages", folder, "package.json"))
  )
  const manifest = (folder: string) =>
    JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest
  const sources = folders.flatMap((folder) => ["src", "test"].map((part) => `packages/${folder}/${part}`))
  return {
    manifests: new Map([
      ["", manifest(".")],
      ...folders.map((folder) => [folder, manifest(`packages/${folder}`)] as const)
    ]),
    modules: [...sources, "scripts", "test"].flatMap((folder) =>
      filesOf(root, folder).map((path) => parse(path, readFileSync(join(root, path), "utf8")))
    )
  }
}

const filesOf = (root: string, folder: string): ReadonlyArray<string> =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .map((file) => posix.join(folder, file.replaceAll("\\", "/")))
        .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts") && !path.includes("/gen/"))
        .sort()
    : []
