import type { Mutants } from "./mutant.ts"

const stores = ["packages/server/test/DispatchStore.test.ts"]
const everyStore = [...stores, "test/integration/postgresStore.test.ts"]

/** Names of dispatches. */
export const names: Mutants = {
  "packages/core/src/DispatchName.ts": {
    "names-end-with-blanks": {
      fault: "Two names look the same, since one ends with a blank",
      text: `return name.trim() === name ? undefined : "begins or ends with a blank"`,
      replacement: "return undefined",
      tests: ["packages/server/test/DispatchService.test.ts"]
    }
  },
  "packages/core/src/Dispatch.ts": {
    "names-are-no-content": {
      fault: "A version with another name is taken for the same",
      text: "this.name === that.name &&",
      replacement: "",
      tests: ["packages/core/test/Dispatch.test.ts"]
    }
  },
  "packages/client/src/internal/extensionCalls.ts": {
    "names-are-sought-where-there-are-none": {
      fault: "A listing by name goes to a service that knows no names, and shows all",
      text: "return names.length === 0",
      replacement: "return names.length >= 0",
      tests: ["packages/client/test/Names.test.ts"]
    },
    "names-are-sent-where-there-are-none": {
      fault: "A name is sent to a service that keeps none",
      text: `...(written.name === undefined ? [] : (["name"] as const))`,
      replacement: "",
      tests: ["packages/client/test/Names.test.ts"]
    },
    "names-that-are-lost-are-believed": {
      fault: "A name that the service lost is taken for kept",
      text: `written.name === undefined || (written.name ?? undefined) === made.name ? [] : ["the name"]`,
      replacement: "[]",
      tests: ["packages/client/test/Names.test.ts"]
    }
  },
  "packages/server/src/internal/dispatchVersions.ts": {
    "names-are-lost-by-updates": {
      fault: "An update of something else takes the name away",
      text: "changes.name === undefined ? presentName : (changes.name ?? undefined)",
      replacement: "changes.name ?? undefined",
      tests: ["packages/server/test/DispatchService.test.ts"]
    }
  },
  "packages/server/src/DispatchService.ts": {
    "names-taken-are-no-reason": {
      fault: "A name that another has is told as a conflict with another writer",
      text: "DispatchError.alreadyExists(message)",
      replacement: "DispatchError.conflict(message)",
      tests: ["packages/server/test/DispatchService.test.ts"]
    }
  },
  "packages/server/src/DispatchStoreMemory.ts": {
    "names-are-taken-by-their-own-dispatch": {
      fault: "A dispatch in memory cannot be changed without giving up its name",
      text: "columns.name === name && columns.id !== id",
      replacement: "columns.name === name",
      tests: stores
    }
  },
  "packages/server/src/internal/sql/transactedWrites.ts": {
    "names-are-given-twice-by-updates": {
      fault: "An update takes a name from SQLite that another dispatch has, and hears of a broken store",
      text: `if (kind === "Updated") yield* SqlNames.check(sql, toSigned(microgridId), dispatch)`,
      replacement: "",
      tests: stores
    }
  },
  "packages/server/src/internal/sql/sqlNames.ts": {
    "names-of-deleted-dispatches-are-taken": {
      fault: "The name of a deleted dispatch is never free again",
      text: "AND deleted_time IS NULL AND ${condition(sql, names)}",
      replacement: "AND ${condition(sql, names)}",
      tests: stores
    },
    "names-are-not-told-from-other-failures": {
      fault: "PostgreSQL refuses a name that another has, and the caller hears of a broken store",
      text: `reason._tag === "UniqueViolation" && reason.constraint === nameIndex`,
      replacement: `reason._tag === "UniqueViolation" && reason.constraint !== nameIndex`,
      tests: everyStore
    }
  },
  "packages/server/src/internal/sql/sqlMigrations.ts": {
    "names-are-given-twice": {
      fault: "Two services on one PostgreSQL give one name twice",
      text: "`CREATE UNIQUE INDEX ${nameIndex}",
      replacement: "`CREATE INDEX ${nameIndex}",
      tests: everyStore
    }
  }
}
