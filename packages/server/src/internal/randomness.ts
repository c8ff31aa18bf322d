/** Bytes beyond guessing: for keys, secrets and the authentication of tokens. */
import { randomBytes as generate } from "node:crypto"
import { Effect } from "effect"

/** Fresh random bytes. */
export const randomBytes = (size: number): Effect.Effect<Uint8Array> =>
  Effect.sync(() => new Uint8Array(generate(size)))
