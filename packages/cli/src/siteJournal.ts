/** The journal of what really ran at a site, in files. */
import * as SiteJournal from "@effect-dispatch/core/SiteJournal"
import { type FileSystem, Effect, Layer, type Path } from "effect"
import { UsageError } from "./UsageError.ts"

/** Keeps it in a folder, under the name of its author. */
export const layer = (
  options: Pick<SiteJournal.JournalFilesOptions, "directory" | "name">
): Layer.Layer<never, UsageError, FileSystem.FileSystem | Path.Path> =>
  Layer.catch(SiteJournal.layerFiles(options), ({ message }) =>
    Layer.effectDiscard(
      Effect.fail(new UsageError({ message, example: "dispatch watch 1 --report --reporter plant-7" }))
    )
  )
