/**
 * A client of the dispatch service over gRPC.
 *
 * @since 0.1.0
 */
import { create } from "@bufbuild/protobuf"
import type { CallOptions } from "@connectrpc/connect"
import type { CodecError } from "@effect-dispatch/api/CodecError"
import * as CreateCodec from "@effect-dispatch/api/CreateCodec"
import * as DispatchCodec from "@effect-dispatch/api/DispatchCodec"
import * as ListCodec from "@effect-dispatch/api/ListCodec"
import * as Protobuf from "@effect-dispatch/api/Protobuf"
import * as UpdateCodec from "@effect-dispatch/api/UpdateCodec"
import { DispatchClient, type ListOptions, type StreamEvent } from "@effect-dispatch/core/DispatchClient"
import type { DispatchClientError } from "@effect-dispatch/core/DispatchClientError"
import type { DispatchId } from "@effect-dispatch/core/DispatchId"
import type { MicrogridId } from "@effect-dispatch/core/MicrogridId"
import {
  Cause,
  type Config,
  Deferred,
  Duration,
  Effect,
  Exit,
  Layer,
  Option,
  Queue,
  Random,
  Result,
  Stream
} from "effect"
import {
  type CheckedOptions,
  check,
  type ClientConfigError,
  type ClientOptions,
  fromEnvironment
} from "./ClientConfig.ts"
import { address, type DispatchUrlError } from "./DispatchUrl.ts"
import * as Connection from "./internal/connection.ts"
import { fromCodec, fromThrown, malformed } from "./internal/failure.ts"

/**
 * How often a call that changes nothing is tried again after a passing failure.
 *
 * @category limits
 * @since 0.1.0
 */
export const retriesMax = 3

/**
 * How many events wait for a reader before the service is asked to wait.
 *
 * @category limits
 * @since 0.1.0
 */
export const streamBufferMax = 1_024

/**
 * The client of a service, for the life of the layer. It connects with the first call.
 *
 * @category layers
 * @since 0.1.0
 */
export const layer = (
  options: ClientOptions
): Layer.Layer<DispatchClient, DispatchUrlError | ClientConfigError> =>
  Layer.effect(DispatchClient, Effect.flatMap(check(options), make))

/**
 * The client of the service that the environment names: `DISPATCH_API_URL` and `DISPATCH_API_AUTH_KEY`.
 *
 * @category layers
 * @since 0.1.0
 */
export const layerConfig: Layer.Layer<
  DispatchClient,
  DispatchUrlError | ClientConfigError | Config.ConfigError
> = Layer.effect(
  DispatchClient,
  Effect.gen(function* () {
    return yield* make(yield* check(yield* fromEnvironment))
  })
)

const make = Effect.fnUntraced(function* (options: CheckedOptions) {
  const calls = yield* Connection.make(options)
  const where = address(options.url)
  const timeoutMs = Duration.toMillis(options.callTimeout)

  const call = <A>(send: (options: CallOptions) => Promise<A>): Effect.Effect<A, DispatchClientError> =>
    Effect.tryPromise({ try: (signal) => send({ signal, timeoutMs }), catch: fromThrown(where) })

  /** What is left out of an answer cannot be made up. */
  const decoded = (message: Protobuf.Dispatch | undefined) =>
    message === undefined
      ? Effect.fail(malformed("the dispatch is missing"))
      : Effect.mapError(Effect.fromResult(DispatchCodec.decodeDispatch(message)), (error) =>
          malformed(`${error.path}: ${error.message}`)
        )

  const listPage = (request: Protobuf.ListMicrogridDispatchesRequest) =>
    retrying(call((options) => calls.listMicrogridDispatches(request, options)))

  return DispatchClient.of({
    list: (microgridId, options) => list(listPage, microgridId, options ?? {}),
    stream: (microgridId) => openStream(calls, where, microgridId),
    create: Effect.fn("DispatchClient.create")(function* (microgridId, dispatch) {
      const request = yield* encoded(CreateCodec.encode(microgridId, dispatch))
      const response = yield* call((options) => calls.createMicrogridDispatch(request, options))
      return yield* decoded(response.dispatch)
    }),
    update: Effect.fn("DispatchClient.update")(function* (microgridId, id, changes, { ifUpdateTime } = {}) {
      const request = yield* encoded(UpdateCodec.encode(microgridId, id, changes))
      const headers =
        ifUpdateTime === undefined ? {} : { headers: { "if-update-time": String(ifUpdateTime) } }
      const response = yield* call((options) =>
        calls.updateMicrogridDispatch(request, { ...options, ...headers })
      )
      return yield* decoded(response.dispatch)
    }),
    get: Effect.fn("DispatchClient.get")(function* (microgridId, id) {
      const request = { microgridId, dispatchId: id }
      const response = yield* retrying(call((options) => calls.getMicrogridDispatch(request, options)))
      return yield* decoded(response.dispatch)
    }),
    delete: Effect.fn("DispatchClient.delete")(function* (microgridId, id: DispatchId) {
      yield* call((options) => calls.deleteMicrogridDispatch({ microgridId, dispatchId: id }, options))
    })
  })
})

