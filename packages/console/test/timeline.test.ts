import * as DispatchId from "@effect-dispatch/core/DispatchId"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration } from "effect"
import { BarCache, barFields, barsOf, runsPerCellMax } from "../src/timeline/spans.ts"
import * as Paint from "../src/timeline/paint.ts"
import * as Shapes from "../src/timeline/shapes.ts"
import { Zone } from "../src/time/zone.ts"

const start = Date.parse("2027-01-01T00:00:00Z")
const hour = 3_600_000
const day = 24 * hour

const dispatch = (
  seconds: number,
  rule?: ConstructorParameters<typeof RecurrenceRule>[0],
  more: Partial<Dispatch> = {}
) =>
  new Dispatch({
    id: DispatchId.make(1n),
    type: "CHARGE",
    startTime: DateTime.makeUnsafe(start),
    duration: Duration.seconds(seconds),
    target: Target.componentIds(1n),
    active: true,
    dryRun: false,
    payload: {},
    createTime: DateTime.makeUnsafe(start),
    updateTime: 1n,
    ...(rule === undefined ? undefined : { recurrence: new RecurrenceRule(rule) }),
    ...more
  })

const list = (bars: Float64Array) =>
  Array.from({ length: bars.length / barFields }, (_, at) => [
    ...bars.subarray(at * barFields, (at + 1) * barFields)
  ])

describe("bars", () => {
  it("are the runs as they are while these can be told apart", () => {
    const bars = list(
      barsOf(dispatch(1_200, { frequency: "HOURLY", interval: 1 }), start, start + day, day / 1_000)
    )
    assert.lengthOf(bars, 24)
    assert.deepStrictEqual(bars[1], [start + hour, start + hour + 1_200_000, 1])
  })

  it("are shares where runs are too near, about as large as what is run, and never a whole", () => {
    const year = 365 * day
    for (const [seconds, expected] of [
      [600, 1 / 6],
      [1_800, 1 / 2],
      [3_000, 5 / 6]
    ] as const) {
      const bars = list(
        barsOf(dispatch(seconds, { frequency: "HOURLY", interval: 1 }), start, start + year, year / 1_000)
      )
      assert.isAtMost(bars.length, 260)
      for (const [, , share = 0] of bars) {
        assert.isBelow(share, 1)
        assert.approximately(share, expected, 1 / 8)
      }
    }
  })

  it("are one share where runs are even, wherever the edges of cells fall", () => {
    const even = dispatch(60, { frequency: "MINUTELY", interval: 3 })
    const bars = list(barsOf(even, start + hour, start + 25 * hour, day / 930))
    assert.deepStrictEqual(new Set(bars.map(([, , share]) => share)), new Set([3 / 8]))
  })

  it("look at few runs of a cell, however dense a rule is", () => {
    const dense = dispatch(20, { frequency: "MINUTELY", interval: 1 })
    let looked = 0
    const counting = Object.create(dense, {
      runs: {
        value: function* (...bounds: Parameters<Dispatch["runs"]>) {
          for (const run of dense.runs(...bounds)) {
            looked++
            yield run
          }
        }
      }
    }) as Dispatch
    barsOf(counting, start, start + 365 * day, (365 * day) / 1_000)
    assert.isAtMost(looked, 260 * (runsPerCellMax + 1))
  })

  it("of a view are found once, in pieces, by work that can be cut short", () => {
    const cache = new BarCache()
    const daily = dispatch(600, { frequency: "DAILY", interval: 1 })
    const view = () => cache.bars(daily, start, start + 3 * day, (3 * day) / 900)
    assert.isFalse(view().isWhole)
    assert.isTrue(cache.work(() => true))
    while (cache.work(() => false));
    assert.isTrue(view().isWhole)
    assert.strictEqual(view().known[0], view().known[0])
  })
})

/** A pen that notes the rectangles. */
const noting = () => {
  const rectangles: Array<{
    readonly colour: unknown
    readonly left: number
    readonly wide: number
    readonly high: number
    readonly alpha: number
  }> = []
  const pen = {
    fillStyle: "",
    strokeStyle: "",
    lineWidth: 1,
    font: "",
    textBaseline: "alphabetic",
    globalAlpha: 1,
    fillRect(left: number, _top: number, wide: number, high: number) {
      rectangles.push({ colour: this.fillStyle, left, wide, high, alpha: this.globalAlpha })
    },
    measureText: () => ({ width: 40 }),
    ...Object.fromEntries(
      [
        "strokeRect",
        "clearRect",
        "beginPath",
        "moveTo",
        "lineTo",
        "fill",
        "stroke",
        "fillText",
        "setLineDash"
      ].map((name) => [name, () => {}])
    )
  }
  return { pen: pen as unknown as Paint.Pen, rectangles }
}

