import { globSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import {
  againstTheArrows,
  arrows,
  cycles,
  deep,
  dependenciesAgainstTheArrows,
  engineOutside,
  protobufInServer,
  reaches,
  undeclared
} from "./importRules.ts"
import { casts, countOf } from "./castRules.ts"
import {
  deadRules,
  misfiledLimits,
  rulesByModule,
  unsettled,
  withoutExample,
  withoutRule
} from "./exampleRules.ts"
import { dead, missingInIndex, namesShown } from "./exportRules.ts"
import { modulesNaming } from "./fieldRules.ts"
import { countedOddly } from "./metricRules.ts"
import {
  bareTruths,
  headlessComments,
  misplaced,
  otherRelease,
  tooLong,
  tooLongFunctions,
  tooManyParameters,
  tooOldNode,
  undocumented,
  unpinned,
  unpinnedInCatalog,
  unranged,
  untested
} from "./shapeRules.ts"
import { type Manifest, parse, read, scope, type Workspace } from "./workspace.ts"

const root = join(import.meta.dirname, "../..")
const real = read(root)
/** The code in documents for users, and the examples in docstrings. */
const shown = namesShown([
  ...globSync(["*.md", "packages/*/*.md"], { cwd: root }).map((file) =>
    readFileSync(join(root, file), "utf8")
  ),
  ...real.modules.flatMap(({ exports }) =>
    exports.flatMap(({ comment }) =>
      comment?.includes("@example") ? [comment.replaceAll(/^ *\* ?/gm, "")] : []
    )
  )
])
/** The package that makes the API reference. */
const docs = JSON.parse(readFileSync(join(root, "scripts/docs/package.json"), "utf8")) as Manifest

/** A workspace of packages that depend on all they may, with the sources given by path. */
const planted = (
  sources: Readonly<Record<string, string>>,
  changed: Readonly<Record<string, Partial<Manifest>>> = {}
): Workspace => {
  const dependenciesOf = (folders: ReadonlyArray<string>) =>
    Object.fromEntries(folders.map((folder) => [scope + folder, "workspace:^"]))
  const folders = Object.keys(arrows)
  return {
    manifests: new Map([
      ["", { name: "effect-dispatch", version: "0.1.0" }],
      ...folders.map((folder): [string, Manifest] => [
        folder,
        {
          name: scope + folder,
          version: "0.1.0",
          dependencies: dependenciesOf(arrows[folder] ?? []),
          peerDependencies: { effect: "catalog:published" },
          exports: { ".": "./src/index.ts", "./*": "./src/*.ts", "./internal/*": null },
          ...changed[folder]
        }
      ])
    ]),
    modules: Object.entries(sources).map(([path, source]) => parse(path, source))
  }
}

const documented = (code: string) =>
  `/**\n * What it is.\n *\n * @category models\n * @since 0.1.0\n */\n${code}\n`

describe("what there is to check", () => {
  it("all packages and the tests of the whole system are read", () => {
    assert.sameMembers([...real.manifests.keys()], ["", ...Object.keys(arrows)])
    const mains: Readonly<Record<string, string>> = {
      cli: "bin",
      console: "worker/main",
      examples: "siteController"
    }
    for (const folder of Object.keys(arrows)) {
      assert.include(
        real.modules.map(({ path }) => path),
        `packages/${folder}/src/${mains[folder] ?? "index"}.ts`
      )
    }
    assert.include(
      real.modules.map(({ path }) => path),
      "test/architecture/architecture.test.ts"
    )
  })

  it("imports are seen in every form, also of types, and in no comment or text", () => {
    const { imports } = parse(
      "packages/core/src/X.ts",
      `import "a"; import type { B } from "b"; import { type C } from "c"; export * from "d"; export { e } from "e"
       export type F = import("f").F; const g = () => import("g"); export * as h from "h"
       // import "i"
       const j = 'import "j"'`
    )
    assert.deepStrictEqual(imports, ["a", "b", "c", "d", "e", "f", "g", "h"])
  })
})

describe("imports", () => {
  it("follow the arrows", () => assert.deepStrictEqual(againstTheArrows(real), []))

  it("against an arrow are seen", () => {
    const workspace = planted({
      "packages/core/src/A.ts": `import type { Wire } from "@effect-dispatch/api/Wire"`,
      "packages/client/src/B.ts": `import * as Server from "@effect-dispatch/server"`,
      "packages/server/src/C.ts": `import { fake } from "@effect-dispatch/testing"`,
      "packages/testing/src/D.ts": `export * from "@effect-dispatch/cli"`,
      "packages/testing/test/E.test.ts": `import { run } from "@effect-dispatch/cli"`,
      "packages/core/src/F.ts": `import { readFileSync } from "node:fs"`,
      "packages/core/src/internal/G.ts": `import { Big } from "big.js"`,
      "packages/core/src/H.ts": `import { fixture } from "../test/fixture.ts"`,
      "packages/core/test/I.test.ts": `import { Wire } from "../../api/src/Wire.ts"`,
      "packages/examples/src/J.ts": `import { fake } from "@effect-dispatch/testing"`,
      "packages/client/src/K.ts": `import { Service } from "@effect-dispatch/examples/serving"`
    })
    assert.deepStrictEqual(
      againstTheArrows(workspace).map((line) => line.split(" ")[0]),
      workspace.modules.map(({ path }) => path)
    )
  })

  it("along an arrow, of the package itself, and of testing by tests are allowed", () => {
    assert.deepStrictEqual(
      againstTheArrows(
        planted({
          "packages/core/src/A.ts": `import { Effect } from "effect"; import { b } from "./internal/b.ts"`,
          "packages/core/src/internal/b.ts": `import * as A from "../A.ts"; import rrule from "rrule"`,
          "packages/core/test/A.test.ts": `import * as A from "../src/A.ts"; import { fake } from "@effect-dispatch/testing"`,
          "packages/cli/src/bin.ts": `import { layer } from "@effect-dispatch/server"; import "node:fs"`,
          "packages/cli/test/bin.test.ts": `import { bin } from "@effect-dispatch/cli"`,
          "packages/examples/src/site.ts": `import { layer } from "@effect-dispatch/server"`,
          "packages/examples/test/site.test.ts": `import { fake } from "@effect-dispatch/testing"`,
          "test/integration/all.test.ts": `import { bin } from "@effect-dispatch/cli"`
        })
      ),
      []
    )
  })

  it("are of stated dependencies, and these follow the arrows", () => {
    assert.deepStrictEqual(undeclared(real), [])
    assert.deepStrictEqual(dependenciesAgainstTheArrows(real), [])
  })

  it("of what no manifest states are seen", () => {
    const workspace = planted(
      {
        "packages/core/src/A.ts": `import { rrulestr } from "rrule"; import { Effect } from "effect/Effect"`,
        "packages/core/test/A.test.ts": `import { it } from "@effect/vitest"`,
        "test/b.test.ts": `import { z } from "zod"`
      },
      { core: { devDependencies: { "@effect/vitest": "catalog:" } } }
    )
    assert.deepStrictEqual(undeclared(workspace), [
      "packages/core/src/A.ts imports rrule: rrule is not a dependency",
      "test/b.test.ts imports zod: zod is not a dependency"
    ])
  })

  it("that a manifest allows itself against the arrows are seen", () => {
    const changed = {
      core: { dependencies: { "@effect-dispatch/api": "workspace:*" } },
      server: { devDependencies: { "@effect-dispatch/testing": "workspace:*" } },
      client: { devDependencies: { "@effect-dispatch/server": "workspace:*" } },
      api: { peerDependencies: { "@effect-dispatch/testing": "workspace:*" } }
    }
    assert.deepStrictEqual(dependenciesAgainstTheArrows(planted({}, changed)), [
      "packages/core/package.json depends on @effect-dispatch/api",
      "packages/api/package.json depends on @effect-dispatch/testing",
      "packages/client/package.json depends on @effect-dispatch/server"
    ])
  })

  it("stay out of what another package keeps to itself", () => {
    assert.deepStrictEqual(deep(real), [])
    const workspace = planted({
      "packages/api/src/A.ts": `import { bits } from "@effect-dispatch/core/internal/bits"`,
      "packages/api/test/B.test.ts": `import { A } from "@effect-dispatch/core/src/A"`,
      "test/c.test.ts": `import { A } from "../packages/core/src/A.ts"`,
      "packages/client/src/D.ts": `import { Dispatch } from "@effect-dispatch/core/Dispatch"`,
      "scripts/bench/e.ts": `import { a } from "../../packages/core/src/internal/a.ts"`,
      "scripts/bench/f.ts": `import { A } from "../../packages/core/src/A.ts"`,
      "test/g.test.ts": `import { a } from "../packages/core/src/internal/a.ts"`
    })
    assert.deepStrictEqual(
      deep(workspace).map((line) => line.split(" ")[0]),
      [
        "packages/api/src/A.ts",
        "packages/api/test/B.test.ts",
        "test/c.test.ts",
        "scripts/bench/f.ts",
        "test/g.test.ts"
      ]
    )
  })

  it("bring the engine of clusters into its adapter alone", () => {
    assert.deepStrictEqual(engineOutside(real), [])
    const workspace = planted({
      "packages/fleet/src/internal/engine/names.ts": `import { Sharding } from "effect/cluster"`,
      "packages/fleet/src/FleetRunner.ts": `import type { Sharding } from "effect/cluster/Sharding"`,
      "packages/fleet/src/Metrics.ts": `import { Effect } from "effect"`
    })
    assert.deepStrictEqual(
      engineOutside(workspace).map((line) => line.split(":")[0]),
      ["packages/fleet/src/FleetRunner.ts imports effect/cluster/Sharding"]
    )
  })

  it("bring protobuf into the server's gRPC and the codec of its stores alone", () =>
    assert.deepStrictEqual(protobufInServer(real), []))

  it("that bring protobuf elsewhere are seen, also by way of the API", () => {
    const workspace = planted({
      "packages/api/src/Protobuf.ts": `export * from "./gen/dispatch_pb.js"`,
      "packages/api/src/Codec.ts": `import { part } from "./internal/part.ts"; import "@effect-dispatch/core/A"`,
      "packages/api/src/internal/part.ts": `import type { A } from "../Protobuf.ts"`,
      "packages/api/src/Limits.ts": `import { A } from "@effect-dispatch/core/A"`,
      "packages/core/src/A.ts": "export const A = 1",
      "packages/server/src/Store.ts": `import * as Codec from "@effect-dispatch/api/Codec"; import "@effect-dispatch/api/Limits"`,
      "packages/server/src/internal/paging.ts": `import type { A } from "@bufbuild/protobuf"; import "effect"`,
      "packages/server/src/internal/grpcs.ts": `import { A } from "@effect-dispatch/api"`,
      "packages/api/src/index.ts": `export { A } from "./Protobuf.ts"`,
      "packages/server/src/internal/grpc/routes.ts": `import { A } from "@effect-dispatch/api/Protobuf"`,
      "packages/server/src/DispatchFormatProtobuf.ts": `import { toBinary } from "@bufbuild/protobuf"`,
      "packages/client/src/Calls.ts": `import * as Codec from "@effect-dispatch/api/Codec"`
    })
    assert.deepStrictEqual(
      protobufInServer(workspace).map((line) => line.split(":")[0]),
      [
        "packages/server/src/Store.ts imports @effect-dispatch/api/Codec",
        "packages/server/src/internal/paging.ts imports @bufbuild/protobuf",
        "packages/server/src/internal/grpcs.ts imports @effect-dispatch/api"
      ]
    )
  })

  it("make no cycle", () => assert.deepStrictEqual(cycles(real), []))

  it("that make a cycle are seen, within a package and across packages", () => {
    const workspace = planted({
      "packages/core/src/A.ts": `import type { B } from "./internal/b.ts"`,
      "packages/core/src/internal/b.ts": `export { A } from "../A.ts"`,
      "packages/api/src/index.ts": `import { C } from "@effect-dispatch/server/C"`,
      "packages/server/src/C.ts": `import * as Api from "@effect-dispatch/api"`,
      "packages/cli/src/D.ts": `import * as A from "@effect-dispatch/core/A"`
    })
    assert.deepStrictEqual(cycles(workspace), [
      "packages/core/src/A.ts -> packages/core/src/internal/b.ts -> packages/core/src/A.ts",
      "packages/api/src/index.ts -> packages/server/src/C.ts -> packages/api/src/index.ts"
    ])
  })
})

describe("the keeper of records", () => {
  const core = "packages/core/src/"
  const deciding = [`${core}Timeline.ts`, `${core}DispatchMirror.ts`]

  it("reads neither timeline nor mirror", () =>
    assert.deepStrictEqual(reaches(real, `${core}internal/site/siteKeeper.ts`, deciding), []))

  it("that reads one of them is seen, however far away; a type is nothing to read", () => {
    const keeper = `${core}internal/site/siteKeeper.ts`
    const workspace = planted({
      [keeper]: `import type { Timeline } from "../../Timeline.ts"; import { type DispatchMirror } from "../../DispatchMirror.ts"
        import { write } from "./writer.ts"; export const a: Timeline | DispatchMirror = write`,
      [`${core}internal/site/writer.ts`]: `export * as Mirror from "../../DispatchMirror.ts"; export const write = 1`,
      [`${core}DispatchMirror.ts`]: `export type DispatchMirror = 1`,
      [`${core}Timeline.ts`]: `export type Timeline = 1`
    })
    assert.deepStrictEqual(reaches(workspace, keeper, deciding), [
      `${keeper} -> ${core}internal/site/writer.ts -> ${core}DispatchMirror.ts`
    ])
  })
})

describe("modules", () => {
  it("of packages have at most 400 lines", () => assert.deepStrictEqual(tooLong(real), []))

  it("that are longer are seen", () => {
    const lines = (count: number) => "export {}\n".repeat(count)
    const workspace = planted({
      "packages/core/src/A.ts": lines(400),
      "packages/core/src/B.ts": lines(401),
      "packages/core/test/C.test.ts": lines(401)
    })
    assert.deepStrictEqual(tooLong(workspace), [
      "packages/core/src/B.ts has 401 lines; split it by concept before 400"
    ])
  })

  it("have no comment that opens with a question word", () =>
    assert.deepStrictEqual(headlessComments(real), []))

  it("with such comments are seen, of either kind", () => {
    const found = (source: string) => headlessComments(planted({ "packages/core/src/A.ts": source })).length
    assert.strictEqual(found("/** What is known. */\nexport const a = 1 // Whoever asks is told.\n"), 2)
    assert.strictEqual(found("/**\n * Whether it is so.\n */\n// How it is.\n/* Who is. */\n"), 3)
    assert.strictEqual(
      found('/** Whatsoever. */\n// However slow, it ends; what is due waits.\nconst a = "What is"\n'),
      0
    )
  })

  it("have functions of at most 70 lines, closures included", () =>
    assert.deepStrictEqual(tooLongFunctions(real), []))

  it("have functions of at most 50 lines, with hardly an exception", () =>
    assert.isAtMost(tooLongFunctions(real, 50).length, 5))

  it("with functions that are longer are seen, whatever kind of function", () => {
    const body = "\n  void 0".repeat(68)
    const workspace = planted({
      "packages/core/src/A.ts": `export const a = () => {${body}\n}\nexport function b() {${body}\n  void 1\n}`,
      "packages/core/src/B.ts": `export class C {\n  c(\n    d: number\n  ) {${body}\n  }\n}`,
      "packages/core/src/C.ts": `export const e = [() =>\n  function* () {${body}\n  void 1\n}]`,
      "packages/core/test/D.test.ts": `test(() => {${body}${body}\n})`,
      "scripts/e.ts": `export const f =\n  (g: number) =>\n  (h: number) => {${body}\n  }`
    })
    assert.deepStrictEqual(tooLongFunctions(workspace), [
      "packages/core/src/A.ts:71 a function of 71 lines",
      "packages/core/src/B.ts:2 a function of 72 lines",
      "packages/core/src/C.ts:1 a function of 72 lines",
      "packages/core/src/C.ts:2 a function of 71 lines",
      "scripts/e.ts:1 a function of 72 lines"
    ])
  })

  it("have functions of at most four parameters, except where connect calls them", () =>
    assert.deepStrictEqual(
      tooManyParameters(real).map((line) => line.replace(/:\d+/, "")),
      [
        "packages/client/src/internal/grpcTransport.ts unary has 5 parameters",
        "packages/client/src/internal/grpcTransport.ts stream has 5 parameters"
      ]
    ))

  it("have no function with a boolean among several parameters", () =>
    assert.deepStrictEqual(bareTruths(real), []))

  it("with functions of more parameters, or a boolean among them, are seen, whatever kind of function", () => {
    const workspace = planted({
      "packages/core/src/A.ts": `export const a = (b: A, c: B, d: C, e: D, f: E) => 1
        export class G { constructor(h: A, private i: boolean) {} j(k: A, l = false) {} m(n: boolean) {} }`,
      "packages/core/src/B.ts": `export interface O { p(q: A, r?: boolean | undefined): void; readonly s: (t: A, u: B, v: C, w: D, x: E) => void }
        export type Y = (z: boolean, a: A) => void; export function b(c: boolean, d: A): asserts c {}`,
      "packages/core/src/C.ts": `export const e = (f: { readonly g: boolean }, h: "On" | "Off", i: A, j: B) => (k: boolean) => 1`,
      "packages/core/test/D.test.ts": `const l = (m: A, n: boolean) => 1`
    })
    assert.deepStrictEqual(tooManyParameters(workspace), [
      "packages/core/src/A.ts:1 a has 5 parameters",
      "packages/core/src/B.ts:1 a function has 5 parameters"
    ])
    assert.deepStrictEqual(bareTruths(workspace), [
      "packages/core/src/A.ts:2 constructor",
      "packages/core/src/A.ts:2 j",
      "packages/core/src/B.ts:1 p",
      "packages/core/src/B.ts:2 Y"
    ])
  })

  it("of core assert a type only where the application alone knows it: that of a payload", () =>
    assert.deepStrictEqual(countOf(casts(real, "core")), {
      "packages/core/src/internal/management/payloads.ts": 2
    }))

  it("of the other packages assert a type hardly ever", () => {
    const most = { api: 21, client: 4, server: 35, cli: 10, testing: 19, examples: 0 }
    for (const [folder, count] of Object.entries(most)) assert.isAtMost(casts(real, folder).length, count)
  })

  it("that assert a type are seen, however they do it", () => {
    const workspace = planted({
      "packages/core/src/A.ts": `const a = b as C; const c = d!; const e = f as unknown as G`,
      "packages/core/src/B.ts": `const a = b!.c![0]; const d = e as never`,
      "packages/core/src/C.ts": `import { a as b } from "./B.ts"; const c = [b] as const; const d = b satisfies C`,
      "packages/core/test/D.test.ts": `const a = b as C`,
      "packages/client/src/E.ts": `const a = b as C`
    })
    assert.deepStrictEqual(countOf(casts(workspace, "core")), {
      "packages/core/src/A.ts": 4,
      "packages/core/src/B.ts": 3
    })
  })

  it("count each event in one of two ways: by updates, or by tallies where there is no effect", () =>
    assert.deepStrictEqual(countedOddly(real), []))

  it("that count in a third way, or in both, are seen", () => {
    const workspace = planted({
      "packages/core/src/Metrics.ts": `export const a = Instrument.counter("a", {}); export const b = counter("b", {})
        export const took = Instrument.histogram("t", {})`,
      "packages/core/src/A.ts": `Metrics.a.tallies(context)().count += 1
        Metrics.b.at().updateUnsafe(1, context); Metrics.took.at().updateUnsafe(1, context)`,
      "packages/core/src/B.ts": `Metric.update(Metrics.a.at("x"), 1); Metric.update(Metrics.took.at(), 1)`
    })
    assert.deepStrictEqual(countedOddly(workspace), [
      "packages/core/src/A.ts:2 b is counted by updateUnsafe",
      "packages/core/src/B.ts:1 a is counted by updates"
    ])
  })

  it("say what they and each of their exports are, and since when", () =>
    assert.deepStrictEqual(undocumented(real), []))

  it("whose exports say too little are seen", () => {
    const header = "/**\n * A module.\n *\n * @since 0.1.0\n */\n"
    const workspace = planted(
      {
        "packages/core/src/A.ts": header + documented("export const a = 1") + "export const b = 2",
        "packages/core/src/B.ts": `${header}/** Says it. */\nexport type C = 1\n/** Kept inside. @internal */\nexport const d = 1`,
        "packages/core/src/C.ts": `import "x"\n/** @category models\n * @since 0.1.0 */\nexport class E {}`,
        "packages/core/src/D.ts": `${header}${documented("export const i = Instrument.gauge()")}/**\n * @category metrics\n * @since 0.1.0\n */\nexport const j = Instrument.counter()`,
        "packages/core/src/internal/F.ts": "export const f = 1",
        "packages/core/src/K.ts": `${header}/** it all\n *\n * @category models\n * @since 0.1.0 */\nexport const k = 1`,
        "packages/cli/src/G.ts": "export const g = 1",
        "packages/cli/src/index.ts": "export const h = 1"
      },
      { cli: { exports: { ".": "./src/index.ts" } } }
    )
    assert.deepStrictEqual(undocumented(workspace), [
      "packages/core/src/A.ts:13 b lacks a docstring",
      "packages/core/src/B.ts:7 C lacks @category",
      "packages/core/src/C.ts:1 the module lacks a docstring",
      "packages/core/src/C.ts:4 E lacks a sentence",
      "packages/core/src/D.ts:12 i lacks brevity: its description is enough",
      "packages/core/src/K.ts:10 k lacks a sentence",
      "packages/cli/src/index.ts:1 the module lacks a docstring",
      "packages/cli/src/index.ts:1 h lacks a docstring"
    ])
    assert.notInclude(undocumented(workspace, []), "packages/core/src/B.ts:7 C lacks @category")
  })

  it("of packages that nobody can import owe nothing", () =>
    assert.deepStrictEqual(
      undocumented(planted({ "packages/core/src/A.ts": "export const a = 1" }, { core: { private: true } })),
      []
    ))

  it("export nothing that is there for nobody", () => assert.deepStrictEqual(dead(real, shown), []))

  it("whose exports are there for nobody are seen", () => {
    const limit = "/** @category limits */\n"
    const workspace = planted({
      "packages/core/src/index.ts": `export * as A from "./A.ts"; export { b as c } from "./B.ts"`,
      "packages/core/src/A.ts": `export const viaIndex = 1; export const deep = 1; export const own = 1
        export const shown = 1; export const dead = 1; export type Part = 1; export type Lone = 1
        export interface Whole { readonly part: Part }
        ${limit}export const limitMax = 1
        ${limit}export const idleMax = 1
        /** @internal */ export const inside = limitMax`,
      "packages/core/src/B.ts": `export const b = 1; export const whole = 1`,
      "packages/core/src/internal/c.ts": `import { own } from "../A.ts"; export const nobody = own`,
      "packages/core/test/A.test.ts": `import { Whole } from "../src/A.ts"`,
      "packages/api/src/D.ts": `import { A, c } from "@effect-dispatch/core"; const d = { dead: A.viaIndex, c }`,
      "packages/api/src/E.ts": `import * as A from "@effect-dispatch/core/A"; type T = typeof A.deep`,
      "test/f.test.ts": `import * as B from "@effect-dispatch/core/B"; console.log(B)`
    })
    const names = (lines: ReadonlyArray<string>) => lines.map((line) => line.split(" ")[1])
    assert.deepStrictEqual(names(dead(workspace)), ["own", "shown", "dead", "Lone", "idleMax"])
    assert.deepStrictEqual(names(dead(workspace, namesShown(["Call `x.shown()`.", "Neither dead."]))), [
      "own",
      "dead",
      "Lone",
      "idleMax"
    ])
  })
})

describe("the index of a package", () => {
  it("exports every public module as a namespace", () => assert.deepStrictEqual(missingInIndex(real), []))

  it("that leaves one out, or names it otherwise, is seen", () => {
    const workspace = planted({
      "packages/core/src/index.ts": `export * as A from "./A.ts"; export { b } from "./B.ts"
        export * as Other from "./C.ts"; export * from "./D.ts"; export * as F from "./A.ts"`,
      ...Object.fromEntries(
        ["A", "B", "C", "D", "E", "F", "internal/g"].map((name) => [
          `packages/core/src/${name}.ts`,
          "export const b = 1"
        ])
      ),
      "packages/core/test/H.test.ts": "export const h = 1"
    })
    assert.deepStrictEqual(
      missingInIndex(workspace),
      ["B", "C", "D", "E", "F"].map((name) => `packages/core/src/${name}.ts`)
    )
  })
})

describe("a field of a dispatch", () => {
  it("stands in one module for each concern: that of the guide, and those that act upon it", () => {
    const guide = [
      "core/Dispatch.ts",
      "core/DispatchCalls.ts",
      "core/DispatchFilter.ts",
      "core/internal/dispatchJson.ts",
      "core/internal/port/requestChecks.ts",
      "api/FieldPaths.ts",
      "api/ListCodec.ts",
      "api/internal/dispatchData.ts",
      "server/internal/dispatchColumns.ts",
      "server/internal/dispatchVersions.ts",
      "server/internal/sql/sqlCurrent.ts",
      "server/internal/sql/sqlMigrations.ts"
    ]
    const acting = [
      "core/ActorFactory.ts",
      "core/DispatchInfo.ts",
      "core/MergeStrategy.ts",
      "core/Run.ts",
      "core/RunBook.ts",
      "core/RunText.ts",
      "core/internal/journal/journalText.ts",
      "api/internal/runCodec.ts",
      "server/internal/reports/reportFormat.ts",
      "core/internal/site/edgeSpans.ts"
    ]
    assert.sameMembers([...modulesNaming(real, "dryRun", ["core", "api", "server"])], [...guide, ...acting])
    const text = readFileSync(join(root, "CONTRIBUTING.md"), "utf8")
    for (const path of guide) assert.include(text, path.replace(/^.*\//, ""))
  })

  it("is found in any spelling, and not in comments", () => {
    const workspace = planted({
      "packages/core/src/A.ts": "export const a = ({ dryRun }) => dryRun",
      "packages/api/src/B.ts": 'export const b = "is_dry_run"',
      "packages/server/src/internal/c.ts": "export const c = sql`SELECT dry_run FROM dispatches`",
      "packages/server/src/D.ts": "/** Not `dryRun`. */\nexport const d = 1",
      "packages/server/test/E.test.ts": "export const dryRun = 1",
      "packages/cli/src/F.ts": "export const dryRun = 1"
    })
    assert.deepStrictEqual(modulesNaming(workspace, "dryRun", ["core", "api", "server"]), [
      "api/B.ts",
      "core/A.ts",
      "server/internal/c.ts"
    ])
  })
})

describe("the reference", () => {
  const file = (path: string) => readFileSync(join(root, path), "utf8")
  const docstring = (...lines: ReadonlyArray<string>) =>
    `/**\n${lines.map((line) => ` * ${line}\n`).join("")} */\n`

  it("shows an example at the main export of every module", () => {
    assert.deepStrictEqual(withoutExample(real), [])
    const example = docstring("@example")
    const workspace = planted({
      "packages/core/src/A.ts": `${example}export const A = 1; export const make = 1`,
      "packages/core/src/B.ts": `export const B = 1\n${example}export const make = 1`,
      "packages/core/src/C.ts": `export type C = 1; export const other = 1\n${example}export const layerMemory = 1`,
      "packages/core/src/D.ts": `export const a = 1\n${example}export type D = 1`,
      "packages/core/src/E.ts": "export const a = 1",
      "packages/core/src/F.ts": `${docstring("@category limits")}export const a = 1`
    })
    assert.deepStrictEqual(withoutExample(workspace), ["packages/core/src/B.ts", "packages/core/src/E.ts"])
  })

  it("leads from a module to a rule that lives in it, and to none that there is not", () => {
    const rules = rulesByModule(file("ARCHITECTURE.md"))
    assert.isAbove(rules.size, 10)
    assert.deepStrictEqual(withoutRule(real, rules), [])
    const behaviour = ["core", "fleet"].map((folder) => file(`packages/${folder}/BEHAVIOUR.md`)).join("\n")
    assert.deepStrictEqual(deadRules(real, behaviour), [])
    const see = (rule: string) => `${docstring(`@see BEHAVIOUR ${rule}`)}export const A = 1`
    const workspace = planted({
      "packages/core/src/A.ts": see("S3"),
      "packages/core/src/B.ts": see("section 9"),
      "packages/core/src/C.ts": see("S4"),
      "packages/core/src/D.ts": "export const D = 1"
    })
    const table = `## Where each rule lives\n\n| rule | where |\n|---|---|\n| S2 to S3: it | \`core/src/A.ts\`, \`core/src/C.ts\` |
| section 9: that | \`core/src/B.ts\`, in \`other.ts\` |\n| S1 | \`core/src/D.ts\` |\n\n## Next`
    assert.deepStrictEqual(withoutRule(workspace, rulesByModule(table)), [
      "packages/core/src/C.ts leads to none of S2, S3",
      "packages/core/src/D.ts leads to none of S1"
    ])
    assert.deepStrictEqual(deadRules(workspace, "## 9 Bounds\n\n**S3 So.** And\n"), [
      "packages/core/src/C.ts A: @see BEHAVIOUR S4"
    ])
  })

  it("has every limit, which says how it is set, or that it cannot be", () => {
    assert.deepStrictEqual(unsettled(real), [])
    assert.deepStrictEqual(misfiledLimits(real), [])
    const limit = (...lines: ReadonlyArray<string>) => docstring(...lines, "", "@category limits")
    const workspace = planted({
      "packages/core/src/A.ts": `${limit("So many. Cannot be set.")}export const a = 1
${limit("So many. Set by `size`.")}export const b = 1
${limit("So many. Set by `gone`.")}export const c = 1
${limit("So many.")}export const d = 1
export interface Options { readonly size: number }
export const e = Duration.seconds(1)
export { f } from "./internal/b.ts"`,
      "packages/core/src/internal/b.ts": `${limit("So many. Cannot be set.")}export const f = 1
${limit("So many. Cannot be set.")}export const g = 1`
    })
    const names = (lines: ReadonlyArray<string>) => lines.map((line) => line.split(" ")[1])
    assert.deepStrictEqual(names(unsettled(workspace)), ["c", "d"])
    assert.deepStrictEqual(names(misfiledLimits(workspace)), ["e", "g"])
  })
})

describe("the API reference", () => {
  it("is made of every package that can be imported, and of all its public modules", () => {
    const config = readFileSync(join(root, "scripts/docs/typedoc.json"), "utf8").replace(/^\s*\/\/.*$/gm, "")
    const { entryPoints, packageOptions } = JSON.parse(config) as {
      readonly entryPoints: ReadonlyArray<string>
      readonly packageOptions: { readonly entryPoints: ReadonlyArray<string> }
    }
    const published = [...real.manifests].flatMap(([folder, { exports = {}, private: isPrivate }]) =>
      "." in exports && isPrivate !== true ? [`../../packages/${folder}`] : []
    )
    assert.sameMembers([...entryPoints], published)
    assert.deepStrictEqual(packageOptions.entryPoints, ["src/*.ts"])
  })
})

describe("the workspace", () => {
  it("has nothing at its top level that belongs elsewhere", () => {
    assert.deepStrictEqual(misplaced(readdirSync(root)), [])
    assert.deepStrictEqual(
      misplaced(["packages", ".github", "buf.yaml", "tsconfig.json", "src", "LICENSE"]),
      ["buf.yaml", "tsconfig.json", "src"]
    )
  })

  it("pins every version that it is built with to one", () => {
    const file = (line: string) =>
      `packages: [packages/*]\ncatalog:\n  # Why.\n  effect: 4.1.0\n${line}\nallowBuilds: {}\n`
    assert.deepStrictEqual(unpinned(real), [])
    assert.deepStrictEqual(unpinnedInCatalog(readFileSync(join(root, "pnpm-workspace.yaml"), "utf8")), [])
    assert.deepStrictEqual(unpinnedInCatalog(file(`  "@scope/a": 1.2.3-rc.1`)), [])
    assert.deepStrictEqual(unpinnedInCatalog(file("  vitest: ^5.1.1")), ["vitest: ^5.1.1"])
    assert.deepStrictEqual(unpinnedInCatalog(file("catalogs:\n  docs:\n    a: 1.2.3\n    b: ~2.0.0")), [
      "b: ~2.0.0"
    ])
    assert.deepStrictEqual(unpinned({ modules: [], manifests: new Map([["docs", docs]]) }), [])
    const changed = { core: { devDependencies: { rrule: "^2.8.1", effect: "catalog:" } } }
    assert.deepStrictEqual(unpinned(planted({}, changed)), ["core: rrule is ^2.8.1"])
  })

  it("publishes ranges, from what is tested on", () => {
    const file = readFileSync(join(root, "pnpm-workspace.yaml"), "utf8")
    assert.deepStrictEqual(unranged(real), [])
    assert.deepStrictEqual(untested(file), [])
    const changed = {
      api: { dependencies: { "@effect-dispatch/core": "workspace:*" } },
      client: { dependencies: { big: "catalog:" }, peerDependencies: { effect: "~4.1.0" } }
    }
    assert.deepStrictEqual(unranged(planted({}, changed)), [
      "api: @effect-dispatch/core is workspace:*",
      "client: big is catalog:",
      "client: effect is ~4.1.0"
    ])
    const others =
      "catalog:\n  a: 1.2.3\n  b: 1.0.0\ncatalogs:\n  published:\n    a: ^1.2.3\n    b: ^1.0.1\n    c: 2.0.0"
    assert.deepStrictEqual(untested(others), [
      "b is ^1.0.1, and tested is 1.0.0",
      "c is 2.0.0, and tested is undefined"
    ])
  })

  it("promises no Node that is older than what its packages depend on needs", () => {
    const installed = (folder: string, name: string) => {
      const path = join(root, "packages", folder, "node_modules", name, "package.json")
      return (JSON.parse(readFileSync(path, "utf8")) as Manifest).engines?.node
    }
    assert.deepStrictEqual(tooOldNode(real, installed), [])
    const changed = Object.fromEntries(
      [">=20", ">=22.19.0", ">=24"].map((node, index) => [
        ["api", "client", "server"][index] ?? "",
        { dependencies: { a: "catalog:published" }, peerDependencies: {}, engines: { node } }
      ])
    )
    const bare = planted({}, changed)
    const workspace = { ...bare, manifests: new Map([...bare.manifests].filter(([key]) => key in changed)) }
    assert.deepStrictEqual(
      tooOldNode(workspace, () => ">=22.19.1"),
      ["api says Node >=20, and a needs >=22.19.1", "client says Node >=22.19.0, and a needs >=22.19.1"]
    )
    assert.deepStrictEqual(
      tooOldNode(workspace, () => undefined),
      []
    )
  })

  it("releases all packages together", () => {
    assert.deepStrictEqual(otherRelease(real), [])
    assert.deepStrictEqual(otherRelease(planted({}, { api: { version: "0.2.0" } })), [
      "@effect-dispatch/api is 0.2.0, not 0.1.0"
    ])
  })
})
