/** Rules for the reference of a module: an example at its main export, its rule, and its limits. */
import { posix } from "node:path"
import { isPublic } from "./shapeRules.ts"
import { type Export, type Module, nodesOf, type Workspace } from "./workspace.ts"

const isLimit = ({ comment = "" }: Export): boolean => /@category limits$/m.test(comment)

/** The modules of the reference that a reader learns to use: not the index, and not lists of limits. */
const shownIn = (workspace: Workspace): ReadonlyArray<Module> =>
  workspace.modules.filter(
    (module) =>
      isPublic(workspace, module) &&
      !/\/(index|web)\.ts$/.test(module.path) &&
      (module.exports.length === 0 ? module.header?.includes("@example") : !module.exports.every(isLimit))
  )

/**
 * The docstrings at which a module is introduced: of a value that bears its name, or else of `make` or a layer, or else
 * of any export. A module that only passes on generated code has its own.
 */
const mainDocs = ({ exports, header, path }: Module): ReadonlyArray<string> => {
  const values = exports.filter(({ isType }) => !isType)
  const found = [
    values.filter(({ name }) => name === posix.basename(path, ".ts")),
    values.filter(({ name }) => /^(make|layer)/.test(name)),
    exports
  ].find((some) => some.length > 0)
  return (found?.map(({ comment }) => comment) ?? [header]).flatMap((comment) => comment ?? [])
}

/** Modules whose main export shows no example. */
export const withoutExample = (workspace: Workspace): ReadonlyArray<string> =>
  shownIn(workspace)
    .filter((module) => !mainDocs(module).some((doc) => doc.includes("@example")))
    .map(({ path }) => path)

/** The rules and sections that a text names: `S1 to S3` are three. */
const rulesIn = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/\b([SRFWJ])(\d+)(?: to \1(\d+))?\b|\bsection (\d+)/g)].flatMap(
    ([, letter, first, last = first, section]) =>
      section !== undefined
        ? [`section ${section}`]
        : Array.from(
            { length: Number(last) - Number(first) + 1 },
            (_, index) => `${letter}${Number(first) + index}`
          )
  )

/** The rules by the public modules in which they live, by the table of ARCHITECTURE.md. */
export const rulesByModule = (architecture: string): ReadonlyMap<string, ReadonlyArray<string>> => {
  const [, section = ""] = architecture.split("## Where each rule lives\n")
  const [table = ""] = section.split("\n## ")
  const rules = new Map<string, ReadonlyArray<string>>()
  for (const [, named = "", places = ""] of table.matchAll(/^\| ([^|]+) \| (.+) \|$/gm)) {
    for (const [, place = ""] of places.matchAll(
      /`((?:core|api|client|server|fleet)\/src\/[A-Z]\w*\.ts)`/g
    )) {
      rules.set(`packages/${place}`, [...(rules.get(`packages/${place}`) ?? []), ...rulesIn(named)])
    }
  }
  return rules
}

/** Modules whose main export leads to none of the rules that live in them. */
export const withoutRule = (
  workspace: Workspace,
  rules: ReadonlyMap<string, ReadonlyArray<string>>
): ReadonlyArray<string> =>
  shownIn(workspace).flatMap((module) => {
    const expected = rules.get(module.path) ?? []
    const seen = mainDocs(module).flatMap((doc) => rulesIn(/@see BEHAVIOUR (.+)/.exec(doc)?.[1] ?? ""))
    return expected.length === 0 || expected.some((rule) => seen.includes(rule))
      ? []
      : [`${module.path} leads to none of ${expected.join(", ")}`]
  })

