import { create as message } from "@bufbuild/protobuf"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as DispatchError from "@effect-dispatch/core/DispatchError"
import * as AccessControl from "@effect-dispatch/server/AccessControl"
import { assert, describe } from "@effect/vitest"
import { Effect } from "effect"
import * as DispatchRoutes from "../src/internal/grpc/dispatchRoutes.ts"
import type { Call } from "../src/internal/grpc/route.ts"
import { UnreadAnswers } from "../src/internal/grpc/unreadAnswers.ts"
import { Signal } from "../src/internal/signal.ts"
import { create } from "./services.ts"
import { test } from "./serving.ts"

/** A stream that this machine follows, which may be ended; its call is over with the scope. */
const follow = Effect.fnUntraced(function* (
  fail: Call["fail"] = () => {},
  stopping = new Signal<DispatchError.DispatchError>()
) {
  const access = yield* AccessControl.AccessControl
  const unread = new UnreadAnswers(64 << 20, () => {})
  const routes = DispatchRoutes.routes({ access, unread, stopping })
  const method = Protobuf.MicrogridDispatchService.method.streamMicrogridDispatches
  const releases: Array<() => void> = []
  yield* Effect.addFinalizer(() => Effect.sync(() => releases.forEach((release) => release())))
  const call: Call = {
    method,
    header: () => undefined,
    remoteAddress: "127.0.0.1",
    sendHeaders: () => {},
    fail,
    failure: undefined,
    expire: () => {},
    whenOver: (release) => releases.push(release)
  }
  const route = routes.find((each) => each.method === method)
  const admitted = yield* route?.gate(call) ?? Effect.die("there is no such route")
  if (admitted._tag !== "Stream") return yield* Effect.die("it is no stream")
  return yield* admitted.answer(message(method.input, { microgridId: 1n }))
})

describe("the routes of dispatches", () => {
  test("a change is one frame, whatever the number of its streams", () =>
    Effect.gen(function* () {
      const streams = yield* Effect.replicateEffect(follow(), 3)
      const next = () => streams.map((frames) => frames.next())
      yield* create()
      const first = next()
      assert.isDefined(first[0])
      for (const frame of first) assert.strictEqual(frame, first[0])
      yield* create()
      assert.notStrictEqual(next()[0], first[0])
    }))

  test("a stream ends when the service stops, and one that is over leaves nothing behind", () =>
    Effect.gen(function* () {
      const stopping = new Signal<DispatchError.DispatchError>()
      const failed: Array<string> = []
      yield* Effect.scoped(Effect.asVoid(follow(() => failed.push("over"), stopping)))
      yield* Effect.asVoid(follow(() => failed.push("open"), stopping))
      stopping.happen(DispatchError.unavailable("the service is shutting down"))
      assert.deepStrictEqual(failed, ["open"])
    }))
})
