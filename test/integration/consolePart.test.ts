import * as Part from "@effect-dispatch/console/worker/part"
import { shownMax, type Size } from "@effect-dispatch/console/worker/protocol"
import { DispatchClient, type DispatchRecord, type StreamEvent } from "@effect-dispatch/core/DispatchClient"
import type { DispatchFilter } from "@effect-dispatch/core/DispatchFilter"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import * as Target from "@effect-dispatch/core/Target"
import * as ServiceClient from "@effect-dispatch/testing/ServiceClient"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"

const microgridId = MicrogridId.make(1n)

/** The client of a part of a service, and what it was told and asked. */
const partOf = Effect.fnUntraced(function* (text: string, countOf: (filter: DispatchFilter) => number) {
  const client = yield* DispatchClient
  const sizes: Array<Size> = []
  const asked: Array<DispatchFilter> = []
  const part = Part.clientOf(text, {
    client: {
      ...client,
      list: (id, options = {}) => {
        asked.push(options.filter ?? {})
        return client.list(id, options)
      }
    },
    count: (_, filter) => Effect.sync(() => countOf(filter)),
    sized: (size) => void sizes.push(size)
  })
  return { part, sizes, asked }
})

const types = (records: ReadonlyArray<DispatchRecord>) =>
  records.flatMap((record) => (record._tag === "Dispatch" ? [record.type] : []))

const listed = (client: Pick<DispatchClient["Service"], "list">, filter: DispatchFilter = {}) =>
  Effect.map(Stream.runCollect(client.list(microgridId, { filter })), types)

const create = (type: string, component: bigint) =>
  Effect.flatMap(DispatchClient, (client) =>
    client.create(microgridId, { type, startTime: "NOW", target: Target.componentIds(component) })
  )

const isAll = ({ queries, targets }: DispatchFilter) => queries === undefined && targets === undefined

describe("a microgrid with more dispatches than a page shows", () => {
  it.effect("W12: is not listed as a whole, whose number is told instead", () =>
    Effect.gen(function* () {
      yield* create("CHARGE", 1n)
      const { asked, part, sizes } = yield* partOf("", () => shownMax + 1)
      for (let time = 0; time < 2; time++)
        assert.strictEqual((yield* Effect.flip(listed(part))).reason._tag, "ResourceExhausted")
      assert.deepStrictEqual(asked, [])
      assert.deepStrictEqual(sizes.at(-1), { all: 100_001, chosen: 100_001, isTooMany: true })
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )

  it.effect("W12: is listed as a whole up to that number, and may grow then", () =>
    Effect.gen(function* () {
      yield* create("CHARGE", 1n)
      let count = shownMax
      const { part, sizes } = yield* partOf("", () => count)
      assert.deepStrictEqual(yield* listed(part), ["CHARGE"])
      count += 1
      assert.deepStrictEqual(yield* listed(part), ["CHARGE"])
      assert.deepStrictEqual(sizes.at(-1), { all: 100_001, chosen: 100_001, isTooMany: false })
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )

  it.effect("W12: has a part that the service looks up, by its type, its components and its number", () =>
    Effect.gen(function* () {
      yield* create("EV_CHARGE", 1n)
      yield* create("CHARGE", 12n)
      yield* create("HEAT", 12n)
      const countOf = (filter: DispatchFilter) => (isAll(filter) ? 250_000 : 2)
      const found = (text: string) =>
        Effect.flatMap(partOf(text, countOf), ({ part, sizes }) =>
          Effect.map(listed(part, { active: true }), (names) => ({ names: names.toSorted(), sizes }))
        )
      const charge = yield* found("CHARGE")
      assert.deepStrictEqual(charge.names, ["CHARGE", "EV_CHARGE"])
      assert.deepStrictEqual(charge.sizes, [{ all: 250_000, chosen: 2, isTooMany: false }])
      assert.deepStrictEqual((yield* found("12")).names, ["CHARGE", "HEAT"])
      assert.deepStrictEqual((yield* found("CHARGE 12 13")).names, ["CHARGE"])
      const { id } = yield* create("HEAT", 7n)
      assert.deepStrictEqual((yield* found(`#${id}`)).names, ["HEAT"])
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )

  it.effect("W12: tells of changes in the part, and of no others", () =>
    Effect.gen(function* () {
      const client = yield* DispatchClient
      const told: Array<StreamEvent> = []
      const { part } = yield* partOf("CHARGE 12", () => 1)
      const mine = yield* create("CHARGE", 12n)
      yield* listed(part)
      const { effective, events } = yield* part.stream(microgridId)
      yield* Effect.forkScoped(Stream.runForEach(events, (event) => Effect.sync(() => void told.push(event))))
      yield* effective
      yield* create("HEAT", 12n)
      yield* create("CHARGE", 13n)
      // One that goes elsewhere is told of to the end.
      yield* client.update(microgridId, mine.id, { target: Target.componentIds(13n) })
      yield* client.delete(microgridId, mine.id)
      yield* create("EV_CHARGE", 12n)
      while (told.length < 3) yield* Effect.yieldNow
      assert.deepStrictEqual(
        told.map(({ kind, record }) => [kind, ...types([record])]),
        [
          ["Updated", "CHARGE"],
          ["Deleted", "CHARGE"],
          ["Created", "EV_CHARGE"]
        ]
      )
    }).pipe(Effect.provide(ServiceClient.layerMemory))
  )
})
