import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as DispatchService from "@effect-dispatch/server/DispatchService"
import { DispatchStore } from "@effect-dispatch/server/DispatchStore"
import * as DispatchStoreMemory from "@effect-dispatch/server/DispatchStoreMemory"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Option, Scope, Stream } from "effect"
import { TestClock } from "effect/testing"
import { atNoon, draft, one } from "./services.ts"

/** When the process dies: at an operation of the store, which has happened by then or has not. */
interface Death {
  readonly operation: number
  readonly happened: boolean
}

/** The store as a process sees it that dies: the operation never returns, and neither does any after it. */
const fragile = (store: DispatchStore["Service"], death: Death | undefined) => {
  let operations = 0
  const mortal = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      operations += 1
      if (death === undefined || operations < death.operation) return effect
      return operations === death.operation && death.happened
        ? Effect.andThen(effect, Effect.never)
        : Effect.never
    })
  const wrapped = DispatchStore.of({
    insert: (...args) => mortal(store.insert(...args)),
    modify: (...args) => mortal(store.modify(...args)),
    get: (...args) => mortal(store.get(...args)),
    page: (...args) => mortal(store.page(...args)),
    begin: (...args) => mortal(store.begin(...args)),
    changesAfter: (...args) => mortal(store.changesAfter(...args)),
    lastChange: (...args) => mortal(store.lastChange(...args)),
    hints: store.hints,
    audit: (...args) => mortal(store.audit(...args)),
    moveRetentionTime: (decide) => mortal(store.moveRetentionTime(decide)),
    trimNonces: (...args) => mortal(store.trimNonces(...args)),
    prune: (...args) => mortal(store.prune(...args)),
    check: mortal(store.check),
    secret: mortal(store.secret)
  })
  return { wrapped, operations: () => operations }
}

/** The certain knowledge of a client: acknowledged writes, and the events of its stream. */
class Known {
  readonly versions = new Map<DispatchId, Dispatch>()
  readonly deleted = new Set<DispatchId>()
  readonly heard: Array<bigint> = []
}

/** A day in the life of a client; it ends where the process dies. */
const day = (known: Known) =>
  Effect.gen(function* () {
    const service = yield* DispatchService.DispatchService
    const { changes } = yield* service.subscribe(one)
    yield* Effect.forkScoped(
      Stream.runForEach(changes, ({ number }) => Effect.sync(() => known.heard.push(number)))
    )
    const learn = (dispatch: Dispatch) => Effect.sync(() => known.versions.set(dispatch.id, dispatch))
    const ids: Array<DispatchId> = []
    for (const type of ["A", "B", "C"]) {
      const made = yield* Effect.tap(service.create(one, draft({ type })), learn)
      ids.push(made.id)
    }
    const [first, second, third] = ids as [DispatchId, DispatchId, DispatchId]
    yield* Effect.tap(service.update(one, first, { payload: { step: 1 } }), learn)
    yield* service.list(one, { pageSize: 2 })
    const { updateTime } = (yield* service.get(one, second)).dispatch
    yield* Effect.tap(service.update(one, second, { active: false }, { ifUpdateTime: updateTime }), learn)
    yield* service.delete(one, third)
    known.deleted.add(third)
    yield* Effect.tap(service.update(one, first, { payload: { step: 2 } }), learn)
    yield* TestClock.adjust(1)
  })

/** Runs a process over the store until its day or its life ends. */
const live = Effect.fnUntraced(function* (
  store: DispatchStore["Service"],
  death: Death | undefined,
  known: Known
) {
  const { operations, wrapped } = fragile(store, death)
  const scope = yield* Scope.make()
  const context = yield* Layer.buildWithScope(
    Layer.fresh(DispatchService.layer).pipe(Layer.provide(Layer.succeed(DispatchStore, wrapped))),
    scope
  )
  const fiber = yield* Effect.forkIn(
    Effect.provideContext(Scope.provide(day(known), scope), context),
    scope,
    { startImmediately: true }
  )
  yield* TestClock.adjust(10)
  const ended = fiber.pollUnsafe()
  yield* Fiber.interrupt(fiber)
  yield* Scope.close(scope, Exit.void)
  return { operations: operations(), ended: ended !== undefined }
})

/** Checks the promises of the store, however the process ended. */
const check = Effect.fnUntraced(function* (store: DispatchStore["Service"], known: Known) {
  const changes = yield* store.changesAfter(one, 0n, 1_000)
  const audit = yield* store.audit(one, 1_000)
  const all = { microgridId: one, filter: {}, after: undefined, limit: 1_000 }
  const held = yield* store.page({ ...all, sort: { field: "createTime", order: "ascending" } })
  const numbers = changes.map(({ number }) => number)
  assert.deepStrictEqual(
    numbers,
    changes.map((_, index) => BigInt(index + 1))
  )
  assert.deepStrictEqual(audit.map(({ number }) => number).reverse(), numbers)
  // The changes, one after the other, lead to what is held.
  const replayed = new Map<DispatchId, Dispatch>()
  for (const { dispatch, kind } of changes) {
    const before = replayed.get(dispatch.id)
    assert.strictEqual(before === undefined, kind === "Created")
    if (before !== undefined) assert.isTrue(dispatch.updateTime > before.updateTime)
    if (kind === "Deleted") replayed.delete(dispatch.id)
    else replayed.set(dispatch.id, dispatch)
  }
  assert.deepStrictEqual(
    held.map(({ dispatch }) => dispatch.id),
    [...replayed.keys()]
  )
  for (const { dispatch } of held) assert.isTrue(replayed.get(dispatch.id)?.sameContent(dispatch))
  // Acknowledged versions are there, or a later one that was not acknowledged.
  for (const [id, version] of known.versions) {
    const versions = changes.filter(({ dispatch }) => dispatch.id === id)
    assert.isTrue(versions.some(({ dispatch }) => dispatch.sameContent(version)))
    const found = yield* store.get(one, id)
    if (known.deleted.has(id)) assert.isTrue(Option.isNone(found))
    else if (Option.isSome(found)) assert.isTrue(found.value.dispatch.updateTime >= version.updateTime)
  }
  // Streams told of commits alone, each once and in order.
  assert.deepStrictEqual(known.heard, numbers.slice(0, known.heard.length))
})

describe("a process that dies at an operation of its store", () => {
  it.effect("leaves every acknowledged write and no half of any, wherever it dies, and another goes on", () =>
    Effect.gen(function* () {
      yield* atNoon
      const build = Effect.map(Layer.build(Layer.fresh(DispatchStoreMemory.layer)), (context) =>
        Context.get(context, DispatchStore)
      )
      const whole = yield* live(yield* build, undefined, new Known())
      assert.isTrue(whole.ended)
      assert.isAtLeast(whole.operations, 11)
      for (let operation = 1; operation <= whole.operations; operation++) {
        for (const happened of [false, true]) {
          const store = yield* build
          const known = new Known()
          const { ended } = yield* live(store, { operation, happened }, known)
          assert.isFalse(ended)
          yield* check(store, known)
          const before = yield* store.lastChange(one)
          const next = new Known()
          const second = yield* live(store, undefined, next)
          assert.isTrue(second.ended)
          assert.deepStrictEqual(
            next.heard,
            next.heard.map((_, index) => before + BigInt(index + 1))
          )
          assert.strictEqual(next.heard.length, 7)
          yield* check(store, { ...next, heard: [] })
          for (const id of next.versions.keys()) assert.isFalse(known.versions.has(id))
        }
      }
    })
  )
})
