/** Which imports there may be. Each rule gives the violations it finds, one line each. */
import { builtinModules } from "node:module"
import { posix } from "node:path"
import {
  type Manifest,
  type Module,
  type Node,
  nodesOf,
  resolve,
  scope,
  type Workspace
} from "./workspace.ts"

/** The arrows: what each package may import, in `src`. Tests may import `testing` as well. */
export const arrows: Readonly<Record<string, ReadonlyArray<string>>> = {
  core: [],
  api: ["core"],
  client: ["api", "core"],
  server: ["api", "core"],
  fleet: ["core"],
  console: ["client", "api", "core"],
  cli: ["client", "server", "fleet", "api", "core"],
  testing: ["client", "server", "fleet", "api", "core"],
  examples: ["client", "server", "fleet", "api", "core"]
}

/** All that the core may stand on besides itself. */
const coreStandsOn = ["effect", "rrule"]

const mayImport = (from: Module, to: string): boolean =>
  from.package === undefined ||
  from.package === to ||
  (arrows[from.package]?.includes(to) ?? false) ||
  (from.part === "test" && to === "testing" && from.package !== "testing")

/** The name of the package a specifier is of, as `effect` of `effect/sql/SqlClient`. */
const packageOf = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")

const isRelative = (specifier: string) => specifier.startsWith(".")
const isOfNode = (specifier: string) =>
  specifier.startsWith("node:") || builtinModules.includes(packageOf(specifier))
/** True of a module that the build of the page makes. */
const isOfBuild = (specifier: string) => specifier.startsWith("virtual:")
const isOfWorkspace = (specifier: string) => specifier.startsWith(scope)

const pathOf = (from: Module, specifier: string): string => posix.join(posix.dirname(from.path), specifier)

const each = (
  workspace: Workspace,
  violation: (from: Module, specifier: string) => string | undefined
): ReadonlyArray<string> =>
  workspace.modules.flatMap((from) =>
    from.imports.flatMap((specifier) => {
      const found = violation(from, specifier)
      return found === undefined ? [] : [`${from.path} imports ${specifier}: ${found}`]
    })
  )

/** Imports against the arrows, and those that leave the part of the package they stand in. */
export const againstTheArrows = (workspace: Workspace): ReadonlyArray<string> =>
  each(workspace, (from, specifier) => {
    if (isOfWorkspace(specifier)) {
      const to = packageOf(specifier).slice(scope.length)
      return mayImport(from, to) ? undefined : `there is no arrow from ${from.package} to ${to}`
    }
    if (isRelative(specifier) && from.package !== undefined) {
      const home = `packages/${from.package}/${from.part === "src" ? "src/" : ""}`
      return pathOf(from, specifier).startsWith(home) ? undefined : `it leaves ${home}`
    }
    if (from.package === "core" && from.part === "src" && !isRelative(specifier)) {
      return coreStandsOn.includes(packageOf(specifier))
        ? undefined
        : `the core stands on ${coreStandsOn.join(" and ")} alone`
    }
    return undefined
  })

/** Dependencies that a manifest states against the arrows. */
export const dependenciesAgainstTheArrows = (workspace: Workspace): ReadonlyArray<string> =>
  [...workspace.manifests].flatMap(([folder, manifest]) => {
    if (folder === "") return []
    const stated = Object.keys({
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      ...manifest.optionalDependencies
    })
    const allowed = arrows[folder]
    if (allowed === undefined) return [`packages/${folder} has no arrows`]
    const forTests = Object.keys(manifest.devDependencies ?? {})
    const wrong = (names: ReadonlyArray<string>, known: ReadonlyArray<string>) =>
      names
        .filter((name) => isOfWorkspace(name) && !known.includes(name.slice(scope.length)))
        .map((name) => `packages/${folder}/package.json depends on ${name}`)
    return [...wrong(stated, allowed), ...wrong(forTests, [...allowed, "testing"])]
  })

/** True if a package is published as a bundle with its dependencies: nothing of it can be imported. */
const isBundle = (manifest: Manifest | undefined): boolean =>
  Object.keys(manifest?.exports ?? {}).every((path) => path === "./package.json")

/** Names by what a build puts in their place: Preact is written as React. */
const aliases: Readonly<Record<string, string>> = {
  react: "preact",
  "react-dom": "preact"
}

/** Imports of packages that the manifest does not state, which only work by the accident of where they are installed. */
export const undeclared = (workspace: Workspace): ReadonlyArray<string> => {
  const runtime = (manifest: Manifest | undefined) => ({
    ...manifest?.dependencies,
    ...manifest?.peerDependencies,
    ...manifest?.optionalDependencies
  })
  return each(workspace, (from, specifier) => {
    if (isRelative(specifier) || isOfNode(specifier) || isOfBuild(specifier)) return undefined
    const own = workspace.manifests.get(from.package ?? "")
    const root = workspace.manifests.get("")
    const stated =
      from.part === "src"
        ? { ...runtime(own), ...(isBundle(own) ? own?.devDependencies : undefined) }
        : { ...runtime(own), ...own?.devDependencies, ...runtime(root), ...root?.devDependencies }
    const name = aliases[packageOf(specifier)] ?? packageOf(specifier)
    return name in stated || name === own?.name ? undefined : `${name} is not a dependency`
  })
}

