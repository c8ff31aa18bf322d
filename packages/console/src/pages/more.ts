/** The pages beside the timeline, and what is seldom asked for. */
export { ActivityPage } from "./ActivityPage.tsx"
export { HelpPage } from "./HelpPage.tsx"
export { KeyDialog } from "./KeyDialog.tsx"
export { ListPage } from "./ListPage.tsx"
