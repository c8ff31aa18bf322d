import { Effect } from "effect"
import { print } from "../output/terminal.ts"
import { jsonSchema } from "../plan/planFields.ts"

/** Prints the JSON Schema of plans. */
export const run = () => Effect.suspend(() => print(JSON.stringify(jsonSchema(), undefined, 2)))
