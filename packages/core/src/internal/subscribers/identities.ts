/** The identities that a merge strategy gives to dispatches. It is asked once for each version. */
import { Result } from "effect"
import type { Dispatch } from "../../Dispatch.ts"
import type { Identity, MergeStrategy } from "../../MergeStrategy.ts"

/** Receives each version that has no identity, or for which the strategy throws, and the reason. */
export type Report = (dispatch: Dispatch, what: string) => void

/** The identity of a version, or nothing if it takes no part. */
export type IdentityOf = (dispatch: Dispatch) => Identity | undefined

/** Each version without an identity is reported once. `type` is the type that the subscriber asked for. */
export const make = (strategy: MergeStrategy, type: string | undefined, report: Report): IdentityOf => {
  const answers = new WeakMap<Dispatch, { readonly identity: Identity | undefined }>()
  return (dispatch) => {
    if (type !== undefined && dispatch.type !== type) return undefined
    let answer = answers.get(dispatch)
    if (answer === undefined) {
      const asked = ask(strategy, dispatch, type)
      if (Result.isFailure(asked)) report(dispatch, asked.failure)
      answer = { identity: Result.isSuccess(asked) ? asked.success : undefined }
      answers.set(dispatch, answer)
    }
    return answer.identity
  }
}

const ask = (
  { filter, identity }: MergeStrategy,
  dispatch: Dispatch,
  type: string | undefined
): Result.Result<Identity | undefined, string> => {
  const isIn = calling("filter", () => filter?.(dispatch, type) !== false)
  if (Result.isFailure(isIn)) return Result.fail(isIn.failure)
  if (!isIn.success) return Result.succeed(undefined)
  return Result.flatMap(
    calling("identity", (): unknown => identity(dispatch)),
    (given) => (isIdentity(given) ? Result.succeed(given) : Result.fail(notAnIdentity(given)))
  )
}

const calling = <A>(what: "filter" | "identity", call: () => A): Result.Result<A, string> =>
  Result.try({ try: call, catch: (error) => `its ${what} throws: ${String(error)}` })

const isIdentity = (given: unknown): given is Identity =>
  typeof given === "string" ||
  typeof given === "bigint" ||
  (typeof given === "number" && !Number.isNaN(given))

const notAnIdentity = (given: unknown): string => {
  const what = Number.isNaN(given)
    ? "NaN"
    : given === undefined || given === null
      ? String(given)
      : typeof given
  return `its identity gives ${what}, which is neither a text, a number nor a bigint`
}
