/** The state machine behind a managed identity, by table. */
import { fromChange } from "@effect-dispatch/core/DispatchInfo"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Duration, Schema } from "effect"
import {
  idle,
  type Signal,
  type Order,
  type State,
  react
} from "../../../src/internal/management/identityState.ts"
import { at, dispatch } from "../../fixtures.ts"

/** A `Running` of dispatch `id`: without an end, with one, or of a command. */
const orderOf = (id: bigint, length: number): Order<unknown> => {
  const version = dispatch({
    id,
    duration: length === Infinity ? Duration.infinity : Duration.seconds(length)
  })
  const change: RunningStateChange = {
    dispatch: version,
    state: "Running",
    at: at(0),
    decidedAt: at(0),
    occurrence: at(0),
    until: length === Infinity ? undefined : at(length),
    continues: false,
    cause: "Scheduled"
  }
  return { change, info: fromChange(change, {}), triedUntil: Infinity }
}

const endless = orderOf(1n, Infinity)
const finite = orderOf(2n, 60)
const command = orderOf(3n, 0)
const otherCommand = orderOf(4n, 0)

const active = (
  order: Order<unknown>,
  flags: {
    readonly isCommand?: true
    readonly isOver?: true
    readonly isDone?: true
    readonly isOutdated?: true
  } = {}
): State<unknown> => ({
  _tag: "Active",
  order,
  isCommand: false,
  isOver: false,
  isOutdated: false,
  ...flags
})

const states = {
  idle,
  endless: active(endless),
  finite: active(finite),
  command: active(command, { isCommand: true }),
  "endless, then the command": active(command),
  over: active(endless, { isOver: true }),
  done: active(endless, { isOver: true, isDone: true }),
  "finite, done": active(finite, { isOver: true, isDone: true }),
  "command, done": active(command, { isCommand: true, isOver: true, isDone: true }),
  "endless, then the command, done": active(command, { isOver: true, isDone: true }),
  "finite, over": active(finite, { isOver: true }),
  "command, over": active(command, { isCommand: true, isOver: true }),
  "endless, then the command, over": active(command, { isOver: true }),
  outdated: active(endless, { isOutdated: true }),
  "finite, outdated": active(finite, { isOutdated: true }),
  stopping: { _tag: "Stopping", next: undefined },
  "stopping, next endless": { _tag: "Stopping", next: endless },
  "stopping, next finite": { _tag: "Stopping", next: finite },
  "stopping, next command": { _tag: "Stopping", next: command },
  held: { _tag: "Held", order: endless }
} satisfies Record<string, State<unknown>>

const running = (order: Order<unknown>): Signal<unknown> => ({ _tag: "Running", change: order.change, order })
/** A `Running` whose payload could not be understood. */
const unclear = ({ change }: Order<unknown>): Signal<unknown> => ({
  _tag: "Running",
  change,
  order: undefined
})

const signals = {
  endless: running(endless),
  finite: running(finite),
  command: running(command),
  "other command": running(otherCommand),
  "endless, unclear": unclear(endless),
  "finite, unclear": unclear(finite),
  stopped: { _tag: "Stopped" },
  "command revoked": { _tag: "Revoked", id: command.change.dispatch.id },
  "endless revoked": { _tag: "Revoked", id: endless.change.dispatch.id },
  expired: { _tag: "Expired" },
  finished: { _tag: "Finished" },
  "finished well": { _tag: "Finished", isWell: true },
  retried: { _tag: "Retried" },
  ended: { _tag: "Ended" },
  held: { _tag: "Held" },
  released: { _tag: "Released" },
  closed: { _tag: "Closed" }
} satisfies Record<string, Signal<unknown>>

type StateName = keyof typeof states | "other command"

type Rows = ReadonlyArray<readonly [keyof typeof signals, StateName, string?, "while held"?]>

/** A fiber that is over, and is to run, is ended and then begun anew. */
const beginsAnew: Rows = [
  ["endless", "stopping, next endless", "Interrupt"],
  ["finite", "stopping, next finite", "Interrupt"],
  ["command", "stopping, next command", "Interrupt"],
  ["other command", "stopping, next command", "Interrupt"]
]

/** A fiber that goes on is told, also that of a command. */
const isTold: Rows = [
  ["endless", "endless", "Update"],
  ["finite", "finite", "Update"],
  ["command", "endless, then the command", "Update"],
  ["other command", "endless, then the command", "Update"]
]