const colours = [
  "text",
  "muted",
  "line",
  "strongLine",
  "planned",
  "past",
  "running",
  "dry",
  "paused",
  "now",
  "stale",
  "paper",
  "weekend",
  "marked",
  "ran",
  "missed"
]
const palette = Object.fromEntries(colours.map((name) => [name, name])) as unknown as Paint.Palette

const painted = (
  shown: Dispatch,
  now: number,
  to: number,
  { height = 300, ...more }: Partial<Paint.Scene> & { readonly height?: number } = {}
) => {
  const { pen, rectangles } = noting()
  const cache = new BarCache()
  const scene: Paint.Scene = {
    rows: [shown],
    rowHeight: 30,
    barTop: 5,
    barHeight: 20,
    scrollTop: 0,
    view: { from: start, to },
    now,
    staleSince: undefined,
    zone: new Zone("UTC"),
    opened: undefined,
    palette,
    ...more
  }
  const draw = () => Paint.rows(pen, { width: 1_000, height, fontSize: 12 }, scene, cache)
  draw()
  while (cache.work(() => false));
  rectangles.length = 0
  assert.isTrue(draw())
  return rectangles.filter(({ high }) => high <= 20)
}

/** Texts of an axis, each with its line, as wide as their letters. */
const written = (from: number, length: number, width: number, zone: string) => {
  const texts: Array<{
    readonly text: string
    readonly left: number
    readonly right: number
    readonly y: number
  }> = []
  const { pen } = noting()
  const wide = (text: string) => 7 * text.length
  const writing = Object.assign(pen, {
    measureText: (text: string) => ({ width: wide(text) }),
    fillText: (text: string, left: number, y: number) => {
      texts.push({ text, left, right: left + wide(text), y })
    }
  })
  const view = { from, to: from + length }
  const scene = { now: from - day, palette, view, zone: new Zone(zone) }
  Paint.axis(writing, { width, height: 48, fontSize: 12 }, scene)
  return texts
}

describe("the axis", () => {
  it("writes no text over another or beyond its edge, and tells where the clock is set, at any width", () => {
    const autumn = Date.parse("2027-10-30T22:00:00Z")
    for (const width of [260, 366, 930, 1_600])
      for (const length of [hour, 6 * hour, day, 2 * day, 7 * day, 28 * day, 365 * day])
        for (const ahead of [0, 0.7 * hour, 2 * hour, 20 * hour]) {
          const texts = written(autumn - ahead, length, width, "Europe/Berlin")
          const what = JSON.stringify({ width, length, ahead, texts })
          assert.isAbove(texts.length, 0)
          for (const one of texts) {
            assert.isAtMost(one.right, width, what)
            const [over] = texts.filter(
              (other) =>
                other !== one && other.y === one.y && one.left < other.right && other.left < one.right
            )
            assert.isUndefined(over, what)
          }
        }
    const set = (width: number) =>
      written(autumn, day, width, "Europe/Berlin").filter(({ text }) => text === "clock +01:00")
    for (const width of [260, 366, 930]) assert.lengthOf(set(width), 1)
  })
})

