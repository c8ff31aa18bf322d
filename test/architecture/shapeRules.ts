/** Rules for the shape of modules, manifests and the top level. Each rule gives its violations, one line each. */
import { parse as parseYaml } from "yaml"
import { type Module, type Node, nodesOf, scope, type Workspace } from "./workspace.ts"

/** Lines after which a module has two jobs. */
const linesMax = 400

/** Modules of packages that are too long. */
export const tooLong = (workspace: Workspace): ReadonlyArray<string> =>
  workspace.modules
    .filter(({ lines, part }) => part === "src" && lines > linesMax)
    .map(({ lines, path }) => `${path} has ${lines} lines; split it by concept before ${linesMax}`)

/** Lines after which a function has two jobs, as formatted, from its signature to its last brace, closures included. */
const functionLinesMax = 70

const functions = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"])
const signatures = new Set(["MethodDefinition", "PropertyDefinition", "Property", "VariableDeclarator"])

/** Functions of sources and scripts that are too long. */
export const tooLongFunctions = (
  workspace: Workspace,
  linesMax: number = functionLinesMax
): ReadonlyArray<string> =>
  workspace.modules
    .filter(({ part, path }) => part === "src" || path.startsWith("scripts/"))
    .flatMap(({ lineAt, path, program }) =>
      [...nodesOf(program)].flatMap(([node, parent]) => {
        if (!functions.has(node.type)) return []
        const { start } = parent !== undefined && signatures.has(parent.type) ? parent : node
        const lines = lineAt(node.end) - lineAt(start) + 1
        return lines > linesMax ? [`${path}:${lineAt(start)} a function of ${lines} lines`] : []
      })
    )

/** Positional arguments after which nobody knows their order. */
const parametersMax = 4

const signed = new Set([...functions, "TSFunctionType", "TSMethodSignature", "TSEmptyBodyFunctionExpression"])

const nameIn = (node: Node, parent: Node | undefined): string => {
  const named = [node["id"], parent?.["id"], node["key"], parent?.["key"]] as ReadonlyArray<Node | null>
  return String(named.find((each) => each?.["name"] !== undefined)?.["name"] ?? "a function")
}

/** The functions of sources and scripts, their types included, with their parameters. */
const signaturesOf = ({ modules }: Workspace) =>
  modules
    .filter(({ part, path }) => part === "src" || path.startsWith("scripts/"))
    .flatMap(({ lineAt, path, program }) =>
      [...nodesOf(program)]
        .filter(([node]) => signed.has(node.type))
        .map(([node, parent]) => ({
          node,
          parameters: node["params"] as ReadonlyArray<Node>,
          place: `${path}:${lineAt(node.start)} ${nameIn(node, parent)}`
        }))
    )

/** Functions with so many arguments that a record should hold them. */
export const tooManyParameters = (workspace: Workspace): ReadonlyArray<string> =>
  signaturesOf(workspace)
    .filter(({ parameters }) => parameters.length > parametersMax)
    .map(({ parameters, place }) => `${place} has ${parameters.length} parameters`)

const typeOf = (node: Node): Node | undefined =>
  (node["typeAnnotation"] as { readonly typeAnnotation?: Node } | null | undefined)?.typeAnnotation

/** True of a parameter that is true or false by its type or default. */
const isTruth = (parameter: Node): boolean => {
  const { left, parameter: property, right } = parameter as Node & Readonly<Record<string, Node | undefined>>
  if (property !== undefined) return isTruth(property)
  if (left !== undefined) return isTruth(left) || typeof right?.["value"] === "boolean"
  const type = typeOf(parameter)
  const types = type?.type === "TSUnionType" ? (type["types"] as ReadonlyArray<Node>) : [type]
  return types.some((each) => each?.type === "TSBooleanKeyword")
}

