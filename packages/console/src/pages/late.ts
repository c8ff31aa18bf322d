/** The parts about one dispatch, which load when the first is opened. */
export { Confirm } from "./Confirm.tsx"
export { Details, Gone } from "./Details.tsx"
export { Editor } from "./Editor.tsx"
export { SkipDialog } from "./SkipDialog.tsx"
