/** The choice of rows, for the timeline and the list. */
import { useState } from "react"
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"
import type { Filter, Group, Sort } from "../state/rows.ts"

type Flag = "onlyRunning" | "onlyPaused" | "onlyDry" | "onlyMissed"

const flags: ReadonlyArray<readonly [Flag, string]> = [
  ["onlyRunning", "Running"],
  ["onlyPaused", "Paused"],
  ["onlyDry", "Dry runs"]
]

/** The same, where the service is told of what ran. */
const toldFlags: typeof flags = [...flags, ["onlyMissed", "Missed lately"]]

const sorts: ReadonlyArray<readonly [Sort, string]> = [
  ["next", "next run"],
  ["id", "number"],
  ["type", "type"],
  ["target", "target"],
  ["changed", "last change"]
]

const groups: ReadonlyArray<readonly [Group, string]> = [
  ["none", "nothing"],
  ["type", "type"],
  ["target", "target"]
]

export const Toolbar = () => {
  const filter = useAtom(Atoms.filter)
  const rows = useAtom(Atoms.rows)
  const { size } = useAtom(Atoms.dispatches)
  const [isOpen, setOpen] = useState(false)
  const set = (changes: Partial<Filter>) => registry.set(Atoms.filter, { ...filter, ...changes })
  return (
    <div class={isOpen ? "toolbar open" : "toolbar"} role="search" aria-label="Dispatches">
      <input
        id="filter"
        type="search"
        placeholder="Filter: name, type, #id, target, payload"
        aria-label="Filter by name, type, number, target or payload"
        value={filter.text}
        onInput={({ currentTarget }) => set({ text: currentTarget.value })}
      />
      <button
        type="button"
        class="button plain more-choices"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        Filter and order
      </button>
      <Choices set={set} />
      <span class="muted found" role="status">
        {rows.length === size ? "" : `${rows.length} of ${size}`}
      </span>
    </div>
  )
}

/** The choices beside the text, which narrow pages show when they are asked for. */
const Choices = ({ set }: { readonly set: (changes: Partial<Filter>) => void }) => {
  const filter = useAtom(Atoms.filter)
  const sort = useAtom(Atoms.sort)
  const group = useAtom(Atoms.group)
  const hasReports = useAtom(Atoms.hasReports)
  return (
    <div class="choices">
      <span class="toggles">
        {(hasReports ? toldFlags : flags).map(([name, words]) => (
          <button
            key={name}
            type="button"
            class="toggle"
            aria-pressed={filter[name]}
            onClick={() => set({ [name]: !filter[name] })}
          >
            {words}
          </button>
        ))}
      </span>
      <OneOf label="Sort by" value={sort} options={sorts} choose={(name) => registry.set(Atoms.sort, name)} />
      <OneOf
        label="Group by"
        value={group}
        options={groups}
        choose={(name) => registry.set(Atoms.chosenGroup, name)}
      />
    </div>
  )
}

/** A choice of one of a few, with its label. */
const OneOf = <A extends string>({
  choose,
  label,
  options,
  value
}: {
  readonly label: string
  readonly value: A
  readonly options: ReadonlyArray<readonly [A, string]>
  readonly choose: (value: A) => void
}) => (
  <label class="inline">
    {label}
    <select
      value={value}
      onChange={({ currentTarget }) => {
        const chosen = options.find(([name]) => name === currentTarget.value)
        if (chosen !== undefined) choose(chosen[0])
      }}
    >
      {options.map(([name, words]) => (
        <option key={name} value={name}>
          {words}
        </option>
      ))}
    </select>
  </label>
)