/** Benchmarks measure what the core and the fleet keep to themselves. */
const mayBeMeasured = (from: Module, path: string): boolean =>
  from.path.startsWith("scripts/bench/") && /^packages\/(?:core|fleet)\/src\/internal\//.test(path)

/** Imports of what another package keeps to itself. Only benchmarks reach into core and fleet, by relative path. */
export const deep = (workspace: Workspace): ReadonlyArray<string> =>
  each(workspace, (from, specifier) => {
    const [, , inside = ""] = specifier.split("/")
    if (isOfWorkspace(specifier) && ["internal", "src", "gen", "dist", "test"].includes(inside)) {
      return `${packageOf(specifier)} keeps it to itself`
    }
    const outside = from.package === undefined && isRelative(specifier) ? pathOf(from, specifier) : ""
    return outside.startsWith("packages/") && !mayBeMeasured(from, outside)
      ? "packages are imported by name"
      : undefined
  })

/** Cycles of modules, within packages and across them; imports of types count, since they tie concepts as well. */
export const cycles = (workspace: Workspace): ReadonlyArray<string> => {
  const modules = new Map(workspace.modules.map((module) => [module.path, module]))
  const targets = (from: Module): ReadonlyArray<Module> =>
    from.imports.flatMap((specifier) => {
      const path = resolve(from, specifier)
      const module = path === undefined ? undefined : modules.get(path)
      return module ? [module] : []
    })
  const found: Array<string> = []
  const done = new Set<Module>()
  const visit = (module: Module, trail: ReadonlyArray<Module>) => {
    const start = trail.indexOf(module)
    if (start >= 0) {
      found.push([...trail.slice(start), module].map(({ path }) => path).join(" -> "))
      return
    }
    if (done.has(module)) return
    for (const target of targets(module)) visit(target, [...trail, module])
    done.add(module)
  }
  for (const module of workspace.modules) visit(module, [])
  return found
}

/** The specifiers of imports and exports that exist at run time: types vanish. */
const valuesImported = ({ program }: Module): ReadonlyArray<string> =>
  [...nodesOf(program)].flatMap(([node]) => {
    if (!/^(Import|ExportNamed|ExportAll)/.test(node.type)) return []
    const { exportKind, importKind, source } = node
    const specifiers = (node["specifiers"] ?? []) as ReadonlyArray<Node>
    const isType =
      [importKind, exportKind].includes("type") ||
      (specifiers.length > 0 && specifiers.every((each) => each["importKind"] === "type"))
    const value = (source as { readonly value?: unknown } | null | undefined)?.value
    return isType || typeof value !== "string" ? [] : [value]
  })

/** Chains of imports, at run time, from one module to others that it must know nothing of. */
export const reaches = (
  workspace: Workspace,
  from: string,
  forbidden: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const modules = new Map(workspace.modules.map((module) => [module.path, module]))
  const trails = new Map([[from, from]])
  for (const [path, trail] of trails) {
    const module = modules.get(path)
    if (module === undefined) continue
    for (const specifier of valuesImported(module)) {
      const to = resolve(module, specifier)
      if (to !== undefined && !trails.has(to)) trails.set(to, `${trail} -> ${to}`)
    }
  }
  return forbidden.flatMap((path) => trails.get(path) ?? [])
}

/** Imports of the engine of clusters by anything but the adapter of the fleet, which another engine can replace. */
export const engineOutside = (workspace: Workspace): ReadonlyArray<string> =>
  each(workspace, (from, specifier) =>
    /^effect\/cluster\b/.test(specifier) &&
    !/^packages\/fleet\/(?:src|test)\/internal\/engine\//.test(from.path)
      ? "the engine belongs into fleet/src/internal/engine"
      : undefined
  )

/** The parts of the server that speak the wire: its gRPC, and the one codec of what stores keep. */
const ofTheWire =
  /^packages\/server\/src\/(internal\/grpc\/.*|internal\/reports\/reportFormat|DispatchFormatProtobuf)\.ts$/

const isOfProtobuf = (specifier: string): boolean =>
  specifier.startsWith("@bufbuild/") || specifier.includes("/gen/")

/** Imports by which another part of the server knows protobuf, also through a module of the API. */
export const protobufInServer = (workspace: Workspace): ReadonlyArray<string> => {
  const api = new Map(
    workspace.modules.flatMap((module) => (module.package === "api" ? [[module.path, module] as const] : []))
  )
  const knows = (from: Module, specifier: string, seen: ReadonlySet<string> = new Set()): boolean => {
    if (isOfProtobuf(specifier)) return true
    const path = resolve(from, specifier) ?? ""
    const module = api.get(path)
    if (module === undefined || seen.has(path)) return false
    return module.imports.some((inner) => knows(module, inner, new Set([...seen, path])))
  }
  return each(workspace, (from, specifier) =>
    from.package === "server" && from.part === "src" && !ofTheWire.test(from.path) && knows(from, specifier)
      ? "protobuf belongs into internal/grpc, DispatchFormatProtobuf and reportFormat"
      : undefined
  )
}