const encoded = <A>(result: Result.Result<A, CodecError>): Effect.Effect<A, DispatchClientError> =>
  Effect.mapError(Effect.fromResult(result), fromCodec)

/** Tries a call that changes nothing again after a passing failure, a little later each time. */
const retrying = <A>(
  effect: Effect.Effect<A, DispatchClientError>,
  attempt = 0
): Effect.Effect<A, DispatchClientError> =>
  Effect.catch(effect, (error) => {
    // Asking again for what is too large, or after the whole time of a call, is no help.
    const passing = error.reason._tag === "Unavailable" || error.reason._tag === "Protocol"
    if (!passing || attempt >= retriesMax) return Effect.fail(error)
    const delay = Effect.flatMap(Random.next, (random) => Effect.sleep(random * 200 * 2 ** attempt))
    return Effect.andThen(delay, retrying(effect, attempt + 1))
  })

type Page = { readonly token: string } | { readonly size: number } | undefined

/** Pages, one after the other, as they are asked for. A page that is too large is asked for again, half as long. */
const list = (
  listPage: (
    request: Protobuf.ListMicrogridDispatchesRequest
  ) => Effect.Effect<Protobuf.ListMicrogridDispatchesResponse, DispatchClientError>,
  microgridId: MicrogridId,
  { filter = {}, pageSize, sort }: ListOptions
) => {
  const ask = (page: Page): Effect.Effect<Protobuf.ListMicrogridDispatchesResponse, DispatchClientError> =>
    Effect.flatMap(encoded(ListCodec.encode({ microgridId, filter, sort, page })), listPage).pipe(
      Effect.catch((error) => {
        const size = page !== undefined && "size" in page ? page.size : 1
        return error.reason._tag === "ResourceExhausted" && size > 1
          ? ask({ size: Math.floor(size / 2) })
          : Effect.fail(error)
      })
    )
  return Stream.paginate((pageSize === undefined ? undefined : { size: pageSize }) as Page, (page) =>
    Effect.map(ask(page), ({ dispatches, paginationInfo }) => {
      const token = paginationInfo?.nextPageToken
      return [
        dispatches.map(DispatchCodec.decodeRecord),
        token === undefined || token === "" ? Option.none<Page>() : Option.some<Page>({ token })
      ]
    })
  )
}

/**
 * Opens an event stream. Headers arrive only while messages are being asked for, so a pump asks for them from the
 * start and keeps what arrives for the reader, up to `streamBufferMax`.
 */
const openStream = Effect.fnUntraced(function* (
  calls: Connection.Calls,
  where: string,
  microgridId: MicrogridId
) {
  const abort = yield* Effect.acquireRelease(
    // Given to connect, which ends the HTTP/2 stream when the scope closes.
    Effect.sync(() => new AbortController()),
    (controller) => Effect.sync(() => controller.abort())
  )
  const confirmed = yield* Deferred.make<void, DispatchClientError>()
  const confirm = () => Deferred.doneUnsafe(confirmed, Effect.void)
  const received = yield* Queue.bounded<StreamEvent, DispatchClientError | Cause.Done>(streamBufferMax)
  const request = create(Protobuf.StreamMicrogridDispatchesRequestSchema, { microgridId })
  const open = () => calls.streamMicrogridDispatches(request, { signal: abort.signal, onHeader: confirm })
  const messages = Stream.fromAsyncIterable(opensWhenAsked(open), fromThrown(where))
  const pump = Stream.runForEach(messages, (message) => {
    confirm()
    return Queue.offer(received, DispatchCodec.decodeEvent(message))
  })
  const settle = (exit: Exit.Exit<void, DispatchClientError>) => {
    if (Exit.isSuccess(exit)) {
      // A clean end before any sign of life leaves nothing to wait for.
      confirm()
      return Queue.end(received)
    }
    const error = Cause.findErrorOption(exit.cause)
    if (Option.isSome(error)) Deferred.doneUnsafe(confirmed, Effect.fail(error.value))
    return Queue.failCause(received, exit.cause)
  }
  yield* Effect.forkScoped(Effect.onExit(pump, settle))
  return { effective: Deferred.await(confirmed), events: Stream.fromQueue(received) }
})

/**
 * Makes the call together with the first pull. A call made earlier can fail while nobody waits for it, which Node
 * takes for a reason to end the process.
 */
const opensWhenAsked = <A>(open: () => AsyncIterable<A>): AsyncIterable<A> => ({
  [Symbol.asyncIterator]: () => {
    let messages: AsyncIterator<A> | undefined
    return {
      next: () => {
        messages ??= open()[Symbol.asyncIterator]()
        return messages.next()
      }
    }
  }
})
