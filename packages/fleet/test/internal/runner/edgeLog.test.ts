import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { assert, describe, it } from "@effect/vitest"
import { Duration, Option } from "effect"
import { edgesUnwrittenMax } from "../../../src/FleetLimits.ts"
import * as EdgeJson from "../../../src/internal/edgeJson.ts"
import { EdgeLog, type Rows } from "../../../src/internal/runner/edgeLog.ts"
import { change } from "../changes.ts"

const inOrder = (numbers: ReadonlyArray<bigint>) =>
  [...new Set(numbers)].sort((left, right) => Number(left - right))

type Draw = (below: number) => number

/** Draws numbers, the same ones for a seed. */
const drawing = (seed: number): Draw => {
  let random = seed
  return (below) => (random = (random * 48_271) % 2_147_483_647) % below
}

/** Does what a site may do: notes starts, tells or drops those that were noted, and tells stops. */
const siteActs = (log: EdgeLog, noted: Array<RunningStateChange>, what: number, draw: Draw): void => {
  if (what === 0) {
    const starts = [change(BigInt(draw(9))), change(BigInt(draw(9)), "Running", Duration.zero)]
    log.noting(starts)
    noted.push(...starts)
  } else if (what === 1) log.telling(noted.splice(0, draw(3)))
  else if (what === 2) log.dropping(noted.splice(0, 1))
  else log.telling([change(BigInt(draw(9)), "Stopped")])
}

/** A log, and the database that its writes go to. */
const make = () => {
  let lost = 0
  const log = new EdgeLog({ mayTellUnnoted: () => false, onLost: (count) => (lost += count) })
  const told: Array<readonly [bigint, RunningStateChange]> = []
  log.listen((edges) => edges.forEach((edge) => told.push([edge.number, edge.change])))
  const table = new Map<bigint, string>()
  /** The database runs the statement of a write, whose answer comes later. */
  const run = (rows: Rows) => {
    for (const { edge, number } of log.kept(rows)) {
      // The row that comes first stays.
      if (!table.has(number)) table.set(number, JSON.stringify(edge))
    }
    for (const number of rows.removed) table.delete(number)
  }
  const write = (rows: Rows = log.takeRows()) => {
    run(rows)
    log.markWritten(rows)
  }
  const inTable = () => [...table].sort(([left], [right]) => Number(left - right))
  const asTold = () => told.map(([number, one]) => [number, JSON.stringify(EdgeJson.encode(one))])
  /** The numbers of the edges that a reader gets who comes now. */
  const asRead = () => {
    const { told: last, untold, unwritten } = log.present()
    const written = [...table.keys()].filter((number) => number <= last && !untold.has(number))
    return inOrder([...written, ...unwritten.map(({ number }) => number)])
  }
  return { asRead, asTold, inTable, log, lostOf: () => lost, run, table, told, write }
}

