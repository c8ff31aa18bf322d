/** Where sources say more than the compiler can prove. */
import { type Module, nodesOf, type Node } from "./workspace.ts"

const isConst = (node: Node): boolean => {
  const type = node["typeAnnotation"] as Node
  return type.type === "TSTypeReference" && (type["typeName"] as Node)["name"] === "const"
}

/** Assertions of a type that a module makes; `as const` asserts nothing. */
export const castsOf = ({ lineAt, path, program }: Module): ReadonlyArray<string> =>
  [...nodesOf(program)].flatMap(([node]) => {
    switch (node.type) {
      case "TSAsExpression":
      case "TSTypeAssertion":
        return isConst(node) ? [] : [`${path}:${lineAt(node.start)}`]
      case "TSNonNullExpression":
        return [`${path}:${lineAt(node.start)}`]
      default:
        return []
    }
  })
