/** The pages beside the timeline. */
export { ActivityPage } from "./ActivityPage.tsx"
export { HelpPage } from "./HelpPage.tsx"
export { ListPage } from "./ListPage.tsx"
