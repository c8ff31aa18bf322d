import { cpSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Certificates } from "@effect-dispatch/testing"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { runWith, workplace } from "../integration/program.ts"
import { makeService } from "../integration/service.ts"
import { dispatchLines, documents, root } from "./documents.ts"
import { fleetPlace, typeLine, wordsOf } from "./typedLines.ts"

const bounded = { timeout: 180_000 }

/** Every command line that a document shows, in the order of reading. */
const lines = [...new Set(documents.flatMap(dispatchLines))].map((line) => line.replace("COMMAND", "create"))

/** Commands about something of which only the reader knows whether it is there. */
const isOfTheReader = (line: string) =>
  /^(delete|skip|unskip|pause|keys revoke|fleet (where|watch|park|remove|drain))\b/.test(line)

describe("the command lines in the documents", () => {
  it("are many, and of all kinds", () => {
    assert.isAbove(lines.length, 20)
    for (const name of ["serve", "demo", "watch", "create", "list", "update", "delete", "timeline", "keys"]) {
      assert.isTrue(
        lines.some((line) => line.startsWith(name)),
        name
      )
    }
  })

  it.live(
    "can be typed as they stand",
    () =>
      Effect.gen(function* () {
        const { url } = yield* makeService
        const { cert, key } = Certificates.makeAuthority().issue("localhost")
        writeFileSync(join(workplace, "cert.pem"), cert)
        writeFileSync(join(workplace, "key.pem"), key)
        const week = "packages/examples/week.yaml"
        cpSync(join(root, week), join(workplace, week))
        const fleet = yield* fleetPlace
        const environment = { DISPATCH_API_URL: url, DISPATCH_PORT: "0", ...fleet.environment }
        for (const line of lines.flatMap(fleet.here)) {
          const { code, err, out } = yield* typeLine(environment, line)
          // It is shown with a redirection.
          if (line.startsWith("export")) writeFileSync(join(workplace, "site.yaml"), out)
          assert.oneOf(code, isOfTheReader(line) ? [0, 1] : [0], `dispatch ${line}\n${err}`)
        }
        const { code, err } = yield* runWith(environment, ...wordsOf("create 1 CHARGE BATTERY now --power 5"))
        assert.strictEqual(code, 2, err)
      }),
    bounded
  )
})
