/** Rules for the places of a field of a dispatch. */
import { type Module, nodesOf, type Workspace } from "./workspace.ts"

/** `dryRun`, in any spelling. */
const isNamed = (field: string, text: unknown): boolean =>
  typeof text === "string" && text.replaceAll("_", "").toLowerCase().includes(field.toLowerCase())

/** True if the code of a module names the field, also in a text such as a statement of SQL. */
const names = ({ program }: Module, field: string): boolean =>
  [...nodesOf(program)].some(([{ name, type, value }]) => {
    if (type === "TemplateElement") return isNamed(field, (value as { readonly raw?: unknown }).raw)
    return isNamed(field, type === "Literal" ? value : name)
  })

/** The modules of some packages that must be looked at when such a field is added. */
export const modulesNaming = (
  { modules }: Workspace,
  field: string,
  folders: ReadonlyArray<string>
): ReadonlyArray<string> =>
  modules
    .filter(({ package: folder = "", part, path }) => {
      return folders.includes(folder) && part === "src" && !path.includes("/gen/")
    })
    .filter((module) => names(module, field))
    .map(({ path }) => path.replace("packages/", "").replace("src/", ""))
    .sort()
