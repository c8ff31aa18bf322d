/** The loss of the worker: what it has told is no longer kept up to date. */
import type { Knowledge } from "../worker/protocol.ts"

/** The way in which the worker was lost. A silent one may go on; a file that is not there needs the page anew. */
export interface Loss {
  readonly kind: "Ended" | "Silent" | "Unreadable" | "Unloadable"
  readonly cause: string
  /** The instant of its last word, in epoch milliseconds. */
  readonly at: number
}

/** The knowledge after a loss: what was in sync is stale from the last word on. */
export const knowledgeAfter = (told: Knowledge, loss: Loss | undefined): Knowledge => {
  if (loss === undefined) return told
  const { at, cause } = loss
  return told.status === "Synchronised" ? { ...told, status: "Stale", since: at, cause } : { ...told, cause }
}
