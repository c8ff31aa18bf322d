import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import * as MergeStrategy from "@effect-dispatch/core/MergeStrategy"
import type { RunningStateChange } from "@effect-dispatch/core/RunningStateChange"
import { assert, describe, it } from "@effect/vitest"
import { Equal } from "effect"
import * as Merging from "../../../src/internal/subscribers/merge.ts"
import { makePendingChanges } from "../../../src/internal/subscribers/pendingChanges.ts"
import type { Publication } from "../../../src/internal/subscribers/publication.ts"
import { Chance } from "@effect-dispatch/testing/Chance"
import { at, dispatch, t0 } from "../../fixtures.ts"
import { movedStop } from "../../../src/internal/timeline/movedStop.ts"
import { inShort } from "../../site.ts"
import { type Identity, MergedModel, ReaderModel } from "../../mergingModel.ts"

const change = (
  state: "Running" | "Stopped",
  version: Dispatch,
  from: number,
  to: number | undefined,
  now: number,
  fields: Partial<RunningStateChange> = {}
): RunningStateChange => ({
  dispatch: version,
  state,
  at: at(now),
  decidedAt: at(now),
  occurrence: at(from),
  until: to === undefined ? undefined : at(to),
  continues: false,
  cause: "Scheduled",
  ...fields
})

describe("merging what is told in slices (section 6)", () => {
  const a = dispatch({ id: 1n })
  const b = dispatch({ id: 2n })
  const c = dispatch({ id: 3n })
  const startOf = (version: Dispatch, from: number, to: number) => change("Running", version, from, to, from)
  const stopOf = (version: Dispatch, from: number, to: number) => change("Stopped", version, from, to, to)

  const merged = () => {
    const merging = Merging.make(MergeStrategy.byType, undefined, () => {})
    return (publication: Partial<Publication>) =>
      merging
        .merge({ evaluatedAt: t0, changes: [], upcoming: [], withdrawn: [], moved: [], ...publication })
        .map(inShort)
  }

  it("a stop is withheld while another of the identity is to be told, which then reconfigures", () => {
    const publish = merged()
    const start = startOf(b, 1_800, 3_600)
    assert.deepStrictEqual(publish({ changes: [startOf(a, 600, 1_800)] }), ["Running 1 @600"])
    assert.deepStrictEqual(publish({ changes: [stopOf(a, 600, 1_800)], upcoming: [start] }), [])
    assert.deepStrictEqual(publish({ changes: [start] }), ["Running 2 @1800"])
    assert.deepStrictEqual(publish({ changes: [stopOf(b, 1_800, 3_600)] }), ["Stopped 2 @3600"])
  })

  it("if that is never told, the stop comes then", () => {
    const publish = merged()
    const starts = [startOf(b, 1_800, 3_600), startOf(c, 1_800, 3_600)]
    publish({ changes: [startOf(a, 600, 1_800)] })
    assert.deepStrictEqual(publish({ changes: [stopOf(a, 600, 1_800)], upcoming: starts }), [])
    assert.deepStrictEqual(publish({ withdrawn: starts.slice(0, 1) }), [])
    assert.deepStrictEqual(publish({ withdrawn: starts.slice(1) }), ["Stopped 1 @1800"])
  })

  it("if what is told instead is a newer version, that reconfigures, and nothing stops", () => {
    const publish = merged()
    const planned = startOf(b, 1_800, 3_600)
    const newer = startOf(dispatch({ id: 2n, version: 2 }), 1_800, 3_000)
    publish({ changes: [startOf(a, 600, 1_800)] })
    assert.deepStrictEqual(publish({ changes: [stopOf(a, 600, 1_800)], upcoming: [planned] }), [])
    assert.deepStrictEqual(publish({ upcoming: [newer], withdrawn: [planned] }), [])
    assert.deepStrictEqual(publish({ changes: [newer] }), ["Running 2 @1800"])
  })

  it("if nothing is told and others run on, the one that began last is announced again", () => {
    const publish = merged()
    const planned = startOf(b, 1_800, 3_600)
    publish({ changes: [startOf(c, 0, 9_000)] })
    publish({ changes: [startOf(a, 600, 1_800)] })
    assert.deepStrictEqual(publish({ changes: [stopOf(a, 600, 1_800)], upcoming: [planned] }), [])
    // It waited for two seconds until that was decided.
    const evaluatedAt = t0 + 1_802_000
    assert.deepStrictEqual(publish({ evaluatedAt, withdrawn: [planned] }), ["Running 3 @1802 Merged"])
  })

  it("a restart of what stops withholds nothing of its own", () => {
    const publish = merged()
    const again = startOf(dispatch({ version: 2, dryRun: false }), 600, 1_800)
    publish({ changes: [startOf(a, 600, 1_800)] })
    assert.deepStrictEqual(publish({ changes: [stopOf(a, 600, 1_800)], upcoming: [again] }), [
      "Stopped 1 @1800"
    ])
    assert.deepStrictEqual(publish({ changes: [again] }), ["Running 1 @600"])
  })

  it("R11: the stop of another kind, which an earlier process announced, takes nothing from the own run", () => {
    const publish = merged()
    const dry = dispatch({ id: 1n, version: 2, dryRun: true })
    publish({ changes: [startOf(a, 0, 1_800), startOf(b, 600, 1_800)] })
    assert.deepStrictEqual(publish({ changes: [stopOf(dry, 0, 900)] }), ["Stopped 1 @900"])
    assert.deepStrictEqual(publish({ changes: [stopOf(b, 600, 1_200)] }), ["Running 1 @1200 Merged"])
    assert.deepStrictEqual(publish({ changes: [stopOf(a, 0, 1_800)] }), ["Stopped 1 @1800"])
  })

  it("R11: a version that has gone on concerns those alone to whom it had an identity, and who tell the two apart", () => {
    const plain = dispatch({ payload: { part: false } })
    const part = dispatch({ version: 2, payload: { part: true } })
    const moved = (from: Dispatch, to: Dispatch) =>
      movedStop(startOf(from, 0, 60), { ...startOf(to, 0, 60), cause: "Recovered" })
    const filter: MergeStrategy.MergeStrategy["filter"] = ({ payload }) => payload["part"] === true
    const { moves } = Merging.make({ ...MergeStrategy.byType, filter }, undefined, () => {})
    assert.deepStrictEqual(
      [moves(moved(plain, part)), moves(moved(part, plain)), moves(moved(part, part))],
      [false, true, false]
    )
  })

  it("a subscriber that comes between two slices is told of what runs, and the rest in its turn", () => {
    const merging = Merging.make(MergeStrategy.byType, undefined, () => {})
    const planned = startOf(b, 1_800, 3_600)
    assert.deepStrictEqual(
      merging.begin({ running: [startOf(a, 600, 1_800)], upcoming: [planned], isTold: true }).map(inShort),
      ["Running 1 @600"]
    )
    const publish = (changes: ReadonlyArray<RunningStateChange>) =>
      merging.merge({ evaluatedAt: t0, changes, upcoming: [], withdrawn: [], moved: [] }).map(inShort)
    assert.deepStrictEqual(publish([stopOf(a, 600, 1_800)]), [])
    assert.deepStrictEqual(publish([planned]), ["Running 2 @1800"])
  })
})

