/** Each metric is described once, and each counter is counted in one way. */
import { type Module, type Node, nodesOf, type Workspace } from "./workspace.ts"

/** `updates` by an effect, `tallies` where there is none. */
type Way = "updates" | "tallies" | "updateUnsafe"

/** The name at the end of `name`, `Module.name` or `this.name`. */
const nameOf = (node: Node | undefined): string | undefined => {
  if (node?.type === "Identifier") return String(node["name"])
  return node?.type === "MemberExpression" ? nameOf(node["property"] as Node) : undefined
}

const objectOf = (node: Node | undefined): Node | undefined =>
  node?.type === "MemberExpression" ? (node["object"] as Node) : undefined

/** The metric whose series a node gives, as `metric.at(…)` does. */
const metricOf = (node: Node | undefined): string | undefined => {
  const callee = node?.type === "CallExpression" ? (node["callee"] as Node) : undefined
  return nameOf(callee) === "at" ? nameOf(objectOf(callee)) : undefined
}

/** The counters that a module makes. */
const countersOf = ({ program }: Module): ReadonlyArray<string> =>
  [...nodesOf(program)].flatMap(([node]) => {
    const made = node.type === "VariableDeclarator" ? (node["init"] as Node | null) : null
    const isCounter =
      made?.type === "CallExpression" && nameOf(made["callee"] as Node) === "counter" && node["id"] !== null
    return isCounter ? [nameOf(node["id"] as Node) ?? ""] : []
  })

/** The ways in which a module counts, each with its place. */
const countingOf = ({ lineAt, path, program }: Module) =>
  [...nodesOf(program)].flatMap(([node]): ReadonlyArray<{ counter: string; way: Way; place: string }> => {
    const found = (counter: string | undefined, way: Way) =>
      counter === undefined ? [] : [{ counter, way, place: `${path}:${lineAt(node.start)}` }]
    if (node.type === "MemberExpression") {
      if (nameOf(node) === "tallies") return found(nameOf(objectOf(node)), "tallies")
      return nameOf(node) === "updateUnsafe" ? found(metricOf(objectOf(node)), "updateUnsafe") : []
    }
    const isUpdate = node.type === "CallExpression" && nameOf(node["callee"] as Node) === "update"
    return isUpdate ? found(metricOf((node["arguments"] as ReadonlyArray<Node>)[0]), "updates") : []
  })

/** Counters that are counted unsafely, or in both ways. */
export const countedOddly = ({ modules }: Workspace): ReadonlyArray<string> => {
  const sources = modules.filter(({ part }) => part === "src")
  const counters = new Set(sources.flatMap(countersOf))
  const ways = new Map<string, Way>()
  return sources.flatMap(countingOf).flatMap(({ counter, place, way }) => {
    if (!counters.has(counter)) return []
    const before = ways.get(counter) ?? way
    ways.set(counter, before)
    return before === way && way !== "updateUnsafe" ? [] : [`${place} ${counter} is counted by ${way}`]
  })
}