describe("F5: the edges of an activation", () => {
  it("a start has its row before it is told, a stop with the next write", () => {
    const { asTold, inTable, log, told, write } = make()
    const start = change(1n)
    log.noting([start])
    write()
    assert.deepStrictEqual(told, [])
    assert.strictEqual(inTable().length, 1)
    log.telling([start])
    assert.deepStrictEqual(inTable(), asTold())
    log.telling([change(1n, "Stopped")])
    assert.strictEqual(inTable().length, 1)
    write()
    assert.deepStrictEqual(inTable(), asTold())
    assert.deepStrictEqual(log.running, [])
  })

  it("a start that another edge overtakes gets a new number, and one that does not stand has no row", () => {
    const { asTold, inTable, log, told, write } = make()
    const [start, withdrawn] = [change(1n), change(2n)]
    log.noting([start, withdrawn])
    write()
    log.telling([change(3n, "Stopped")])
    log.telling([start])
    log.dropping([withdrawn])
    write()
    assert.deepStrictEqual(inTable(), asTold())
    assert.deepStrictEqual(
      told.map(([number]) => number),
      [3n, 4n]
    )
    assert.deepStrictEqual(
      log.running.map(({ change: { dispatch } }) => dispatch.id),
      [1n]
    )
  })

  it("rows that were not written go with the next write, once", () => {
    const { asTold, inTable, log, write } = make()
    const [start, withdrawn] = [change(1n), change(2n)]
    log.noting([start, withdrawn])
    const failed = log.takeRows()
    log.dropping([withdrawn])
    log.giveBack(failed)
    log.noting([start])
    log.telling([start])
    write()
    assert.deepStrictEqual(inTable(), asTold())
    write()
    assert.deepStrictEqual(inTable(), asTold())
  })

  it("a write that returns long after it was given up leaves no row of a start that was not told", () => {
    const { asTold, inTable, log, write } = make()
    const [start, withdrawn] = [change(1n), change(2n)]
    log.noting([start, withdrawn])
    const late = log.takeRows()
    // It is given up, so both are noted again: the note and the row go by one statement.
    log.noting([start, withdrawn])
    write()
    assert.strictEqual(inTable().length, 2)
    log.telling([start])
    log.dropping([withdrawn])
    write()
    assert.deepStrictEqual(inTable(), asTold())
    write(late)
    write()
    assert.deepStrictEqual(inTable(), asTold())
    assert.deepStrictEqual(log.present().unwritten, [])
  })

  it("numbers rise in the order of telling, whatever comes in between, and the table is what was told", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const { asTold, inTable, log, told, write } = make()
      const draw = drawing(seed)
      const noted: Array<RunningStateChange> = []
      const late: Array<Rows> = []
      for (let step = 0; step < 60; step++) {
        const what = draw(8)
        if (what < 4) siteActs(log, noted, what, draw)
        else if (what === 4) write()
        else if (what === 5) log.giveBack(log.takeRows())
        else if (what === 6) late.push(log.takeRows())
        else late.splice(0, 1).forEach((rows) => write(rows))
      }
      log.dropping(noted)
      late.forEach((rows) => write(rows))
      write()
      assert.deepStrictEqual(inTable(), asTold(), `seed ${seed}`)
      const numbers = told.map(([number]) => number)
      assert.deepStrictEqual(numbers, inOrder(numbers))
    }
  })

  it("F5: whoever reads the rows at any moment is told what was told, and of no start that was not", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const { asRead, log, run, table, told, write } = make()
      const draw = drawing(seed)
      const noted: Array<RunningStateChange> = []
      const underWay: Array<Rows> = []
      for (let step = 0; step < 60; step++) {
        const what = draw(8)
        if (what < 4) siteActs(log, noted, what, draw)
        else if (what === 4) underWay.push(log.takeRows())
        else if (what === 5) underWay.slice(0, 1).forEach(run)
        else if (what === 6) underWay.splice(0, 1).forEach((rows) => write(rows))
        else underWay.splice(0, 1).forEach((rows) => log.giveBack(rows))
        const numbers = told.map(([number]) => number)
        assert.deepStrictEqual(asRead(), numbers, `seed ${seed}, step ${step}`)
        // A reader of the journal does not go as far as to what is open.
        const { settledBelow } = log
        const settled = (all: Iterable<bigint>) => inOrder([...all].filter((number) => number < settledBelow))
        assert.deepStrictEqual(settled(table.keys()), settled(numbers), `seed ${seed}, step ${step}`)
      }
    }
  })

  it("no more rows wait than there is room for, and those lost are counted", () => {
    const { log, lostOf } = make()
    for (let count = 0; count < edgesUnwrittenMax + 3; count++) log.telling([change(1n, "Stopped")])
    assert.strictEqual(lostOf(), 3)
    assert.strictEqual(log.takeRows().added.size, edgesUnwrittenMax)
  })

  it("an edge reads as it was written", () => {
    for (const one of [
      change(1n),
      change(2n, "Stopped", Duration.zero),
      { ...change(3n), previous: change(3n).dispatch }
    ]) {
      const read = EdgeJson.decode(JSON.parse(JSON.stringify(EdgeJson.encode(one))))
      assert.deepStrictEqual(read, Option.some(one))
    }
    assert.deepStrictEqual(EdgeJson.decode({ state: "Running" }), Option.none())
  })
})
