/** Command lines as a shell takes them. */
import { execFileSync } from "node:child_process"

/** The words that a shell makes of a command line. */
export const wordsOf = (line: string): ReadonlyArray<string> =>
  execFileSync("sh", ["-c", `printf '%s\\0' ${line}`], { encoding: "utf8" })
    .split("\0")
    .slice(0, -1)

/** True for commands that go on until they are stopped, unless they are only asked for help. */
export const goesOn = (line: string): boolean =>
  /^(serve|console|demo|watch|stream)\b/.test(line) && !line.includes("--help")