/** Numbers that look random, the same for a seed. */
const randomOf = (seed: number) => {
  const chance = new Chance(seed)
  const below = (limit: number) => chance.int(0, limit - 1)
  return { below, pick: <A>(some: ReadonlyArray<A>): A => chance.pick(some) }
}

/** Zones, and what a strategy makes of them. */
const zones: Record<string, Identity | undefined> = {
  a: "a",
  b: "b",
  one: 1,
  big: 1n,
  text: "1",
  none: undefined,
  nan: Number.NaN,
  throws: "throws",
  filtered: "filtered",
  filterThrows: "throws"
}
const zoneNames = [...Object.keys(zones), "a", "a", "a", "b", "b"]

/** Those that are no identities, and of which that is told. */
const silentZones = new Set(["none", "nan", "throws", "filterThrows"])

const count = (counts: Map<Dispatch, number>, version: Dispatch) =>
  void counts.set(version, (counts.get(version) ?? 0) + 1)

const expectOnce = (times: ReadonlyArray<number>, message: string) =>
  assert.isTrue(
    times.every((time) => time === 1),
    message
  )

/** A strategy on zones, and how often it was asked for each version. */
const makeStrategy = () => {
  const asked = new Map<Dispatch, number>()
  const reported = new Map<Dispatch, number>()
  const zoneOf = ({ payload }: Dispatch) => String(payload["zone"])
  const strategy: MergeStrategy.MergeStrategy = {
    filter: (version) => {
      count(asked, version)
      if (zoneOf(version) === "filterThrows") throw new Error("no filter")
      return zoneOf(version) !== "filtered"
    },
    identity: (version) => {
      const identity = zones[zoneOf(version)]
      if (identity === "throws") throw new Error("no identity")
      return identity as Identity
    }
  }
  return { asked, reported, strategy }
}

/** The meaning of the strategy, for dispatches of type CHARGE. */
const identityOf = ({ payload, type }: Dispatch): Identity | undefined => {
  const identity = zones[String(payload["zone"])]
  const isNone = identity === "throws" || identity === "filtered" || Number.isNaN(identity)
  return type !== "CHARGE" || isNone ? undefined : identity
}

