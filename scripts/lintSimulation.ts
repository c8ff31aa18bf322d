/**
 * Rules of the linter that keep the simulation whole. `packages/*\/src` must not reach for anything that a test cannot
 * decide (the time, chance, the process), nor for control flow that Effect does not see. Adapters are named, each with
 * its reason, in `.oxlintrc.json`.
 */

interface Node {
  readonly type: string
}

interface Identifier extends Node {
  readonly name: string
}

interface Reference {
  readonly identifier: Identifier
  readonly isTypeReference?: boolean
}

interface Scope {
  readonly set: ReadonlyMap<
    string,
    { readonly defs: ReadonlyArray<unknown>; readonly references: ReadonlyArray<Reference> }
  >
  readonly through: ReadonlyArray<Reference>
}

interface Member extends Node {
  readonly object: Identifier
  readonly property: { readonly name?: string; readonly value?: unknown }
}

interface Import extends Node {
  readonly source: { readonly value: unknown }
  readonly importKind?: string
  readonly specifiers?: ReadonlyArray<Node & { readonly imported?: { readonly name?: string } }>
}

interface RuleContext {
  readonly report: (problem: { readonly node: Node; readonly message: string }) => void
  readonly sourceCode: { readonly scopeManager: { readonly globalScope: Scope | null } }
}

/** The names that a rule forbids, and the right thing instead. */
interface Ban {
  readonly instead: string
  readonly globals?: ReadonlyArray<string>
  /** As `Object.property`. */
  readonly members?: ReadonlyArray<string>
  /** Whole modules. */
  readonly modules?: ReadonlyArray<string>
  /** As `module#export`. */
  readonly imports?: ReadonlyArray<string>
}

const bans: Record<string, Ban> = {
  "no-clock": {
    instead: "take the time from Effect's Clock or DateTime, so that a test decides it",
    globals: ["Date", "performance", "Temporal"],
    modules: ["perf_hooks"]
  },
  "no-timers": {
    instead: "use Effect.sleep, a Schedule or the DispatchScheduler",
    globals: ["setTimeout", "setInterval", "setImmediate"],
    members: ["AbortSignal.timeout"],
    modules: ["timers", "timers/promises"]
  },
  "no-chance": {
    instead: "use Effect's Random, so that a seed decides it",
    globals: ["crypto"],
    members: ["Math.random"],
    imports: ["randomBytes", "randomFill", "randomFillSync", "randomInt", "randomUUID", "webcrypto"].map(
      (name) => `crypto#${name}`
    )
  },
  "no-console": {
    instead: "use Effect.log, or the output of the program",
    globals: ["console"],
    modules: ["console"]
  },
  "no-process": {
    instead: "take settings from Config; only the edge touches the process",
    globals: ["process"],
    modules: ["process"]
  }
}

const banned = (ban: Ban) => {
  const message = (what: string) => `${what} is a hole in the simulation: ${ban.instead}.`
  return {
    create(context: RuleContext) {
      const checkMember = (node: Member) => {
        const property = node.property.name ?? String(node.property.value)
        if (node.object.name === "globalThis" && ban.globals?.includes(property)) {
          context.report({ node, message: message(property) })
        }
        const path = `${node.object.name}.${property}`
        if (ban.members?.includes(path)) context.report({ node, message: message(path) })
      }
      const checkImport = (node: Import) => {
        const module = String(node.source.value).replace(/^node:/, "")
        if (node.importKind === "type") return
        if (ban.modules?.includes(module)) context.report({ node, message: message(`The module ${module}`) })
        for (const specifier of node.specifiers ?? []) {
          const name = specifier.imported?.name
          if (name && ban.imports?.includes(`${module}#${name}`)) {
            context.report({ node: specifier, message: message(`${name} of ${module}`) })
          }
        }
      }
      return {
        "Program:exit"() {
          const scope = context.sourceCode.scopeManager.globalScope
          if (!scope) return
          const builtIn = [...scope.set.values()].filter(({ defs }) => defs.length === 0)
          const references = new Set([...builtIn.flatMap(({ references }) => references), ...scope.through])
          for (const { identifier, isTypeReference } of references) {
            if (!isTypeReference && ban.globals?.includes(identifier.name)) {
              context.report({ node: identifier, message: message(identifier.name) })
            }
          }
        },
        MemberExpression: checkMember,
        ImportDeclaration: checkImport,
        ImportExpression: checkImport
      }
    }
  }
}

const noAsync = {
  create(context: RuleContext) {
    const check = (node: Node & { readonly async?: boolean }) => {
      if (node.async) {
        context.report({
          node,
          message: "An async function cannot be interrupted: write an Effect, or a Stream."
        })
      }
    }
    return {
      FunctionDeclaration: check,
      FunctionExpression: check,
      ArrowFunctionExpression: check,
      AwaitExpression(node: Node) {
        context.report({ node, message: "Await cannot be interrupted: write an Effect, or a Stream." })
      }
    }
  }
}

const noTry = {
  create(context: RuleContext) {
    return {
      TryStatement(node: Node) {
        context.report({
          node,
          message: "What try catches has no type: use Effect.try, Result.try or Effect.ensuring."
        })
      }
    }
  }
}

export default {
  meta: { name: "simulation" },
  rules: {
    "no-async": noAsync,
    "no-try": noTry,
    ...Object.fromEntries(Object.entries(bans).map(([rule, ban]) => [rule, banned(ban)]))
  }
}
