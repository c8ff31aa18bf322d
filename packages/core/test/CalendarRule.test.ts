import {
  CalendarRule,
  CalendarRuleError,
  exceptionsMax,
  makeResult
} from "@effect-dispatch/core/CalendarRule"
import * as RecurrenceRule from "@effect-dispatch/core/RecurrenceRule"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Result, Schema } from "effect"

type Fields = Parameters<typeof makeResult>[0]

const fieldsOf = (fields: object) =>
  ({ frequency: "DAILY", interval: 1, timeZone: "Europe/Berlin", ...fields }) as Fields

const at = (text: string): DateTime.Utc => DateTime.makeUnsafe(text)
const many = (number: number) =>
  Array.from({ length: number }, (_, day) => at("2026-01-01").pipe(DateTime.add({ days: day })))

const refused: ReadonlyArray<readonly [path: string, fields: object, why: string]> = [
  ["timeZone", { timeZone: "" }, "Europe/Berlin or UTC"],
  ["timeZone", { timeZone: "+05:30" }, '"+05:30" is no zone'],
  ["timeZone", { timeZone: "Z" }, "Europe/Berlin"],
  ["timeZone", { timeZone: "localtime" }, "Europe/Berlin"],
  ["timeZone", { timeZone: "Factory" }, "Europe/Berlin"],
  ["timeZone", { timeZone: "Europe/Berln" }, "Europe/Berln"],
  ["timeZone", { timeZone: "W. Europe Standard Time" }, "W. Europe Standard Time"],
  ["timeZone", { timeZone: "A".repeat(65) }, "is no zone"],
  ["timeZone", { timeZone: 1 }, "is no zone"],
  ["frequency", { frequency: "HOURLY" }, "byHours and byMinutes"],
  ["frequency", { frequency: "MINUTELY" }, "leave the zone out"],
  ["interval", { interval: -1 }, "from 0 to 4294967295"],
  ["byHours[0]", { byHours: [24] }, "from 0 to 23"],
  ["nthWeekdays", { nthWeekdays: [{ nth: 1, weekday: "MONDAY" }] }, "MONTHLY and YEARLY"],
  [
    "nthWeekdays[0].nth",
    { frequency: "MONTHLY", nthWeekdays: [{ nth: 6, weekday: "MONDAY" }] },
    "from 1 to 5"
  ],
  [
    "nthWeekdays[0].nth",
    { frequency: "MONTHLY", nthWeekdays: [{ nth: 0, weekday: "MONDAY" }] },
    "from -1 to -5"
  ],
  [
    "nthWeekdays[0].nth",
    { frequency: "YEARLY", byMonths: [3], nthWeekdays: [{ nth: 6, weekday: "MONDAY" }] },
    "from 1 to 5"
  ],
  [
    "nthWeekdays[0].nth",
    { frequency: "YEARLY", nthWeekdays: [{ nth: -54, weekday: "MONDAY" }] },
    "from 1 to 53"
  ],
  [
    "nthWeekdays[1].weekday",
    {
      frequency: "MONTHLY",
      nthWeekdays: [
        { nth: 1, weekday: "MONDAY" },
        { nth: 1, weekday: "MO" }
      ]
    },
    "one of MONDAY"
  ],
  ["positions", { positions: [1], byWeekdays: ["MONDAY"] }, "WEEKLY, MONTHLY or YEARLY"],
  ["positions", { frequency: "MONTHLY", positions: [1] }, "days to count"],
  [
    "positions",
    { frequency: "MONTHLY", positions: [1], byMonthDays: [1], byHours: [8, 9] },
    "one time of day"
  ],
  ["positions[1]", { frequency: "MONTHLY", positions: [1, 0], byMonthDays: [1] }, "from 1 to 366"],
  ["positions[0]", { frequency: "MONTHLY", positions: [-367], byMonthDays: [1] }, "from -1 to -366"],
  ["weekStart", { weekStart: "MO" }, "one of MONDAY"],
  ["exceptions", { exceptions: many(exceptionsMax + 1) }, "at most 512"],
  ["exceptions[0]", { exceptions: ["2026-01-01"] }, "DateTime.Utc"]
]

