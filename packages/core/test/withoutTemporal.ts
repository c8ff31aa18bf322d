/** Does something as in a runtime without Temporal. */
export const withoutTemporal = <A>(f: () => A): A => {
  const temporal = Object.getOwnPropertyDescriptor(globalThis, "Temporal") as PropertyDescriptor
  Reflect.deleteProperty(globalThis, "Temporal")
  try {
    return f()
  } finally {
    Object.defineProperty(globalThis, "Temporal", temporal)
  }
}
