/** Which exports there may be: none that nobody uses, and none that the index hides. Gives the violations it finds, one line each. */
import { posix } from "node:path"
import { isPublic } from "./shapeRules.ts"
import {
  type Export,
  type Module,
  namesOf,
  type Node,
  nodesOf,
  resolve,
  type Workspace
} from "./workspace.ts"

/** The meaning of a name in a module that imports it: a module as a whole, or an export of one. */
interface Meaning {
  readonly path: string
  /** Absent for the module as a whole. */
  readonly name?: string | undefined
}

/** The modules, and what a name of one stands for once whoever only passes it on is looked through. */
interface Names {
  readonly modules: ReadonlyMap<string, Module>
  readonly follow: (path: string, name: string) => Meaning
}

const keyOf = (path: string, name: string) => `${path} ${name}`
const nameOf = (node: unknown): string => String((node as Node | undefined)?.["name"] ?? "")

/** The exports of others that a module passes on, by their names there. */
const passedOn = (module: Module, modules: ReadonlyMap<string, Module>): ReadonlyMap<string, Meaning> =>
  new Map(
    module.program.body.flatMap((node): ReadonlyArray<readonly [string, Meaning]> => {
      const source = (node["source"] as { readonly value?: string } | null)?.value
      const path = source === undefined ? undefined : resolve(module, source)
      if (path === undefined || !modules.has(path)) return []
      if (node.type === "ExportAllDeclaration") return [[nameOf(node["exported"]), { path }]]
      if (node.type !== "ExportNamedDeclaration") return []
      return (node["specifiers"] as ReadonlyArray<Node>).map((specifier) => [
        nameOf(specifier["exported"]),
        { path, name: nameOf(specifier["local"]) }
      ])
    })
  )

/** The meanings of the names that a module imports from its workspace. */
const importsOf = (module: Module, { follow, modules }: Names): ReadonlyMap<string, Meaning> => {
  const meanings = new Map<string, Meaning>()
  for (const node of module.program.body) {
    if (node.type !== "ImportDeclaration") continue
    const path = resolve(module, (node["source"] as { readonly value: string }).value)
    if (path === undefined || !modules.has(path)) continue
    for (const specifier of node["specifiers"] as ReadonlyArray<Node>) {
      const isOne = specifier.type === "ImportSpecifier"
      meanings.set(nameOf(specifier["local"]), isOne ? follow(path, nameOf(specifier["imported"])) : { path })
    }
  }
  return meanings
}

/** True if an identifier is the name of a member or a key, which only happens to be the same as another. */
const isMemberName = (node: Node, parent: Node): boolean =>
  parent["computed"] !== true &&
  ((parent.type === "MemberExpression" && parent["property"] === node) ||
    (parent.type === "TSQualifiedName" && parent["right"] === node) ||
    (parent.type === "Property" && parent["key"] === node && parent["value"] !== node))

/** The member that is taken of an identifier, in a value or a type. */
const memberOf = (node: Node, parent: Node): unknown => {
  if (parent.type === "TSQualifiedName" && parent["left"] === node) return parent["right"]
  const isMember = parent.type === "MemberExpression" && parent["object"] === node
  return isMember && parent["computed"] === false ? parent["property"] : undefined
}

/** Every export that a module uses of others, as `path name`. A module that is passed around is used as a whole. */
const usedBy = (module: Module, names: Names): ReadonlyArray<string> => {
  const { follow, modules } = names
  const meanings = importsOf(module, names)
  const whole = (path: string) => (modules.get(path)?.exports ?? []).map(({ name }) => keyOf(path, name))
  const one = ({ name, path }: Meaning) => (name === undefined ? whole(path) : [keyOf(path, name)])
  const imported = [...meanings.values()].flatMap((meaning) =>
    meaning.name === undefined ? [] : one(meaning)
  )
  const members = [...nodesOf(module.program)].flatMap(([node, parent]) => {
    const meaning = node.type === "Identifier" ? meanings.get(nameOf(node)) : undefined
    if (meaning === undefined || meaning.name !== undefined || parent === undefined) return []
    if (parent.type.startsWith("Import") || isMemberName(node, parent)) return []
    const member = memberOf(node, parent)
    return one(member === undefined ? meaning : follow(meaning.path, nameOf(member)))
  })
  return [...imported, ...members]
}

