import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { assert, describe, it } from "@effect/vitest"
import { groupOf } from "../../../src/internal/site/recordShelf.ts"
import { notesMax, type Work, WriteQueue } from "../../../src/internal/site/writeQueue.ts"

const id = DispatchId.make(1n)
const group = groupOf(id)
const write: Work = { _tag: "Write", slot: group }

const noteOf = (number: number) => ({ key: `note-${number}`, sequence: number, groups: new Set([group]) })

describe("what is to be written", () => {
  it("S10: groups of what was noted are rewritten a second after the last note", () => {
    const plan = new WriteQueue()
    plan.addNote(noteOf(1), 0)
    plan.addNote(noteOf(2), 500)
    assert.deepStrictEqual([plan.next(1_499), plan.dueAt, plan.next(1_500)], [undefined, 1_500, write])
  })

  it("S10: once half as many notes lie in the store as may, groups are rewritten whatever else is noted", () => {
    const plan = new WriteQueue()
    for (let number = 1; number < notesMax / 2; number++) plan.addNote(noteOf(number), 0)
    assert.isUndefined(plan.next(0))
    plan.addNote(noteOf(notesMax / 2), 0)
    assert.deepStrictEqual(plan.next(0), write)
    // Then all notes that it covers can go, and not one that is newer.
    plan.addNote(noteOf(notesMax), 0)
    plan.written(group, { sequence: notesMax - 1, isEmpty: false, superfluous: [] })
    const removed: Array<string> = []
    for (let work = plan.next(0); work !== undefined; work = plan.next(0)) {
      if (work._tag === "Remove") removed.push(work.key)
    }
    assert.deepStrictEqual([removed.length, removed.includes(`note-${notesMax}`)], [notesMax / 2, false])
  })

  it("S10: what fails is tried again after a second, and twice as late each time, up to a minute", () => {
    const plan = new WriteQueue()
    const waits: Array<number> = []
    plan.touchIds([id])
    for (let now = 0, failures = 0; failures < 8; failures++) {
      assert.deepStrictEqual(plan.next(now), write)
      plan.failed(write, now)
      assert.isUndefined(plan.next(plan.dueAt - 1))
      waits.push((plan.dueAt - now) / 1_000)
      now = plan.dueAt
    }
    assert.deepStrictEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60])
  })

  it("S10: what fails together is one failure, and is tried again together", () => {
    const plan = new WriteQueue()
    const removal: Work = { _tag: "Remove", key: "note-1" }
    plan.failed(write, 0)
    plan.failed(removal, 500)
    assert.strictEqual(plan.dueAt, 1_000)
    assert.deepStrictEqual(
      [plan.next(1_000), plan.next(1_000), plan.next(1_000)],
      [write, removal, undefined]
    )
    plan.failed(write, 1_000)
    assert.strictEqual(plan.dueAt, 3_000)
  })
})