describe("the picture", () => {
  it("marks the row of the dispatch that is open, and no other", () => {
    const one = dispatch(1_200)
    const marked = (opened: bigint | undefined) =>
      painted(one, start, start + day, { opened, rowHeight: 20 }).filter(({ colour }) => colour === "marked")
    assert.deepStrictEqual(
      marked(1n).map(({ wide }) => wide),
      [1_000]
    )
    assert.lengthOf(marked(2n), 0)
    assert.lengthOf(marked(undefined), 0)
  })

  it("shades weekends of the zone as long as days can be told apart", () => {
    const shaded = (zone: string, days: number) =>
      painted(dispatch(1_200), start, start + days * day, { zone: new Zone(zone), height: 20 })
        .filter(({ colour }) => colour === "weekend")
        .map(({ left, wide }) => [left, wide].map((pixels) => Math.round((pixels * days) / 1_000 / (1 / 24))))
    // From Friday 00:00 UTC on: 24 h until Saturday in UTC, 23 in Berlin.
    assert.deepStrictEqual(shaded("UTC", 10), [
      [24, 48],
      [192, 48]
    ])
    assert.deepStrictEqual(shaded("Europe/Berlin", 10)[0], [23, 48])
    assert.lengthOf(shaded("UTC", 365), 0)
  })

  it("shows past, present and coming runs in colours of their own", () => {
    const bars = painted(
      dispatch(1_200, { frequency: "HOURLY", interval: 6 }),
      start + 6 * hour + 60_000,
      start + day
    )
    assert.deepStrictEqual(
      bars.filter(({ high }) => high === 20).map(({ colour }) => colour),
      ["past", "running", "planned", "planned"]
    )
  })

  it("W10: shows a past that is told as outlines, with what was told over them, and the rest as planned", () => {
    const hourly = dispatch(1_200, { frequency: "HOURLY", interval: 6 })
    const drawn: Array<number> = []
    const pastOf = () => ({
      since: start + 3 * hour,
      draw: (pen: Paint.Pen, { top }: Paint.Row) => {
        pen.fillStyle = "what was told"
        pen.fillRect(0, top, 5, 7)
        drawn.push(top)
      }
    })
    const solid = painted(hourly, start + 13 * hour, start + day, { pastOf }).filter(
      ({ alpha, high }) => alpha === 1 && (high === 20 || high === 7)
    )
    assert.deepStrictEqual(
      solid.map(({ colour }) => colour),
      ["past", "planned", "what was told"]
    )
    assert.isAbove(drawn.length, 0)
    // Shares of a told past are outlines as well.
    const dense = dispatch(600, { frequency: "HOURLY", interval: 1 })
    const shares = painted(dense, start + 100 * day, start + 365 * day, { pastOf })
    assert.isFalse(shares.some(({ alpha, colour, left }) => colour === "past" && alpha === 1 && left > 5))
  })

  it("W10: shows a run that is on as an outline up to the present, and as it is to come from there on", () => {
    const pastOf = () => ({ since: start, draw: () => {} })
    const bars = (now: number) =>
      painted(dispatch(6 * 3_600), now, start + 10 * hour, { pastOf }).flatMap(
        ({ alpha, colour, left, wide }) =>
          colour === "running" || colour === "past" ? [[colour, alpha, left, wide]] : []
      )
    assert.deepStrictEqual(bars(start + 2 * hour), [
      ["running", 0.16, 0, 200],
      ["running", 1, 200, 399]
    ])
    assert.deepStrictEqual(bars(start + 7 * hour), [["past", 0.16, 0, 600]])
  })

  it("never claims that a stretch of shares runs now", () => {
    const bars = painted(
      dispatch(600, { frequency: "HOURLY", interval: 1 }),
      start + 100 * day,
      start + 365 * day
    )
    const found = new Set(bars.map(({ colour }) => colour))
    assert.isFalse(found.has("running"))
    assert.isTrue(found.has("past") && found.has("planned"))
    // The solid part is as high as it is full, and no higher.
    const solid = bars.filter(({ colour, high }) => (colour === "planned" || colour === "past") && high < 20)
    for (const { high } of solid) assert.isAtMost(high, 6)
  })

  it("paints 10,000 bars in few calls a bar", () => {
    const dense = dispatch(60, { frequency: "MINUTELY", interval: 2 })
    const bars = painted(dense, start, start + 12 * hour)
    assert.isAtMost(bars.length, 700)
  })
})

describe("a paused run", () => {
  it("is an outline with four sides where it has the room, and else a line above and below", () => {
    for (const [wide, outlines] of [
      [12, 1],
      [5, 1],
      [2, 0]
    ] as const) {
      const { pen, rectangles } = noting()
      let drawn = 0
      Shapes.dashes({ ...pen, strokeRect: () => drawn++ }, { left: 0, top: 0, wide, high: 20 }, "grey")
      assert.deepStrictEqual([drawn, rectangles.length], [outlines, outlines === 1 ? 0 : 2], `${wide}`)
    }
  })
})
