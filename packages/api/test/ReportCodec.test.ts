import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import * as FieldPaths from "@effect-dispatch/api/FieldPaths"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as ReportCodec from "@effect-dispatch/api/ReportCodec"
import * as RequestSizes from "@effect-dispatch/api/RequestSizes"
import * as WireLimits from "@effect-dispatch/api/WireLimits"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import type { ReportBatch } from "@effect-dispatch/core/ReportedRun"
import { ActorStep, Run, type RunFate } from "@effect-dispatch/core/Run"
import { ChangeCause, MissedReason } from "@effect-dispatch/core/RunningStateChange"
import * as RunTally from "@effect-dispatch/core/RunTally"
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Result, Schema } from "effect"

const at = (seconds: number) => DateTime.makeUnsafe(1_795_435_200_000 + 1_000 * seconds)

const whole: Run = {
  dispatch: {
    id: DispatchId.make(7n),
    name: "winter/evening peak",
    type: "PEAK ⚡",
    dryRun: true,
    updateTime: 1_795_435_200_123_456_789n
  },
  occurrence: at(0),
  until: at(60),
  fate: { _tag: "Planned" },
  actor: { step: "TimedOut", at: at(90), reason: "the inverter did not answer" },
  failures: [
    { at: at(3), reason: "no connection" },
    { at: at(4), reason: "" }
  ],
  failuresTotal: 9,
  outcome: { energy_kwh: 1.5, refused: null, parts: ["a", true, {}] }
}

const plain: Run = {
  dispatch: { id: DispatchId.make(7n), type: "PEAK", dryRun: false, updateTime: 0n },
  occurrence: at(0),
  fate: { _tag: "Planned" },
  failures: [],
  failuresTotal: 0
}

const fates: ReadonlyArray<RunFate> = [
  { _tag: "Planned" },
  { _tag: "Running", from: at(1), lateMillis: 1_000, since: at(2), onMillis: 7 },
  { _tag: "Ran", to: at(9), onMillis: 0 },
  ...ChangeCause.literals.map((stoppedBy): RunFate => ({
    _tag: "Ran",
    from: at(1),
    lateMillis: 0,
    to: at(9),
    onMillis: 8_000,
    stoppedBy
  })),
  ...MissedReason.literals.map((reason): RunFate => ({ _tag: "Missed", reason, count: 3, last: at(99) })),
  { _tag: "Missed", reason: "NotTold", count: 1 },
  { _tag: "Unknown", since: at(3), onMillis: 0 },
  { _tag: "Unknown", from: at(1), lateMillis: 2, since: at(3), onMillis: 4 }
]

const microgridId = MicrogridId.make(3n)
const batch = (runs: ReadonlyArray<Run>): ReportBatch => ({
  microgridId,
  reporter: { id: "0123456789abcdef0123456789abcdef", name: "plant 7" },
  clockOffsetMillis: -250,
  reports: runs.map((run, index) => ({ epoch: 4n, number: BigInt(index), run })),
  after: { epoch: 3n, number: 99n }
})

/** The batch on the wire, of which one part is another. */
const changed = (change: (message: Protobuf.ReportRunsRequest, run: Protobuf.Run) => void) => {
  const message = Result.getOrThrow(ReportCodec.encodeBatch(batch([whole, whole])))
  const run = message.reports[1]?.run
  if (run !== undefined) change(message, run)
  return ReportCodec.decodeBatch(message)
}

