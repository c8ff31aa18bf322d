/** Ids as people write them: `1`, `1,2,3`, `1-3`, `1..3`. */
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { Result } from "effect"

/** Most ids that a range may stand for. */
const rangeMax = 10_000n

/** Reads ids, in order, each once. */
export const parseIds = (texts: ReadonlyArray<string>): Result.Result<ReadonlyArray<DispatchId>, string> => {
  const ids = new Set<bigint>()
  for (const part of texts.flatMap((text) => text.split(",")).map((part) => part.trim())) {
    const match = /^(\d{1,20})(?:(?:-|\.\.)(\d{1,20}))?$/.exec(part)
    if (match === null) return Result.fail(`has "${part}", which is not an id; use 1, 1,2,3, 1-3 or 1..3`)
    const first = BigInt(match[1] as string)
    const last = match[2] === undefined ? first : BigInt(match[2])
    if (last > 18_446_744_073_709_551_615n)
      return Result.fail(`has "${part}", which is above 18446744073709551615`)
    if (last < first) return Result.fail(`has "${part}", which runs backwards; write the smaller id first`)
    if (last - first >= rangeMax) return Result.fail(`has "${part}", which is more than ${rangeMax} ids`)
    for (let id = first; id <= last; id++) ids.add(id)
  }
  return Result.succeed([...ids].map((id) => DispatchId.make(id)))
}