describe("CalendarRule", () => {
  for (const [path, fields, why] of refused) {
    it(`refuses ${JSON.stringify(fields).slice(0, 80)} by path, with what would be right`, () => {
      const result = makeResult(fieldsOf(fields))
      assert.isTrue(Result.isFailure(result))
      if (Result.isSuccess(result)) return
      assert.strictEqual(result.failure.path, path)
      assert.include(result.failure.message, why)
      assert.throws(() => new CalendarRule(fieldsOf(fields)), CalendarRuleError, result.failure.message)
    })
  }

  const accepted: ReadonlyArray<object> = [
    { exceptions: many(exceptionsMax) },
    { frequency: "YEARLY", nthWeekdays: [{ nth: 53, weekday: "SUNDAY" }] },
    { frequency: "MONTHLY", positions: [366, -366], byMonths: [1], byHours: [8, 8], byMinutes: [0] },
    { frequency: "DAILY", weekStart: "SUNDAY" }
  ]
  for (const fields of accepted) {
    it(`accepts ${JSON.stringify(fields).slice(0, 80)}`, () => {
      assert.isTrue(Result.isSuccess(makeResult(fieldsOf(fields))))
    })
  }

  it("orders its exceptions, each once, and drops those with a fraction, which match nothing", () => {
    const given = [
      "2026-02-01T00:00:00Z",
      "2026-01-01T00:00:00.5Z",
      "2026-01-01T00:00:00Z",
      "2026-02-01T00:00:00Z"
    ]
    const { exceptions } = new CalendarRule(fieldsOf({ exceptions: given.map(at) }))
    assert.deepStrictEqual(exceptions?.map(DateTime.formatIso), [
      "2026-01-01T00:00:00.000Z",
      "2026-02-01T00:00:00.000Z"
    ])
  })

  it("is decoded with a zone that only another machine knows", () => {
    const rule = Schema.decodeSync(CalendarRule)({
      timeZone: "Europe/Atlantis",
      frequency: "DAILY",
      interval: 1
    })
    assert.strictEqual(rule.timeZone, "Europe/Atlantis")
  })

  for (const part of ["timeZone", "nthWeekdays", "positions", "weekStart", "exceptions"]) {
    it(`alone has ${part}: a rule in UTC refuses it by name`, () => {
      const { timeZone: _, ...plain } = fieldsOf({})
      const value = part === "timeZone" || part === "weekStart" ? "UTC" : []
      const result = RecurrenceRule.makeResult({ ...plain, [part]: value } as never)
      assert.isTrue(Result.isFailure(result) && result.failure.message.includes('timeZone: "UTC"'))
    })
  }
})

const withoutTemporal = <A>(f: () => A): A => {
  const temporal = Object.getOwnPropertyDescriptor(globalThis, "Temporal") as PropertyDescriptor
  Reflect.deleteProperty(globalThis, "Temporal")
  try {
    return f()
  } finally {
    Object.defineProperty(globalThis, "Temporal", temporal)
  }
}

describe("the name of a zone", () => {
  const spelled = (timeZone: string) => new CalendarRule(fieldsOf({ timeZone })).timeZone
  const aliases =
    "Asia/Calcutta Asia/Kolkata Europe/Kiev CET EST5EDT GB Zulu Etc/UTC Etc/GMT+5 Etc/GMT-14 GMT GMT0 NZ-CHAT Asia/Ust-Nera America/Port-au-Prince America/Port_of_Spain America/Argentina/ComodRivadavia Antarctica/DumontDUrville Antarctica/McMurdo Africa/Dar_es_Salaam Europe/Isle_of_Man"
  const names = [...Intl.supportedValuesOf("timeZone"), ...aliases.split(" ")]

  it("is kept in the spelling of the zone database, however it is written", () => {
    assert.deepStrictEqual(
      names.filter((name) => spelled(name.toLowerCase()) !== name || spelled(name.toUpperCase()) !== name),
      []
    )
  })

  it("is kept the same by a runtime without Temporal", () => {
    assert.deepStrictEqual(
      withoutTemporal(() =>
        names.filter((name) => spelled(name) !== name || spelled(name.toLowerCase()) !== name)
      ),
      []
    )
  })

  it("of no zone is refused without Temporal as well", () => {
    for (const [path, fields] of refused) {
      if (path !== "timeZone") continue
      assert.isTrue(
        withoutTemporal(() => Result.isFailure(makeResult(fieldsOf(fields)))),
        JSON.stringify(fields)
      )
    }
  })
})