describe("reports on the wire", () => {
  it("are read as they were written, whatever became of the run", () => {
    const given = batch([whole, plain, ...fates.map((fate) => ({ ...whole, fate }))])
    const schema = Protobuf.ReportRunsRequestSchema
    const bytes = toBinary(schema, Result.getOrThrow(ReportCodec.encodeBatch(given)))
    assert.deepStrictEqual(Result.getOrThrow(ReportCodec.decodeBatch(fromBinary(schema, bytes))), given)
    for (const step of ActorStep.literals) {
      const report = { epoch: 0n, number: 1n, run: { ...plain, actor: { step, at: at(1) } } }
      const kept = Result.getOrThrow(ReportCodec.encodeReport(report))
      assert.deepStrictEqual(Result.getOrThrow(ReportCodec.decodeReport(kept)), report)
    }
  })

  it("are what the schema of a run says", () => {
    const read = Result.getOrThrow(
      ReportCodec.decodeReport(
        Result.getOrThrow(ReportCodec.encodeReport({ epoch: 0n, number: 0n, run: whole }))
      )
    )
    assert.deepStrictEqual(Schema.decodeUnknownSync(Run)(Schema.encodeSync(Run)(read.run)), whole)
  })

  const refused: ReadonlyArray<readonly [path: string, change: Parameters<typeof changed>[0], why: string]> =
    [
      ["reporter.id", ({ reporter }) => reporter && (reporter.id = ""), "from 1 to"],
      ["reporter.name", ({ reporter }) => reporter && (reporter.name = "a\u001b[2J"), "control character"],
      [
        "reports",
        ({ reports }) =>
          reports.push(
            ...Array.from({ length: WireLimits.reportsMax }, () => create(Protobuf.RunReportSchema))
          ),
        "at most 256"
      ],
      ["reports[1].number", ({ reports }) => reports[1] && (reports[1].number = 2n ** 63n), "at most"],
      ["after.epoch", ({ after }) => after && (after.epoch = 2n ** 64n - 1n), "at most"],
      ["reports[1].run.dispatch.id", (_, run) => (run.dispatchId = 0n), "from 1"],
      ["reports[1].run.dispatch.type", (_, run) => (run.type = ""), "from 1 to 256"],
      ["reports[1].run.dispatch.name", (_, run) => (run.name = " a"), "blank"],
      ["reports[1].run.dispatch.updateTime", (_, run) => delete run.updateTime, "required"],
      ["reports[1].run.occurrence", (_, run) => delete run.occurrence, "required"],
      ["reports[1].run.until", (_, run) => run.until && (run.until.nanos = -1), "nanoseconds"],
      ["reports[1].run.fate", (_, run) => (run.fate = { case: undefined }), "required"],
      ["reports[1].run.actor.step", (_, run) => run.actor && (run.actor.step = 0), "not one that is known"],
      [
        "reports[1].run.actor.reason",
        (_, run) => run.actor && (run.actor.reason = "x".repeat(257)),
        "at most 256"
      ],
      ["reports[1].run.failures[1].at", (_, { failures }) => delete failures[1]?.at, "required"],
      [
        "reports[1].run.failures",
        (_, { failures }) => failures.push(...failures, ...failures),
        "of which a run has 4 at most"
      ],
      [
        "reports[1].run.outcome",
        (_, run) => run.outcome && (run.outcome.kind = { case: "stringValue", value: "x".repeat(1_100) }),
        "bytes"
      ]
    ]
  for (const [path, change, why] of refused) {
    it(`that are wrong are refused by their place: ${path}`, () => {
      const read = changed(change)
      assert.isTrue(Result.isFailure(read))
      if (Result.isSuccess(read)) return
      assert.strictEqual(read.failure.path, path)
      assert.include(read.failure.message, why)
      const wire = FieldPaths.toWire("ReportRuns", path)
      assert.strictEqual(FieldPaths.fromWire(wire), path)
    })
  }

  it("that no message can hold are refused before they are sent", () => {
    const torn = { ...plain, dispatch: { ...plain.dispatch, type: "\ud83d" } }
    const written = ReportCodec.encodeBatch(batch([torn]))
    assert.isTrue(Result.isFailure(written) && written.failure.path === "reports[0].run.dispatch.type")
  })

  it("of the largest kind fit into a request", () => {
    const reason = "⚡".repeat(256)
    const run: Run = {
      ...whole,
      dispatch: { ...whole.dispatch, name: reason, type: reason },
      actor: { step: "Failed", at: at(0), reason },
      failures: Array.from({ length: 4 }, () => ({ at: at(0), reason })),
      outcome: Array.from({ length: 500 }, () => 1)
    }
    const given = batch(Array.from({ length: WireLimits.reportsMax }, () => run))
    const bytes = toBinary(
      Protobuf.ReportRunsRequestSchema,
      Result.getOrThrow(ReportCodec.encodeBatch(given))
    )
    assert.isAtMost(bytes.length, RequestSizes.bytesMaxOf("ReportRuns"))
  })
})

describe("runs that a service tells of", () => {
  it("are read as it has kept them", () => {
    const report = { epoch: 1n, number: 2n, run: whole }
    const kept = {
      reporter: { id: "a", name: "plant" },
      arrivedAt: at(100),
      clockOffsetMillis: undefined,
      contradicted: true
    }
    const message = ReportCodec.encodeKept({
      ...kept,
      bytes: Result.getOrThrow(ReportCodec.encodeReport(report))
    })
    assert.deepStrictEqual(Result.getOrThrow(ReportCodec.decodeKept(message)), { ...report, ...kept })
  })

  it("are asked for by dispatch, interval and fate", () => {
    const filter = { ids: [7n, 9n].map((id) => DispatchId.make(id)), from: at(0), to: at(1), missed: true }
    const request = { microgridId, filter, pageSize: 9, pageToken: "x" }
    assert.deepStrictEqual(
      Result.getOrThrow(ReportCodec.decodeList(Result.getOrThrow(ReportCodec.encodeList(request)))),
      request
    )
    const ids = Array.from({ length: WireLimits.reportIdsMax + 1 }, (_, index) => BigInt(index))
    const many = ReportCodec.decodeIds(ids)
    assert.isTrue(Result.isFailure(many) && many.failure.path === "ids")
  })

  it("are summed up by day", () => {
    const tally = fates.map((fate) => RunTally.of({ fate })).reduce(RunTally.plus)
    const day = { day: 20_780, type: "PEAK", reporter: { id: "a", name: "plant" }, tally }
    assert.deepStrictEqual(ReportCodec.decodeDay(ReportCodec.encodeDay(day)), day)
    const less = ReportCodec.encodeDay({ ...day, tally: { ...tally, onMillis: -1 } })
    assert.strictEqual(ReportCodec.decodeDay(less).tally.onMillis, 0)
    const unknown = ReportCodec.encodeDay(day)
    for (const each of unknown.missed) Object.assign(each, { reason: 99 })
    assert.isAtLeast(ReportCodec.decodeDay(unknown).tally.missed["Unspecified"] ?? 0, 1)
  })
})
