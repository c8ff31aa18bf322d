import type { Mutants } from "./mutant.ts"

export const api: Mutants = {
  "packages/api/src/DispatchCodec.ts": {
    "wire-older-clients-cannot-read": {
      fault: "Wire: services answer categories in an arm that older clients do not know",
      text: `const data = encodeData(dispatch, dispatch.startTime, "data", "client")`,
      replacement: `const data = encodeData(dispatch, dispatch.startTime, "data", "service")`
    }
  },
  "packages/api/src/GrpcFraming.ts": {
    "announced-length-is-believed": {
      fault: "memory is taken for what a message announces",
      text: "Math.min(this.#total ?? prefixBytes, Math.max(2 * length, reservedBytesMax))",
      replacement: "Math.max(this.#total ?? prefixBytes, length)"
    },
    "prefix-is-not-checked": {
      fault: "a message larger than may be is read",
      text: "else if (announced > this.#bytesMax)",
      replacement: "else if (announced > Infinity)"
    }
  },
  "packages/api/src/GrpcTrailers.ts": {
    "all-characters-are-encoded": {
      fault: "messages reach some clients with signs of percent in them",
      text: "text.replace(/[^ -~]|%|^ | $/gu, encodeURIComponent)",
      replacement: "encodeURIComponent(text)",
      tests: ["test/interop/clients.test.ts"]
    }
  },
  "packages/api/src/ListCodec.ts": {
    "wire-listing-by-nothing-is-refused": {
      fault: "Wire: a listing by a target of nothing is refused, instead of finding nothing",
      text: `const targets = each(message.targets, "filter.targets", TargetCodec.decodeSought)`,
      replacement: `const targets = each(message.targets, "filter.targets", TargetCodec.decode)`,
      tests: ["packages/api/test/ListCodec.test.ts"]
    }
  },
  "packages/api/src/UpdateCodec.ts": {
    "wire-frequency-zero-does-not-win": {
      fault: "Wire: in a mask, what else is said of a rule wins over a frequency of 0",
      text: `if (paths.includes("recurrence.freq") && !recurs(message)) {`,
      replacement: `if (path === "recurrence.freq" && !recurs(message)) {`
    },
    "wire-older-mask-is-refused": {
      fault: "Wire: an older name of the target is not known",
      text: `const path = sent.replace(olderTarget, "target")`,
      replacement: "const path = sent"
    }
  },
  "packages/api/src/internal/recurrenceCodec.ts": {
    "wire-once-is-refused": {
      fault: "Wire: a recurrence without a frequency is not once",
      text: "if (message.freq === RecurrenceRule_Frequency.UNSPECIFIED) return undefined",
      replacement: ""
    }
  },
  "packages/api/src/internal/targetCodec.ts": {
    "wire-number-of-two-meanings-is-read": {
      fault: "Wire: a category that two generations number differently is read",
      text: "if (number <= lastShared) return { category: name }",
      replacement: "if (number <= ElectricalComponentCategory.STEAM_BOILER) return { category: name }"
    }
  }
}