const like = dispatch()

/** A timeline that does whatever one may do, told in slices or at once. */
const makeWorld = (seed: number) => {
  const { below, pick } = randomOf(seed)
  const running = new Map<bigint, RunningStateChange>()
  const upcoming = new Map<bigint, RunningStateChange>()
  /** Runs that an earlier process had announced. */
  const inherited = new Map<bigint, RunningStateChange>()
  let now = 0
  let version = 0
  let runs = 0
  const causes = ["Scheduled", "Created", "Updated", "Deleted", "Resync", "ClockJump", "Recovered"] as const

  const versionOf = (id: bigint) => {
    const type = below(8) === 0 ? "OTHER" : "CHARGE"
    const payload = { zone: pick(zoneNames), version: ++version }
    // Not checked, since so many are made.
    return new Dispatch({ ...like, id: DispatchId.make(id), type, payload }, { disableChecks: true })
  }
  const late = () => (below(3) === 0 ? at(now - below(5)) : at(now))
  const runOf = (id: bigint, kept?: Dispatch): RunningStateChange => {
    const before = running.get(id)?.dispatch ?? upcoming.get(id)?.dispatch
    const next = kept ?? (before !== undefined && below(2) === 0 ? before : versionOf(id))
    const fields = { at: late(), cause: pick(causes), continues: below(2) === 0 }
    const to = below(4) === 0 ? undefined : now + 10 + below(20)
    const previous = before !== undefined && before !== next ? { previous: before } : {}
    // No two runs of one dispatch that are compared begin at the same instant.
    const from = now - below(10) + (runs++ % 5) / 100
    return change("Running", next, from, to, now, { ...fields, ...previous })
  }
  const stopOf = ({ dispatch: of, occurrence, until }: RunningStateChange): RunningStateChange => ({
    ...change("Stopped", of, 0, 0, now, { at: late(), cause: pick(causes) }),
    occurrence,
    until
  })

  /** Publishes the next state of one dispatch. */
  const step = (
    id: bigint,
    published: { [K in "changes" | "upcoming" | "withdrawn" | "moved"]: Array<RunningStateChange> }
  ) => {
    const on = running.get(id)
    const planned = upcoming.get(id)
    const stop = (ran: RunningStateChange) => {
      running.delete(id)
      published.changes.push(stopOf(ran))
    }
    const move = (told: RunningStateChange) => {
      const before = inherited.get(id)
      if (before !== undefined) published.moved.push(movedStop(before, told))
    }
    const start = (told: RunningStateChange) => {
      running.set(id, told)
      published.changes.push(told)
      move(told)
      inherited.delete(id)
    }
    const plan = () => {
      const told = runOf(id)
      upcoming.set(id, told)
      published.upcoming.push(told)
      move(told)
    }
    if (below(10) === 0) inherited.set(id, runOf(id, versionOf(id)))
    const left = inherited.get(id)
    if (left !== undefined && below(5) === 0) {
      // It ends beside the own run.
      inherited.delete(id)
      published.changes.push(stopOf(left))
    }
    const withdraw = (told: RunningStateChange) => {
      upcoming.delete(id)
      published.withdrawn.push(told)
    }
    if (planned !== undefined) {
      switch (below(5)) {
        case 0:
        case 1:
          upcoming.delete(id)
          return start(planned)
        case 2:
          withdraw(planned)
          if (on !== undefined && below(2) === 0) stop(on)
          return
        case 3:
          withdraw(planned)
          return below(2) === 0 ? plan() : start(runOf(id))
        default:
          if (on !== undefined) stop(on)
          return
      }
    }
    if (on !== undefined) {
      switch (below(5)) {
        case 0:
        case 1:
          return stop(on)
        case 2:
          return start(runOf(id))
        case 3:
          stop(on)
          return below(2) === 0 ? start(runOf(id)) : plan()
        default:
          return plan()
      }
    }
    switch (below(5)) {
      case 0:
      case 1:
        return start(runOf(id))
      case 2:
        return plan()
      case 3: {
        const fields = { at: late(), cause: pick(causes) }
        const command = change("Running", versionOf(id), now, now, now, fields)
        published.changes.push(command, { ...command, state: "Stopped" })
        return
      }
      default:
        // A stop of a run that an earlier process had announced.
        if (below(4) === 0) published.changes.push(stopOf(runOf(id)))
    }
  }

  const rank = (one: RunningStateChange) =>
    one.until?.epochMilliseconds === one.occurrence.epochMilliseconds ? 1 : one.state === "Stopped" ? 0 : 2
  const inOrder = (left: RunningStateChange, right: RunningStateChange) =>
    rank(left) - rank(right) ||
    (rank(left) === 2 ? left.occurrence.epochMilliseconds - right.occurrence.epochMilliseconds : 0) ||
    Number(left.dispatch.id - right.dispatch.id)

  const publish = (): Publication => {
    now += below(3)
    const published = {
      evaluatedAt: at(now).epochMilliseconds,
      changes: [],
      upcoming: [],
      withdrawn: [],
      moved: []
    }
    for (let id = 1n; id <= 5n; id++) if (below(2) === 0) step(id, published)
    published.changes.sort(inOrder)
    return published
  }
  return { below, pick, publish, running, upcoming }
}

