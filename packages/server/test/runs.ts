/** Runs as sites report them. */
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { ReportBatch } from "@effect-dispatch/core/ReportedRun"
import type { Run, RunReport } from "@effect-dispatch/core/Run"
import { after, one } from "./services.ts"

/** A run of ten minutes of a dispatch, planned some seconds after noon. */
export const ranAt = (id: number, seconds = 0, fields: Partial<Run> = {}): Run => ({
  dispatch: { id: DispatchId.make(BigInt(id)), type: "CHARGE", dryRun: false, updateTime: 1_234_567_890n },
  occurrence: after(seconds),
  until: after(seconds + 600),
  fate: {
    _tag: "Ran",
    from: after(seconds),
    lateMillis: 12,
    to: after(seconds + 600),
    onMillis: 600_000
  },
  failures: [],
  failuresTotal: 0,
  ...fields
})

/** One that was missed. */
export const missedAt = (id: number, seconds = 0): Run =>
  ranAt(id, seconds, { fate: { _tag: "Missed", reason: "LateWakeUp", count: 1 } })

/** One with all that there may be. */
export const wholeRun: Run = ranAt(7, 60, {
  dispatch: {
    id: DispatchId.make(7n),
    name: "winter/evening peak",
    type: "PEAK",
    dryRun: true,
    updateTime: 1_795_435_200_123_456_789n
  },
  fate: {
    _tag: "Ran",
    from: after(61),
    lateMillis: 1_000,
    to: after(90),
    onMillis: 29_000,
    stoppedBy: "ClockJump"
  },
  actor: { step: "TimedOut", at: after(90), reason: "the inverter did not answer" },
  failures: [{ at: after(62), reason: "no connection" }],
  failuresTotal: 9,
  outcome: { energy_kwh: 1.5, refused: null, parts: ["a", true] }
})

/** Reports of runs, numbered from a number on. */
export const numbered = (runs: ReadonlyArray<Run>, first = 1, epoch = 0n): ReadonlyArray<RunReport> =>
  runs.map((run, index) => ({ epoch, number: BigInt(first + index), run }))

/** A batch of a reporter. */
export const batchOf = (reports: ReadonlyArray<RunReport>, id = "a"): ReportBatch => ({
  microgridId: one,
  reporter: { id, name: `journal ${id}` },
  clockOffsetMillis: -250,
  reports
})
