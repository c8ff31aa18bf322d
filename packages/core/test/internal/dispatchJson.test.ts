import { Dispatch, DispatchJson } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { RecurrenceRule } from "@effect-dispatch/core/RecurrenceRule"
import * as Target from "@effect-dispatch/core/Target"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Exit, Schema } from "effect"

const at = (text: string) => DateTime.makeUnsafe(text)

const plain = {
  id: DispatchId.make(0n),
  type: "CHARGE",
  startTime: at("2026-11-27T12:00:00Z"),
  duration: Duration.infinity,
  target: Target.componentCategories("BATTERY", { category: "INVERTER", subtype: "PV" }),
  active: true,
  dryRun: false,
  payload: {},
  createTime: at("2026-11-27T11:00:00.123Z"),
  updateTime: 1_795_777_200_000_000_001n
}

const named = { ...plain, name: 'winter/"peak"' }

const recurring = {
  ...plain,
  id: DispatchId.make(2n ** 64n - 1n),
  duration: Duration.minutes(20),
  target: Target.componentIds(1n, 2n ** 60n),
  payload: { power_w: 11_000, note: "ä\u0000", list: [null, true, { a: 1.5 }] },
  endTime: at("2026-12-31T08:20:00Z")
}

const dispatches: ReadonlyArray<readonly [name: string, dispatch: Dispatch, json: string]> = [
  [
    "without an end, and gone",
    new Dispatch(plain).asDeleted(),
    String.raw`{"id":"0","type":"CHARGE","startTime":"2026-11-27T12:00:00.000Z","durationSeconds":null,"target":{"categories":[{"category":"BATTERY"},{"category":"INVERTER","subtype":"PV"}]},"active":true,"dryRun":false,"payload":{},"recurrence":null,"createTime":"2026-11-27T11:00:00.123Z","updateTime":"2026-11-27T11:00:00.000000001Z","endTime":null}`
  ],
  [
    "with a name",
    new Dispatch(named),
    String.raw`{"id":"0","name":"winter/\"peak\"","type":"CHARGE","startTime":"2026-11-27T12:00:00.000Z","durationSeconds":null,"target":{"categories":[{"category":"BATTERY"},{"category":"INVERTER","subtype":"PV"}]},"active":true,"dryRun":false,"payload":{},"recurrence":null,"createTime":"2026-11-27T11:00:00.123Z","updateTime":"2026-11-27T11:00:00.000000001Z","endTime":null}`
  ],
  [
    "that recurs until an instant",
    new Dispatch({
      ...recurring,
      recurrence: RecurrenceRule.make({
        frequency: "WEEKLY",
        interval: 2,
        end: { _tag: "Until", until: at("2027-01-01T00:00:00.500Z") },
        byWeekdays: ["MONDAY", "SUNDAY"],
        byHours: [8]
      })
    }),
    String.raw`{"id":"18446744073709551615","type":"CHARGE","startTime":"2026-11-27T12:00:00.000Z","durationSeconds":1200,"target":{"componentIds":["1","1152921504606846976"]},"active":true,"dryRun":false,"payload":{"power_w":11000,"note":"ä\u0000","list":[null,true,{"a":1.5}]},"recurrence":{"frequency":"WEEKLY","interval":2,"until":"2027-01-01T00:00:00.500Z","byHours":[8],"byWeekdays":["MONDAY","SUNDAY"]},"createTime":"2026-11-27T11:00:00.123Z","updateTime":"2026-11-27T11:00:00.000000001Z","endTime":"2026-12-31T08:20:00.000Z"}`
  ],
  [
    "that recurs so often, a command",
    new Dispatch({
      ...recurring,
      duration: Duration.zero,
      recurrence: RecurrenceRule.make({ frequency: "DAILY", interval: 1, end: { _tag: "Count", count: 3 } })
    }),
    String.raw`{"id":"18446744073709551615","type":"CHARGE","startTime":"2026-11-27T12:00:00.000Z","durationSeconds":0,"target":{"componentIds":["1","1152921504606846976"]},"active":true,"dryRun":false,"payload":{"power_w":11000,"note":"ä\u0000","list":[null,true,{"a":1.5}]},"recurrence":{"frequency":"DAILY","interval":1,"count":3},"createTime":"2026-11-27T11:00:00.123Z","updateTime":"2026-11-27T11:00:00.000000001Z","endTime":"2026-12-31T08:20:00.000Z"}`
  ]
]

const decode = Schema.decodeUnknownSync(DispatchJson)

describe("the JSON of a dispatch", () => {
  it.each(dispatches)("is one line that programs go by: %s", (_, dispatch, json) => {
    assert.strictEqual(JSON.stringify(dispatch), json)
    assert.strictEqual(JSON.stringify([{ dispatch }]), `[{"dispatch":${json}}]`)
    const read = decode(JSON.parse(json))
    assert.instanceOf(read, Dispatch)
    assert.isTrue(read.sameContent(dispatch))
  })

  it.each([-1n, 0n, 999_999_999n, 2n ** 61n, -62_135_596_800_000_000_000n])(
    "brings every update time back: %s",
    (updateTime) => {
      const dispatch = new Dispatch({ ...plain, updateTime })
      assert.strictEqual(decode(JSON.parse(JSON.stringify(dispatch))).updateTime, updateTime)
    }
  )

  it.each([
    ["id", "18446744073709551616"],
    ["startTime", "yesterday"],
    ["durationSeconds", 1.5],
    ["target", { ids: ["1"] }],
    ["payload", [1]],
    ["recurrence", { frequency: "DAILY", interval: 1, byHours: [24] }],
    ["updateTime", "2026-11-27T11:00:00.001Z"],
    ["updateTime", "2026-11-32T11:00:00.000000001Z"]
  ] as const)("is not read with a wrong field: %s %s", (field, value) => {
    const json = { ...new Dispatch(plain).toJSON(), [field]: value }
    assert.isTrue(Exit.isFailure(Schema.decodeExit(DispatchJson)(json)))
  })
})
