import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { DeadlineHeap, type HeapItem } from "../../src/internal/deadlineHeap.ts"

interface Numbered extends HeapItem {
  readonly number: number
}

const small = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))

const step = Schema.Union([
  Schema.TaggedStruct("Schedule", { number: small(40), deadline: small(9) }),
  Schema.TaggedStruct("Remove", { number: small(40) }),
  Schema.TaggedStruct("TakeDue", { now: small(9) })
])

/** The same by looking at everything. */
class PlainDeadlines {
  readonly #deadlines = new Map<number, number>()

  get earliest(): number {
    return Math.min(...this.#deadlines.values())
  }

  schedule(number: number, deadline: number): void {
    this.#deadlines.set(number, deadline)
  }

  remove(number: number): void {
    this.#deadlines.delete(number)
  }

  takeDue(now: number): ReadonlyArray<number> {
    const due = [...this.#deadlines].filter(([, deadline]) => deadline <= now)
    for (const [number] of due) this.#deadlines.delete(number)
    return due.sort((left, right) => left[1] - right[1] || left[0] - right[0]).map(([number]) => number)
  }
}

describe("DeadlineHeap", () => {
  it.prop(
    "gives all that is due, by deadline and then in the order of its own, whatever was moved or removed before",
    { steps: Schema.Array(step).check(Schema.isMinLength(100), Schema.isMaxLength(200)) },
    ({ steps }) => {
      const items = Array.from({ length: 41 }, (_, number): Numbered => ({ number, place: -1 }))
      const heap = new DeadlineHeap<Numbered>((left, right) => left.number - right.number)
      const expected = new PlainDeadlines()
      for (const step of [...steps, { _tag: "TakeDue", now: 9 } as const]) {
        if (step._tag === "TakeDue") {
          const taken = heap.takeDue(step.now).map(({ number }) => number)
          assert.deepStrictEqual(taken, expected.takeDue(step.now))
        } else {
          const item = items[step.number]
          assert.ok(item !== undefined)
          if (step._tag === "Schedule") {
            heap.schedule(item, step.deadline)
            expected.schedule(step.number, step.deadline)
          } else {
            heap.remove(item)
            expected.remove(step.number)
          }
        }
        assert.strictEqual(heap.earliest, expected.earliest)
      }
      assert.strictEqual(heap.size, 0)
      assert.ok(items.every(({ place }) => place === -1))
    }
  )
})