/** A fiber that is up ends by itself, or with the managing. */
const canEnd: Rows = [
  ["ended", "idle"],
  ["closed", "stopping", "Interrupt"]
]

/** From a state, by an signal, to a state, with an action; `while held` where it matters. What is not named stays as it is. */
const table: Record<keyof typeof states, Rows> = {
  idle: [
    ["endless", "endless", "Launch"],
    ["endless", "held", "", "while held"],
    ["finite", "finite", "Launch", "while held"],
    ["command", "command", "Launch", "while held"],
    ["other command", "other command", "Launch"]
  ],
  endless: [
    ["endless", "endless", "Update"],
    ["endless", "stopping, next endless", "Interrupt", "while held"],
    ["finite", "finite", "Update"],
    ["command", "endless, then the command", "Update"],
    ["other command", "endless, then the command", "Update"],
    ["endless, unclear", "outdated"],
    ["stopped", "stopping", "Interrupt"],
    ["finished", "over"],
    ["finished well", "done"],
    ["ended", "idle"],
    ["held", "stopping, next endless", "Interrupt"],
    ["closed", "stopping", "Interrupt"]
  ],
  finite: [
    ["endless", "endless", "Update"],
    ["finite", "finite", "Update", "while held"],
    ["command", "endless, then the command", "Update"],
    ["other command", "endless, then the command", "Update"],
    ["finite, unclear", "finite, outdated"],
    ["stopped", "stopping", "Interrupt"],
    ["finished", "finite, over"],
    ["finished well", "finite, done"],
    ...canEnd
  ],
  command: [
    ["endless", "endless", "Update"],
    ["finite", "finite", "Update"],
    ["command", "command", "Update"],
    ["other command", "other command", "Update"],
    ["command revoked", "stopping", "Interrupt"],
    ["expired", "stopping", "Interrupt"],
    ["finished", "command, over"],
    ["finished well", "command, done"],
    ...canEnd
  ],
  "endless, then the command": [
    ...isTold,
    ["stopped", "stopping", "Interrupt"],
    ["finished", "endless, then the command, over"],
    ["finished well", "endless, then the command, done"],
    ...canEnd
  ],
  over: [
    ["finished well", "done"],
    ...beginsAnew,
    ["endless, unclear", "stopping", "Interrupt"],
    ["stopped", "stopping", "Interrupt"],
    ["retried", "endless"],
    ["ended", "idle"],
    ["held", "stopping, next endless", "Interrupt"],
    ["closed", "stopping", "Interrupt"]
  ],
  done: [
    ...beginsAnew,
    ["endless, unclear", "stopping", "Interrupt"],
    ["stopped", "stopping", "Interrupt"],
    ...canEnd
  ],
  "endless, then the command, over": [
    ["finished well", "endless, then the command, done"],
    ...beginsAnew,
    ["stopped", "stopping", "Interrupt"],
    ["retried", "endless, then the command"],
    ...canEnd
  ],
  "endless, then the command, done": [...beginsAnew, ["stopped", "stopping", "Interrupt"], ...canEnd],
  "finite, over": [
    ["finished well", "finite, done"],
    ...beginsAnew,
    ["finite, unclear", "stopping", "Interrupt"],
    ["stopped", "stopping", "Interrupt"],
    ["retried", "finite"],
    ...canEnd
  ],
  "finite, done": [
    ...beginsAnew,
    ["finite, unclear", "stopping", "Interrupt"],
    ["stopped", "stopping", "Interrupt"],
    ...canEnd
  ],
  "command, over": [
    ["finished well", "command, done"],
    ...beginsAnew,
    ["command revoked", "stopping", "Interrupt"],
    ["expired", "stopping", "Interrupt"],
    ["retried", "command"],
    ...canEnd
  ],
  "command, done": [
    ...beginsAnew,
    ["command revoked", "stopping", "Interrupt"],
    ["expired", "stopping", "Interrupt"],
    ...canEnd
  ],
  outdated: [
    ...isTold,
    ["stopped", "stopping", "Interrupt"],
    ["finished", "stopping", "Interrupt"],
    ["finished well", "stopping", "Interrupt"],
    ["ended", "idle"],
    ["held", "stopping", "Interrupt"],
    ["closed", "stopping", "Interrupt"]
  ],
  "finite, outdated": [
    ...isTold,
    ["stopped", "stopping", "Interrupt"],
    ["finished", "stopping", "Interrupt"],
    ["finished well", "stopping", "Interrupt"],
    ...canEnd
  ],
  stopping: [
    ["endless", "stopping, next endless"],
    ["finite", "stopping, next finite"],
    ["command", "stopping, next command"],
    ["other command", "stopping, next command"],
    ["ended", "idle"]
  ],
  "stopping, next endless": [
    ["finite", "stopping, next finite"],
    ["command", "stopping, next command"],
    ["other command", "stopping, next command"],
    ["endless, unclear", "stopping"],
    ["stopped", "stopping"],
    ["ended", "endless", "Launch"],
    ["ended", "held", "", "while held"],
    ["closed", "stopping"]
  ],
  "stopping, next finite": [
    ["endless", "stopping, next endless"],
    ["command", "stopping, next command"],
    ["other command", "stopping, next command"],
    ["finite, unclear", "stopping"],
    ["stopped", "stopping"],
    ["ended", "finite", "Launch", "while held"],
    ["closed", "stopping"]
  ],
  "stopping, next command": [
    ["endless", "stopping, next endless"],
    ["finite", "stopping, next finite"],
    ["other command", "stopping, next command"],
    ["command revoked", "stopping"],
    ["ended", "command", "Launch"],
    ["closed", "stopping"]
  ],
  held: [
    ["endless", "endless", "Launch"],
    ["endless", "held", "", "while held"],
    ["finite", "finite", "Launch", "while held"],
    ["command", "command", "Launch", "while held"],
    ["other command", "other command", "Launch"],
    ["endless, unclear", "idle"],
    ["stopped", "idle"],
    ["released", "endless", "Launch"],
    ["ended", "idle"],
    ["closed", "idle"]
  ]
}