/** Links to rules that the behaviour does not have. */
export const deadRules = (workspace: Workspace, behaviour: string): ReadonlyArray<string> => {
  const known = new Set([
    ...[...behaviour.matchAll(/^\*\*([SRFWJ]\d+)|^- \*\*([SRFWJ]\d+)/gm)].map(
      ([, one, other]) => one ?? other
    ),
    ...[...behaviour.matchAll(/^## (\d+) /gm)].map(([, section]) => `section ${section}`)
  ])
  return workspace.modules.flatMap(({ exports, path }) =>
    exports.flatMap(({ comment = "", name }) =>
      [...comment.matchAll(/@see BEHAVIOUR(.*)/g)]
        .filter(
          ([, text = ""]) => rulesIn(text).length === 0 || !rulesIn(text).every((rule) => known.has(rule))
        )
        .map(([link]) => `${path} ${name}: ${link}`)
    )
  )
}

/** The fields of interfaces, references and exported names: all by which a limit can be set. */
const settings = (workspace: Workspace): ReadonlySet<string> =>
  new Set(
    workspace.modules
      .filter(({ part }) => part === "src")
      .flatMap(({ program }) => [...nodesOf(program)])
      .filter(([node]) => node.type === "TSPropertySignature" || node.type === "VariableDeclarator")
      .map(([node]) => String(((node["key"] ?? node["id"]) as { readonly name?: string }).name))
  )

/** Limits whose docstring does not end with the option that sets them, or says that they cannot be set. */
export const unsettled = (workspace: Workspace): ReadonlyArray<string> => {
  const known = settings(workspace)
  return workspace.modules
    .filter(({ part }) => part === "src")
    .flatMap(({ exports, path }) =>
      exports.filter(isLimit).flatMap(({ comment = "", line, name }) => {
        const [text = ""] = comment.replace(/\s+\*? ?/g, " ").split(/ @/)
        const [, setting, fixed] = /(?:Set by `(?:--)?(\w+)`|(Cannot be set))\.\s*$/.exec(text.trim()) ?? []
        return fixed !== undefined || (setting !== undefined && known.has(setting))
          ? []
          : [`${path}:${line} ${name} does not say whether it can be set`]
      })
    )
}

/** True if an expression is a number or a length of time that stands there as it is. */
const isQuantity = (node: { readonly type: string; readonly [key: string]: unknown } | null): boolean => {
  if (node?.type === "Literal") return typeof node["value"] === "number" || typeof node["value"] === "bigint"
  if (node?.type === "BinaryExpression") return true
  const callee =
    node?.type === "CallExpression"
      ? (node["callee"] as { readonly object?: { readonly name?: string } })
      : {}
  return callee.object?.name === "Duration"
}

/** Quantities of the reference that are no limits, and limits that the reference does not show. */
export const misfiledLimits = (workspace: Workspace): ReadonlyArray<string> => {
  const passedOn = new Set(
    workspace.modules
      .filter((module) => isPublic(workspace, module))
      .flatMap(({ program }) => program.body)
      .flatMap((node) => {
        if (node.type === "ExportAllDeclaration") return [`all of ${posix.basename(sourceOf(node))}`]
        const specifiers = (node["specifiers"] ?? []) as ReadonlyArray<{
          readonly local?: { readonly name?: string }
        }>
        return node.type === "ExportNamedDeclaration"
          ? specifiers.map(({ local }) => String(local?.name))
          : []
      })
  )
  return workspace.modules
    .filter(({ part, package: folder }) => part === "src" && folder !== "cli" && folder !== "examples")
    .flatMap((module) => {
      const isShown = isPublic(workspace, module) || passedOn.has(`all of ${posix.basename(module.path)}`)
      const hidden = module.exports
        .filter((exported) => isLimit(exported) && !isShown && !passedOn.has(exported.name))
        .map(({ line, name }) => `${module.path}:${line} ${name} is a limit that the reference does not show`)
      if (!isPublic(workspace, module)) return hidden
      const quantities = new Set(
        [...nodesOf(module.program.body.filter(({ type }) => type === "ExportNamedDeclaration"))]
          .filter(
            ([node, parent]) => node.type === "VariableDeclarator" && parent?.type === "VariableDeclaration"
          )
          .filter(([node]) => isQuantity(node["init"] as Parameters<typeof isQuantity>[0]))
          .map(([node]) => String((node["id"] as { readonly name?: string }).name))
      )
      const unfiled = module.exports
        .filter((exported) => quantities.has(exported.name) && !isLimit(exported))
        .map(({ line, name }) => `${module.path}:${line} ${name} has a number and is not among the limits`)
      return [...hidden, ...unfiled]
    })
}

const sourceOf = (node: { readonly [key: string]: unknown }): string =>
  String((node["source"] as { readonly value?: unknown } | null)?.value)
