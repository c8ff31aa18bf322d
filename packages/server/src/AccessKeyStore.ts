/**
 * The place of the keys to the service: a port beside `DispatchStore`, in the same store.
 *
 * @since 0.1.0
 */
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { Context, type DateTime, type Effect, type Redacted } from "effect"
import type { StoreError } from "./DispatchStore.ts"

/**
 * The rights of a key.
 *
 * | right | meaning |
 * |---|---|
 * | `read` | to list, get and stream, and to see when dispatches changed |
 * | `write` | to create, update and delete |
 * | `audit` | to see who changed what, for those who may read |
 * | `report` | to report what sites do |
 *
 * @category models
 * @since 0.1.0
 */
export type AccessRight = (typeof accessRights)[number]

/**
 * All rights.
 *
 * @category constants
 * @since 0.1.0
 */
export const accessRights = ["read", "write", "audit", "report"] as const

/**
 * A key as the store keeps it: only its hash, never the key itself.
 *
 * @category models
 * @since 0.1.0
 */
export interface AccessKey {
  /** Identifies the key in lists and audit records; says nothing of the key. */
  readonly id: string
  /** The owner of the key. Several keys may have one name, so that a new one can replace an old one step by step. */
  readonly name: string
  /** SHA-256 of the key, in hexadecimal digits. */
  readonly hash: string
  /** With a secret, every request must be signed with it. */
  readonly secret: Redacted.Redacted | undefined
  /** All microgrids, or only these. */
  readonly microgrids: "all" | ReadonlyArray<MicrogridId>
  readonly rights: ReadonlyArray<AccessRight>
  readonly createdAt: DateTime.Utc
  /** A revoked key opens nothing any more. */
  readonly revokedAt: DateTime.Utc | undefined
  /** The fault of a key that cannot be read as a whole, if it cannot. It opens nothing either. */
  readonly flaw?: StoreError | undefined
}

/**
 * The place of the keys to the service.
 *
 * @example
 * ```ts
 * import * as assert from "node:assert"
 * import { AccessKeys, AccessKeyStore, DispatchStoreMemory } from "@effect-dispatch/server"
 * import { DateTime, Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const store = yield* AccessKeyStore.AccessKeyStore
 *   const options = { name: "plant-7", microgrids: "all", rights: ["read"], signed: true } as const
 *   const { kept } = yield* AccessKeys.make(options)
 *   yield* store.addKey(kept)
 *   assert.ok(yield* store.revokeKey(kept.id, yield* DateTime.now))
 *   const [key] = yield* store.keys
 *   assert.ok(key?.revokedAt !== undefined)
 * })
 * await Effect.runPromise(Effect.provide(program, DispatchStoreMemory.layer))
 * ```
 *
 * @category services
 * @since 0.1.0
 */
export class AccessKeyStore extends Context.Service<
  AccessKeyStore,
  {
    /** All keys, also revoked ones and those that cannot be read, oldest first. */
    readonly keys: Effect.Effect<ReadonlyArray<AccessKey>, StoreError>
    readonly addKey: (key: AccessKey) => Effect.Effect<void, StoreError>
    /** Revokes a key; `false` if no key has this id. If it was revoked before, the first instant counts. */
    readonly revokeKey: (id: string, at: DateTime.Utc) => Effect.Effect<boolean, StoreError>
    /** Takes a nonce for a key; `false` if it was taken before and not pruned since. */
    readonly useNonce: (keyId: string, nonce: string, at: DateTime.Utc) => Effect.Effect<boolean, StoreError>
  }
>()("@effect-dispatch/server/AccessKeyStore") {}