/** A state without the order it carries, where another would do as well. */
const shape = (state: State<unknown>): unknown =>
  state._tag === "Active" ? { ...state, order: state.order.change.until } : state

describe("the state of a managed identity", () => {
  for (const from of Object.keys(states) as Array<keyof typeof states>) {
    it(`${from}: goes where the table says, and stays where it says nothing`, () => {
      for (const by of Object.keys(signals) as Array<keyof typeof signals>) {
        const rows = table[from].filter(([signal]) => signal === by)
        for (const [, to, action = "", held] of rows.length > 0 ? rows : [[by, from] as const]) {
          const [state, done] = react<unknown>(states[from], signals[by], { isHeld: held !== undefined })
          const name = `${from} by ${by}${held === undefined ? "" : " while held"}`
          assert.strictEqual(done?._tag ?? "", action, name)
          const wanted = to === "other command" ? active(otherCommand, { isCommand: true }) : states[to]
          if (state._tag === "Stopping") {
            assert.strictEqual(wanted._tag, "Stopping", name)
            const next = wanted._tag === "Stopping" ? wanted.next : undefined
            const until = (order: Order<unknown> | undefined) => order && [order.change.until]
            assert.deepStrictEqual(until(state.next), until(next), name)
          } else assert.deepStrictEqual(shape(state), shape(wanted), name)
          if (done !== undefined && done._tag !== "Interrupt" && state._tag === "Active") {
            assert.strictEqual(done.order, state.order, name)
          }
        }
      }
    })
  }

  it.prop(
    "there is one fiber at a time, it is told only while it goes on, and begun only with what is understood",
    [
      Arbitrary.array(Arbitrary.schema(Schema.Literals(Object.keys(signals) as [keyof typeof signals])), {
        maxLength: 40
      })
    ],
    ([names]) => {
      let state: State<unknown> = idle
      let fiber: "none" | "on" | "interrupted" = "none"
      let isHeld = false
      for (const name of names) {
        // These are deeds of a fiber: there must be one.
        if (["finished", "finished well", "retried", "expired"].includes(name) && fiber !== "on") continue
        if (name === "ended" && fiber === "none") continue
        if (name === "held") isHeld = true
        if (name === "released") isHeld = false
        if (name === "ended") fiber = "none"
        const [next, action] = react(state, signals[name], { isHeld })
        state = next
        if (action?._tag === "Launch") {
          assert.strictEqual(fiber, "none")
          assert.isFalse(isHeld && action.order.change.until === undefined)
          fiber = "on"
        } else if (action?._tag === "Update") assert.strictEqual(fiber, "on")
        else if (action !== undefined) {
          assert.strictEqual(fiber, "on")
          fiber = "interrupted"
        }
        const expected = state._tag === "Active" ? "on" : state._tag === "Stopping" ? "interrupted" : "none"
        assert.strictEqual(fiber, expected)
      }
    },
    { arbitrary: { runs: 2_000 } }
  )
})
