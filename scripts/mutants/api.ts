import type { Mutants } from "./mutant.ts"

export const api: Mutants = {
  "packages/api/src/DispatchCodec.ts": {
    "wire-older-clients-cannot-read": {
      fault: "Wire: services answer categories in an arm that older clients do not know",
      text: `const data = encodeData(dispatch, dispatch.startTime, "client")`,
      replacement: `const data = encodeData(dispatch, dispatch.startTime, "service")`
    }
  },
  "packages/api/src/FieldPaths.ts": {
    "paths-lose-the-place-in-a-list": {
      fault: "Wire: a refusal of one number of a list does not say which",
      text: 'if (below === "") return each[to] + index',
      replacement: 'if (below === "") return each[to]'
    },
    "paths-in-a-payload-are-translated": {
      fault: "Wire: the keys of a payload are taken for fields of the API",
      text: 'field("payload", "payload", "Free")',
      replacement: 'field("payload", "payload", [field("startTime", "start_time")])'
    },
    "paths-end-in-the-midst-of-a-name": {
      fault: "Wire: a field that begins like another is taken for it",
      text: 'if (each.of === "Free" || !below.startsWith(".")) continue',
      replacement: 'if (each.of === "Free") continue'
    },
    "paths-of-a-rule-are-those-of-the-wire": {
      fault: "Wire: a part of a rule has one name on both sides",
      text: 'field("byHours", "byhours")',
      replacement: 'field("byhours", "byhours")'
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
    "details-of-another-code-count": {
      fault: "details that belong to another status are believed",
      text: "details: details?.code === code ? details.details : []",
      replacement: "details: details?.details ?? []"
    },
    "percent-signs-go-as-they-are": {
      fault: "a message with a percent sign before digits arrives as another",
      text: "/[^ -~]|%|^ | $/gu",
      replacement: "/[^ -~]|^ | $/gu"
    },
    "all-characters-are-encoded": {
      fault: "messages reach some clients with signs of percent in them",
      text: "text.replace(/[^ -~]|%|^ | $/gu, encodeURIComponent)",
      replacement: "encodeURIComponent(text)",
      tests: ["test/interop/clients.test.ts"]
    }
  },
  "packages/api/src/ListCodec.ts": {
    "wire-listing-is-asked-for-as-by-older-clients": {
      fault: "Wire: a client asks for categories in the arm that some services number differently",
      text: `TargetCodec.encode(target, path, "service")`,
      replacement: `TargetCodec.encode(target, path, "client")`,
      tests: ["packages/api/test/ListCodec.test.ts"]
    },
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
      text: `if (paths.includes("recurrence.frequency") && !recurs(message)) return null`,
      replacement: `if (paths.join() === "recurrence.frequency" && !recurs(message)) return null`
    },
    "wire-older-mask-is-refused": {
      fault: "Wire: an older name of the target is not known",
      text: `["selector", "target"]`,
      replacement: `["selector", "type"]`
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
  },
  "packages/api/src/DispatchFrames.ts": {
    "length-of-128-in-one-byte": {
      fault: "a dispatch of 128 bytes makes an answer that cannot be read",
      text: "left > 127",
      replacement: "left > 128",
      tests: ["packages/api/test/DispatchFrames.test.ts"]
    }
  }
}
