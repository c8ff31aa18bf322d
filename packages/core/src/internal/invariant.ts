/**
 * States a condition that holds and that types cannot say. If it does not hold, the program is wrong: that is a defect,
 * which the supervisor answers.
 */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${message}`)
}
