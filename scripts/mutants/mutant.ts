/** Deliberate faults of one part of the sources, by the file and by a name of their own. */
export type Mutants = Readonly<Record<string, Readonly<Record<string, Fault>>>>

interface Fault {
  /** The numbered rules that it breaks: "R7, R8". */
  readonly rule?: string
  /** The wrong behaviour: "of two dispatches due at one instant, one is forgotten". */
  readonly fault: string
  /** A text that stands in the file exactly once; space between its words may differ. */
  readonly text: string
  readonly replacement: string
  /** Tests that notice it, besides those of the module itself. */
  readonly tests?: ReadonlyArray<string>
}

export interface Mutant extends Fault {
  readonly name: string
  readonly file: string
}

export const listOf = (groups: ReadonlyArray<Mutants>): ReadonlyArray<Mutant> =>
  groups
    .flatMap((group) => Object.entries(group))
    .flatMap(([file, faults]) => Object.entries(faults).map(([name, fault]) => ({ ...fault, name, file })))
    .sort((one, other) => (one.name < other.name ? -1 : 1))

/** A mutant for its reader: its name, and the rules that it breaks. */
export const titleOf = ({ name, rule }: Mutant): string => (rule === undefined ? name : `${name} (${rule})`)

/** The source with the fault, or `undefined` unless the text stands there exactly once. */
export const mutated = (source: string, { replacement, text }: Mutant): string | undefined => {
  const [before, after, ...more] = source.split(pattern(text))
  return before === undefined || after === undefined || more.length > 0
    ? undefined
    : before + replacement + after
}

const pattern = (text: string): RegExp => {
  const words = text.trim().split(/\s+/)
  return new RegExp(words.map((word) => word.replace(/[^\w\s]/gu, String.raw`\$&`)).join(String.raw`\s+`))
}
