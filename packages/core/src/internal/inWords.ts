/**
 * Describes a wrong value that an application has given: a number, a bigint and a text look alike otherwise. A text is
 * shown up to a length.
 */
export const inWords = (value: unknown): string => {
  switch (typeof value) {
    case "bigint":
      return `${value}n`
    case "number":
      return `the number ${value}`
    case "string":
      return `the text ${JSON.stringify(value.length > textMax ? `${value.slice(0, textMax)}…` : value)}`
    case "object":
      return value === null ? "null" : Array.isArray(value) ? "a list" : ofClass(value)
    case "undefined":
    case "boolean":
      return String(value)
    default:
      return `a ${typeof value}`
  }
}

const textMax = 40

const ofClass = (value: object): string => {
  const prototype: object | null = Object.getPrototypeOf(value)
  const name = prototype?.constructor?.name
  return name === undefined || name === "" || name === "Object"
    ? "an object"
    : `${/^[aeio]/i.test(name) ? "an" : "a"} ${name}`
}
