/** A plugin for the API reference: the text of a metric is its description, which stands in its code alone. */
import { Converter } from "typedoc"
import ts from "typescript"

/**
 * The description among the options that a metric is made with.
 *
 * @param {ts.Node} node
 * @returns {string | undefined}
 */
const descriptionOf = (node) =>
  ts.isPropertyAssignment(node) &&
  node.name.getText() === "description" &&
  ts.isStringLiteral(node.initializer)
    ? node.initializer.text
    : ts.forEachChild(node, descriptionOf)

/** @param {import("typedoc").Application} app */
export const load = (app) => {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    const { comment } = reflection
    const category = comment?.getTag("@category")?.content[0]?.text
    if (category !== "metrics" || comment.summary.length > 0) return
    const [declaration] = context.getSymbolFromReflection(reflection)?.declarations ?? []
    const text = declaration && descriptionOf(declaration)
    if (text !== undefined) comment.summary = [{ kind: "text", text: `${text}.` }]
  })
}
