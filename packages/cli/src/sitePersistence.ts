/** The knowledge and announcements of an actor, kept in files from one run of the program to the next. */
import type { MicrogridTaken } from "@effect-dispatch/core/MicrogridTaken"
import * as SitePersistence from "@effect-dispatch/core/SitePersistence"
import { Effect, type FileSystem, Layer, type Path } from "effect"
import { Failure } from "./UsageError.ts"

/** Keeps them in a folder, for one process a microgrid. */
export const layer = (folder: string): Layer.Layer<never, Failure, FileSystem.FileSystem | Path.Path> =>
  Layer.catch(SitePersistence.layerFiles(folder), (error) =>
    Layer.effectDiscard(
      Effect.fail(new Failure({ message: `${folder} cannot be used: ${error.message}\n${otherwise}` }))
    )
  )

const otherwise = "Give another one with --state PATH, or keep nothing with --no-keep"

/** Another process did not go. */
export const taken = ({ message }: MicrogridTaken): Failure =>
  new Failure({ message: `${message}\n${otherwise}` })
