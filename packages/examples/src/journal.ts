import { DispatcherGrpc } from "@effect-dispatch/client"
import {
  Dispatcher,
  type JournalEntry,
  JournalStore,
  MicrogridId,
  RunBook,
  SiteJournal
} from "@effect-dispatch/core"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Layer } from "effect"

/** A dispatcher that writes down what really ran, in files of a directory. */
export const dispatcherOf = (microgrid: bigint, directory: string) =>
  DispatcherGrpc.layerConfig({ microgridId: MicrogridId.make(microgrid), persistence: directory }).pipe(
    Layer.provide(SiteJournal.layerFiles({ directory, name: `plant ${microgrid}` })),
    Layer.provide(NodeServices.layer)
  )

/** The runs of the last days, each as it was. */
export const history = Effect.gen(function* () {
  const { journal } = yield* Dispatcher.Dispatcher
  const { after } = yield* Effect.fromOption(journal)
  const book = new RunBook.RunBook()
  let place: JournalStore.JournalPosition | undefined = JournalStore.beginning
  while (place !== undefined) {
    const entries: ReadonlyArray<JournalEntry.JournalEntry> = yield* after(place, 1_000)
    for (const entry of entries) book.add(entry)
    place = entries.at(-1)
  }
  return book.runs
})
