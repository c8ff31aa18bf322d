/** Rules for the sentences of documents. Each rule gives its violations, one line each. */

/** Code and headings of a document are no sentences. */
const sentencesOf = (text: string): string => text.replace(/^ *```[^]*?^ *```/gm, "").replace(/^#.*$/gm, "")

/** The beginning of a line of prose, of a sentence, or of a cell. */
const opening = /(?:^(?:[ \t]*(?:[-*>]|\d+\.)[ \t])?[ \t]*|[.:;!?)"”][ \t\n]+|\|[ \t]*|\*\*)/.source
const headless = new RegExp(`${opening}(?:What|Whatever|How|Whether|Who|Whoever)\\b[^.|\\n]*`, "gm")

/** Sentences that open with a question word, so that their subject is hidden; `allowed` are examples of them. */
export const headlessSentences = (
  text: string,
  allowed: ReadonlySet<string> = new Set()
): ReadonlyArray<string> =>
  [...sentencesOf(text).matchAll(headless)]
    .map(([sentence]) => sentence.replace(/^[^A-Z]*/, "").trim())
    .filter((sentence) => !allowed.has(sentence))
