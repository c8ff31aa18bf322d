/** Ids as people write them: `1`, `1,2,3`, `1-3`, `1..3`. */
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { Result } from "effect"

/** Most ids that a range may stand for. */
const rangeMax = 10_000

/** The largest id. */
export const idMax = 18_446_744_073_709_551_615n

/** Reads ids, in order, each once. */
export const parseIds = (texts: ReadonlyArray<string>): Result.Result<ReadonlyArray<DispatchId>, string> => {
  const parts = texts.flatMap((text) => text.split(",")).map((part) => part.trim())
  return Result.map(Result.all(parts.map((part) => parseRange(part, rangeMax))), (ranges) =>
    [...new Set(ranges.flat())].map((id) => DispatchId.make(id))
  )
}

/** Reads one id, or the ids of a range, which are at most so many. */
export const parseRange = (text: string, most: number): Result.Result<ReadonlyArray<bigint>, string> => {
  const [, begin, end] = /^(\d{1,20})(?:(?:-|\.\.)(\d{1,20}))?$/.exec(text) ?? []
  if (begin === undefined) return Result.fail(`has "${text}", which is not an id; use 1, 1,2,3, 1-3 or 1..3`)
  const first = BigInt(begin)
  const last = end === undefined ? first : BigInt(end)
  if (last > idMax) return Result.fail(`has "${text}", which is above ${idMax}`)
  if (last < first) return Result.fail(`has "${text}", which runs backwards; write the smaller id first`)
  if (last - first >= BigInt(most)) return Result.fail(`has "${text}", which is more than ${most} ids`)
  return Result.succeed(Array.from({ length: Number(last - first) + 1 }, (_, index) => first + BigInt(index)))
}
