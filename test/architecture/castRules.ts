/** Places where sources claim more than the compiler can prove. */
import { type Module, nodesOf, type Node, type Workspace } from "./workspace.ts"

/** True of `as const`, which claims nothing. */
const isConst = (node: Node): boolean => {
  const { type, typeName } = node["typeAnnotation"] as Node
  return type === "TSTypeReference" && (typeName as Node)["name"] === "const"
}

const castsOf = ({ lineAt, path, program }: Module): ReadonlyArray<string> =>
  [...nodesOf(program)].flatMap(([node]) => {
    const isCast = node.type === "TSAsExpression" || node.type === "TSTypeAssertion"
    return (isCast && !isConst(node)) || node.type === "TSNonNullExpression"
      ? [`${path}:${lineAt(node.start)}`]
      : []
  })

/** The type assertions in the sources of a package, `!` included. */
export const casts = ({ modules }: Workspace, folder: string): ReadonlyArray<string> =>
  modules.filter(({ package: own, part }) => own === folder && part === "src").flatMap(castsOf)

/** The number of places in each module. */
export const countOf = (places: ReadonlyArray<string>): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {}
  for (const place of places) {
    const [path = ""] = place.split(":")
    counts[path] = (counts[path] ?? 0) + 1
  }
  return counts
}
