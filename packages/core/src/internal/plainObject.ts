/** True if an object is of no class; it may come from another realm. */
export const isPlainObject = (object: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(object)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
