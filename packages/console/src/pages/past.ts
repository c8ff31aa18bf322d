/** The past as it was, which loads where the service is told of it. */
export { Story } from "./Story.tsx"
export { follow } from "../state/telling.ts"