/** True if two changes are equal in every field: the same versions, the same instants. */
const isSame = (one: RunningStateChange | undefined, other: RunningStateChange | undefined): boolean => {
  if (one === other || one === undefined || other === undefined) return one === other
  const names = Object.keys(one) as Array<keyof RunningStateChange>
  return (
    names.length === Object.keys(other).length &&
    names.every(
      (name) => one[name] === other[name] || (name in other && Equal.equals(one[name], other[name]))
    )
  )
}

/** Says what differs, if anything does: to look at everything in every turn takes too long. */
const expectSame = (
  told: ReadonlyArray<RunningStateChange | undefined>,
  expected: ReadonlyArray<RunningStateChange | undefined>,
  where: string
) => {
  const isAlike = told.length === expected.length && told.every((one, index) => isSame(one, expected[index]))
  if (!isAlike) assert.deepStrictEqual(told, expected, where)
}

describe("merging, of any history", () => {
  const play = (seed: number) => {
    const world = makeWorld(seed)
    for (let before = world.below(4); before > 0; before--) world.publish()
    const { asked, reported, strategy } = makeStrategy()
    const merging = Merging.make(strategy, "CHARGE", (version) => count(reported, version))
    const model = new MergedModel(identityOf)
    const readers = [2, 3, 5].map((capacity) => {
      const dropped: Array<RunningStateChange> = []
      return {
        capacity,
        dropped,
        pending: makePendingChanges(
          capacity,
          merging.keyOf,
          (one) => dropped.push(one),
          () => {}
        ),
        reader: new ReaderModel(capacity)
      }
    })
    const running = [...world.running.values()].sort(
      (left, right) =>
        left.occurrence.epochMilliseconds - right.occurrence.epochMilliseconds ||
        Number(left.dispatch.id - right.dispatch.id)
    )
    const isTold = world.below(2) === 0
    const upcoming = [...world.upcoming.values()]
    const first = merging.begin({ running, upcoming, isTold })
    let told: ReadonlyArray<RunningStateChange> = isTold ? first : []
    let expected = model.begin(running, upcoming, isTold)
    for (let turn = 0; turn < 25; turn++) {
      const where = `seed ${seed}, turn ${turn}`
      expectSame(
        told,
        expected.map(({ change }) => change),
        where
      )
      for (const [index, one] of told.entries()) {
        if (merging.keyOf(one) !== expected[index]?.identity) assert.fail(`another identity, ${where}`)
      }
      for (const { capacity, dropped, pending, reader } of readers) {
        told.forEach((one) => pending.push(one))
        expected.forEach((one) => reader.offer(one))
        for (let reads = world.below(5) === 0 ? 10 : world.below(3); reads > 0; reads--) {
          const read = pending.isEmpty ? undefined : pending.take()
          expectSame([read], [reader.read()], `${where}, capacity ${capacity}`)
        }
        if (pending.length !== reader.waiting) assert.fail(`others wait, ${where}, capacity ${capacity}`)
        expectSame(dropped, reader.missed, `missed by seed ${seed}, turn ${turn}, capacity ${capacity}`)
      }
      const published = world.publish()
      expected = model.publish(published)
      told = merging.merge(published)
    }
    expectOnce([...asked.values()], `a version is asked for more than once, seed ${seed}`)
    expectOnce([...reported.values()], `a version is reported more than once, seed ${seed}`)
    const without = [...asked.keys()].filter(({ payload }) => silentZones.has(String(payload["zone"])))
    const isAlike = without.length === reported.size && without.every((version) => reported.has(version))
    assert.isTrue(isAlike, `reported are not those without an identity, seed ${seed}`)
    return readers.flatMap(({ dropped }) => dropped).length + reported.size
  }

  it("sections 5 and 6: is told exactly what the model says, also to slow readers of capacity 2, 3 and 5", () => {
    let interesting = 0
    for (let seed = 1; seed <= 10_000; seed++) interesting += play(seed) > 0 ? 1 : 0
    assert.isAbove(interesting, 5_000)
  }, 60_000)
})
