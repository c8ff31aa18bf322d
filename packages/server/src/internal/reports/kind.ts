/** The kind of a run: its type, and whether it has an effect. A dispatch has one run of a kind at an occurrence. */
import type { StoredReport } from "../../ReportStore.ts"

/** The kind as one text. */
export const kindOf = ({ dryRun, type }: Pick<StoredReport, "dryRun" | "type">): string =>
  `${dryRun ? "dry" : "live"} ${type}`