/** `condition` of an assertion is what is asserted. */
const isAssertion = (node: Node): boolean => {
  const returned = (node["returnType"] as { readonly typeAnnotation?: Node } | null | undefined)
    ?.typeAnnotation
  return returned?.["asserts"] === true
}

/** Functions with a boolean among several arguments, which says nothing where they are called. */
export const bareTruths = (workspace: Workspace): ReadonlyArray<string> =>
  signaturesOf(workspace)
    .filter(({ node, parameters }) => parameters.length > 1 && !isAssertion(node) && parameters.some(isTruth))
    .map(({ place }) => place)

const headless = /^[\s*]*(?:What|Whatever|How|Whether|Who|Whoever)\b/

/** Comments that open with a question word, so that their subject is hidden. */
export const headlessComments = ({ modules }: Workspace): ReadonlyArray<string> =>
  modules.flatMap(({ comments, lineAt, path }) =>
    comments
      .filter(({ value }) => headless.test(value))
      .map(({ start, value }) => `${path}:${lineAt(start)} name the subject first: ${value.trim()}`)
  )

/** True if its package is published, with exports that let the module be imported. */
export const isPublic = ({ manifests }: Workspace, { package: folder = "", part, path }: Module): boolean => {
  const [, name = ""] = new RegExp(`^packages/${folder}/src/([^/]+)\\.ts$`).exec(path) ?? []
  const manifest = manifests.get(folder)
  const exported = manifest?.exports ?? {}
  if (part !== "src" || name === "" || manifest?.private === true) return false
  return name === "index" ? "." in exported : (exported[`./${name}`] ?? exported["./*"] ?? null) !== null
}

const textOf = (comment: string): string =>
  comment
    .replace(/^\/\*\*|\*\/$/g, "")
    .replace(/^\s*\* ?/gm, "")
    .trim()

/** The parts that a docstring lacks: a sentence, and the release it came with. */
const lacks = (comment: string | undefined, tags: ReadonlyArray<string>): string | undefined => {
  if (comment === undefined) return "a docstring"
  const text = textOf(comment)
  const [sentence = ""] = text.split(/\n\s*\n|\n(?=@)/)
  if (!/^[A-Z`"-]/.test(sentence) || !/[.:`]$/.test(sentence)) return "a sentence"
  return lackOfTags(text, tags)
}

const lackOfTags = (text: string, tags: ReadonlyArray<string>): string | undefined =>
  tags.find((tag) => !new RegExp(`^${tag} \\S`, "m").test(text))