/** The names of the types that a node mentions. */
const typesNamedIn = (value: unknown): ReadonlyArray<string> =>
  [...nodesOf(value)].flatMap(([node]) => {
    if (node.type === "TSTypeReference") return [nameOf(node["typeName"])]
    return node.type === "TSInterfaceHeritage" ? [nameOf(node["expression"])] : []
  })

const occurrencesOf = (name: string, { program }: Module): number =>
  [...nodesOf(program)].filter(([node]) => node.type === "Identifier" && nameOf(node) === name).length

/** True if another export of the module cannot be written down without this type. */
const isPartOfAnother = (type: Export, { exports, program }: Module): boolean => {
  const others = new Set(exports.filter(({ name }) => name !== type.name).map(({ name }) => name))
  return program.body
    .filter((node) => node.type === "ExportNamedDeclaration")
    .filter((node) => namesOf(node).some((name) => others.has(name)))
    .some((node) => typesNamedIn(node).includes(type.name))
}

/** The names that documents show as code. */
export const namesShown = (documents: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set(
    documents
      .flatMap((text) => text.match(/```[^]*?```|`[^`\n]+`/g) ?? [])
      .flatMap((code) => code.match(/[A-Za-z_]\w*/g) ?? [])
  )

/** The modules of a workspace with what their names stand for. */
const namesIn = (workspace: Workspace): Names => {
  const modules = new Map(workspace.modules.map((module) => [module.path, module]))
  const passed = new Map(workspace.modules.map((module) => [module.path, passedOn(module, modules)]))
  return { modules, follow: (path, name) => passed.get(path)?.get(name) ?? { path, name } }
}

/** Public modules that the index of their package does not export as a namespace of their name. */
export const missingInIndex = (workspace: Workspace): ReadonlyArray<string> => {
  const { modules } = namesIn(workspace)
  return workspace.modules
    .filter((module) => isPublic(workspace, module) && !/\/src\/(index|web)\.ts$/.test(module.path))
    .flatMap(({ package: folder = "", path }) => {
      const index = modules.get(`packages/${folder}/src/index.ts`)
      const found = index && passedOn(index, modules).get(posix.basename(path, ".ts"))
      return found?.path === path && found.name === undefined ? [] : [path]
    })
}

/**
 * Exports of published packages that are there for nobody. One is there for somebody if another package, a test, a
 * script or an example uses it, if a document shows its name, if it is a type of another export, or if it is a limit
 * or another constant that the package goes by and whose name is where users look the value up.
 */
export const dead = (workspace: Workspace, shown: ReadonlySet<string> = new Set()): ReadonlyArray<string> => {
  const names = namesIn(workspace)
  const users = new Map<string, Array<Module>>()
  for (const user of workspace.modules) {
    for (const key of usedBy(user, names)) users.set(key, [...(users.get(key) ?? []), user])
  }
  const isAlive = (module: Module, exported: Export): boolean => {
    const all = users.get(keyOf(module.path, exported.name)) ?? []
    const own = all.filter(({ package: folder, part }) => part === "src" && folder === module.package)
    if (all.length > own.length || shown.has(exported.name)) return true
    // A schema and its type share a name, and are imported as one.
    if (module.exports.some(({ isType, name }) => isType && name === exported.name)) {
      return isPartOfAnother(exported, module) || own.some((user) => isPublic(workspace, user))
    }
    const isConstant = /@category (limits|constants)/.test(exported.comment ?? "")
    return isConstant && (own.length > 0 || occurrencesOf(exported.name, module) > 1)
  }
  return workspace.modules
    .filter((module) => isPublic(workspace, module))
    .flatMap((module) =>
      module.exports
        .filter((exported) => !exported.comment?.includes("@internal") && !isAlive(module, exported))
        .map(({ line, name }) => `${module.path}:${line} ${name} is used by nobody`)
    )
}
