import { readRunDuration } from "@effect-dispatch/core/Dispatch"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Result } from "effect"

describe("the length of a run", () => {
  it.each<readonly [Duration.Input, number]>([
    ["10 minutes", 600],
    [600_000, 600],
    [600_000_000_000n, 600],
    [[600, 0], 600],
    [{ minutes: 9, seconds: 60 }, 600],
    [{ hours: undefined, minutes: 10 }, 600],
    [Duration.minutes(10), 600],
    [0, 0],
    ["4294967295 seconds", 4_294_967_295],
    ["Infinity", Infinity],
    [Number.POSITIVE_INFINITY, Infinity],
    [Duration.infinity, Infinity]
  ])("is given as Effect takes it: %o", (given, seconds) => {
    assert.strictEqual(Duration.toSeconds(Result.getOrThrow(readRunDuration(given))), seconds)
  })

  it.each<readonly [unknown, string]>([
    [1_500, "1.5 s is not a whole number of seconds from 0 to 4,294,967,295"],
    ["4294967296 seconds", "4294967296 s is not a whole number of seconds from 0 to 4,294,967,295"],
    ["-1 seconds", "-1 s is not a whole number of seconds from 0 to 4,294,967,295"],
    ["-Infinity", "-Infinity s is not a whole number of seconds from 0 to 4,294,967,295"],
    ["ten minutes", 'the text "ten minutes" is not a duration such as "10 minutes" or Duration.minutes(10)'],
    [Number.NaN, 'the number NaN is not a duration such as "10 minutes" or Duration.minutes(10)'],
    [{}, 'an object is not a duration such as "10 minutes" or Duration.minutes(10)'],
    [{ minuts: 10 }, 'an object is not a duration such as "10 minutes" or Duration.minutes(10)'],
    [{ minutes: "10" }, 'an object is not a duration such as "10 minutes" or Duration.minutes(10)'],
    [[1], 'a list is not a duration such as "10 minutes" or Duration.minutes(10)'],
    [new Date(0), 'a Date is not a duration such as "10 minutes" or Duration.minutes(10)'],
    [null, 'null is not a duration such as "10 minutes" or Duration.minutes(10)'],
    [true, 'true is not a duration such as "10 minutes" or Duration.minutes(10)']
  ])("is refused, and never taken for a command: %o", (given, message) => {
    const read = readRunDuration(given as Duration.Input)
    assert.strictEqual(Result.isFailure(read) ? read.failure : undefined, message)
  })
})