/** The description of a metric is its sentence, so that its docstring holds the tags alone. */
const lacksOfMetric = (comment: string | undefined, tags: ReadonlyArray<string>): string | undefined => {
  if (comment === undefined) return "a docstring"
  const text = textOf(comment)
  return text.startsWith("@") ? lackOfTags(text, tags) : "brevity: its description is enough"
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
        ...exports.flatMap(({ comment, isMetric, line, name }) => {
          // An export with this mark is for the packages of the workspace, and promised to nobody.
          const lacking = isMetric ? lacksOfMetric : lacks
          const missing = comment?.includes("@internal") ? undefined : lacking(comment, tags)
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

/** Dependencies by which a build could differ from the next: each has one exact version. */
export const unpinned = (workspace: Workspace): ReadonlyArray<string> =>
  [...workspace.manifests].flatMap(([folder, manifest]) =>
    (["dependencies", "devDependencies", "optionalDependencies"] as const)
      .filter((kind) => kind === "devDependencies" || folder === "" || manifest.private === true)
      .flatMap((kind) =>
        Object.entries(manifest[kind] ?? {})
          .filter(
            ([, version]) => !/^(catalog:(docs)?|workspace:\*)$/.test(version) && !exactVersion.test(version)
          )
          .map(([name, version]) => `${folder || "the root"}: ${name} is ${version}`)
      )
  )

/** The packages that stand on the engine of clusters: Effect may change that with each minor version. */
const onTheEngine = ["fleet"]

/** Dependencies of published packages that force one version upon an application, or a range that nobody looks after. */
export const unranged = (workspace: Workspace): ReadonlyArray<string> =>
  [...workspace.manifests]
    .filter(([folder, manifest]) => folder !== "" && manifest.private !== true)
    .flatMap(([folder, { dependencies = {}, peerDependencies = {} }]) =>
      Object.entries({ ...dependencies, ...peerDependencies })
        .filter(([name, version]) => {
          if (onTheEngine.includes(folder) && version === "catalog:engine") return false
          return version !== (name.startsWith(scope) ? "workspace:^" : "catalog:published")
        })
        .map(([name, version]) => `${folder}: ${name} is ${version}`)
    )

/** The catalogs of a workspace file by name; the one without is `default`. */
const catalogsIn = (workspaceFile: string) => {
  const { catalog = {}, catalogs = {} } = parseYaml(workspaceFile) as {
    readonly catalog?: Readonly<Record<string, string>>
    readonly catalogs?: Readonly<Record<string, Readonly<Record<string, string>>>>
  }
  const { engine = {}, published = {}, ...others } = catalogs
  return { exact: Object.values({ catalog, ...others }), tested: catalog, published, engine }
}

/** Lines of the catalogs whose version is not one exact version; ranges stand in `published`. */
export const unpinnedInCatalog = (workspaceFile: string): ReadonlyArray<string> =>
  catalogsIn(workspaceFile)
    .exact.flatMap((catalog) => Object.entries(catalog))
    .filter(([, version]) => !exactVersion.test(version))
    .map(([name, version]) => `${name}: ${version}`)

/** Ranges of published packages that do not begin with the version that is tested. */
export const untested = (workspaceFile: string): ReadonlyArray<string> => {
  const { engine, published, tested } = catalogsIn(workspaceFile)
  const wrong = (ranges: Readonly<Record<string, string>>, mark: string) =>
    Object.entries(ranges).filter(([name, range]) => range !== `${mark}${tested[name]}`)
  return [...wrong(published, "^"), ...wrong(engine, "~")].map(
    ([name, range]) => `${name} is ${range}, and tested is ${tested[name]}`
  )
}

/** The oldest Node that a range of `engines` allows; 0 where there is none. */
const oldestNode = (range: string | undefined): ReadonlyArray<number> =>
  (/>=\s*([\d.]+)/.exec(range ?? "")?.[1] ?? "0").split(".").map(Number)

const isOlder = (left: ReadonlyArray<number>, right: ReadonlyArray<number>): boolean => {
  const at = right.findIndex((part, index) => part !== (left[index] ?? 0))
  return at !== -1 && (left[at] ?? 0) < (right[at] ?? 0)
}

/**
 * Published packages that promise an older Node than what they depend on needs. `nodeOf` gives the `engines` of what a
 * package has installed.
 */
export const tooOldNode = (
  workspace: Workspace,
  nodeOf: (folder: string, dependency: string) => string | undefined
): ReadonlyArray<string> =>
  [...workspace.manifests]
    .filter(([folder, manifest]) => folder !== "" && manifest.private !== true)
    .flatMap(([folder, { dependencies = {}, engines, peerDependencies = {} }]) =>
      Object.keys({ ...dependencies, ...peerDependencies })
        .map((name) => [name, nodeOf(folder, name)] as const)
        .filter(([, needed]) => isOlder(oldestNode(engines?.node), oldestNode(needed)))
        .map(([name, needed]) => `${folder} says Node ${engines?.node}, and ${name} needs ${needed}`)
    )

/** Packages that are not of the same release as the workspace. */
export const otherRelease = (workspace: Workspace): ReadonlyArray<string> => {
  const release = workspace.manifests.get("")?.version
  return [...workspace.manifests.values()]
    .filter(({ version }) => version !== release)
    .map(({ name, version }) => `${name} is ${version}, not ${release}`)
}
