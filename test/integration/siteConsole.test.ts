import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DispatchClientWeb, ReportClient, ServiceConsole } from "@effect-dispatch/client/web"
import { Dispatch } from "@effect-dispatch/core/Dispatch"
import { DispatchClient } from "@effect-dispatch/core/DispatchClient"
import { DispatchEvent } from "@effect-dispatch/core/DispatchEvent"
import { DispatchId } from "@effect-dispatch/core/DispatchId"
import { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import { SyncStatus } from "@effect-dispatch/core/SyncStatus"
import * as Target from "@effect-dispatch/core/Target"
import * as DispatchReplica from "@effect-dispatch/server/DispatchReplica"
import * as ReportService from "@effect-dispatch/server/ReportService"
import * as WebServer from "@effect-dispatch/server/WebServer"
import { assert, describe, it } from "@effect/vitest"
import {
  Context,
  DateTime,
  Duration,
  Effect,
  Fiber,
  Layer,
  Option,
  Queue,
  Stream,
  SubscriptionRef
} from "effect"

const seven = MicrogridId.make(7n)
const page = mkdtempSync(join(tmpdir(), "dispatch-site-"))
writeFileSync(join(page, "index.html"), '<!doctype html><html lang="en"><title>Console</title></html>')

const at = (seconds: number) => DateTime.makeUnsafe(1_795_435_200_000 + seconds * 1_000)

const dispatch = (id: number, updatedAt: number, more: Partial<Dispatch> = {}) =>
  new Dispatch({
    id: DispatchId.make(BigInt(id)),
    type: "CHARGE",
    startTime: at(0),
    duration: Duration.infinity,
    target: Target.componentIds(1n),
    active: true,
    dryRun: false,
    payload: {},
    createTime: at(0),
    updateTime: BigInt(at(updatedAt).epochMilliseconds) * 1_000_000n,
    ...more
  })

const { Created, Deleted, Retired, Updated } = DispatchEvent

/** The console of a site whose actor does as it is told, and a client as the page has it. */
const site = Effect.gen(function* () {
  const events = yield* Queue.unbounded<DispatchEvent>()
  const status = yield* SubscriptionRef.make<SyncStatus>(SyncStatus.Connecting({ cause: "no answer" }))
  const original = {
    microgridId: seven,
    lifecycleEvents: () => Effect.succeed(Stream.fromQueue(events)),
    statusChanges: SubscriptionRef.changes(status)
  }
  const Replica = ReportService.layer.pipe(Layer.provideMerge(DispatchReplica.layer(original)))
  const Served = WebServer.layer({ port: 0, page }).pipe(Layer.provide(Replica))
  const { port } = Context.get(yield* Layer.build(Served), WebServer.WebServer)
  const context = yield* Layer.build(DispatchClientWeb.layer({ url: `http://127.0.0.1:${port}/api` }))
  const client = Context.get(context, DispatchClient)
  const listed = Stream.runCollect(client.list(seven, { sort: { field: "createTime", order: "ascending" } }))
  /** The dispatches, once they are as expected. */
  const becomes = (expected: ReadonlyArray<Dispatch>) =>
    Effect.repeat(Effect.delay(listed, "10 millis"), {
      until: (found) => JSON.stringify(found) === JSON.stringify(expected)
    }).pipe(Effect.timeout("5 seconds"), Effect.orDie)
  return {
    becomes,
    client,
    console: Context.get(context, ServiceConsole.ServiceConsole),
    reports: Context.get(context, ReportClient.ReportClient),
    happens: (...all: ReadonlyArray<DispatchEvent>) => Queue.offerAll(events, all),
    stands: (next: SyncStatus) => SubscriptionRef.set(status, next)
  }
})

describe("the console of a site", () => {
  it.live("W11: serves the dispatches that its actor knows, with their own ids and versions", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { becomes, client, happens } = yield* site
        const one = dispatch(11, 1, { name: "peak" })
        const two = dispatch(12, 2, { name: "night" })
        yield* happens(Created({ dispatch: one }), Created({ dispatch: two }))
        yield* becomes([one, two])
        const { effective, events } = yield* client.stream(seven)
        const heard = yield* Effect.forkChild(Stream.runCollect(Stream.take(events, 4)))
        yield* effective
        // They change names, and each has its own in the end.
        const first = dispatch(11, 3, { name: "night" })
        const second = dispatch(12, 4, { name: "peak" })
        yield* happens(
          Updated({ dispatch: first, previous: one }),
          Updated({ dispatch: second, previous: two }),
          Retired({ dispatch: first }),
          Deleted({ dispatch: second })
        )
        yield* becomes([first])
        const told = yield* Fiber.join(heard)
        assert.deepStrictEqual(
          told.map(({ kind }) => kind),
          ["Updated", "Updated", "Updated", "Deleted"]
        )
      })
    )
  )

  it.live("W11: writes nothing, tells of no other microgrid, and says that it may only be read", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { becomes, client, console, happens, reports } = yield* site
        const one = dispatch(11, 1)
        const reporter = { id: "0".repeat(32), name: "made up" }
        yield* happens(Created({ dispatch: one }))
        yield* becomes([one])
        const draft = { type: "CHARGE", startTime: "NOW", target: Target.componentIds(7n) } as const
        for (const refused of [
          Effect.asVoid(client.create(seven, draft)),
          Effect.asVoid(client.update(seven, one.id, { active: false })),
          client.delete(seven, one.id),
          Effect.asVoid(reports.report({ microgridId: seven, reporter, reports: [] })),
          Stream.runDrain(client.list(MicrogridId.make(8n)))
        ])
          assert.strictEqual((yield* Effect.flip(refused)).reason._tag, "PermissionDenied")
        assert.deepInclude(yield* console.describeKey, {
          name: undefined,
          rights: ["read"],
          microgrids: [seven]
        })
        const authors = yield* Effect.flip(console.audit(seven, { limit: 10 }))
        assert.strictEqual(authors.reason._tag, "Unimplemented")
        yield* becomes([one])
      })
    )
  )

  it.live("W11: says how well the actor knows the service, at first and with each change", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { client, console, stands } = yield* site
        const { effective, events } = yield* client.stream(seven)
        yield* Effect.forkScoped(Stream.runDrain(events))
        yield* effective
        const until = (isStale: boolean) =>
          console.copyStatuses.pipe(
            Stream.filter((known) => Option.isSome(known) && known.value.isStale === isStale),
            Stream.runHead,
            Effect.timeout("5 seconds"),
            Effect.map((head) => Option.getOrThrow(Option.flatten(head)))
          )
        assert.deepInclude(yield* until(true), { cause: "no answer", since: undefined })
        yield* stands(SyncStatus.Synchronised({ since: at(1) }))
        yield* until(false)
        yield* stands(SyncStatus.Stale({ since: at(2), cause: "the line is cut" }))
        assert.deepInclude(yield* until(true), { cause: "the line is cut", since: at(2) })
      })
    )
  )
})
