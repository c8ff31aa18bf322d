export { runWith } from "./Cli.ts"
