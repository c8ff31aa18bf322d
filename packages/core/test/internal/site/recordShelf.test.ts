import { assert, describe, it } from "@effect/vitest"
import { RecordShelf } from "../../../src/internal/site/recordShelf.ts"

describe("the records of a microgrid", () => {
  it("S10: a key that this process wrote and removed is another's when it is found again", () => {
    const shelf = new RecordShelf()
    shelf.written.add("note-1")
    shelf.found("note-1")
    assert.deepStrictEqual(shelf.unread, [])
    shelf.removed("note-1")
    assert.strictEqual(shelf.written.size, 0)
    shelf.found("note-1")
    assert.deepStrictEqual(shelf.unread, ["note-1"])
  })
})
