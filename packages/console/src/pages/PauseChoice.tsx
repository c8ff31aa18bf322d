/** The end of a pause: by hand, or at a time up to which runs are left out. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as Atoms from "../state/atoms.ts"
import { useAtom } from "../state/binding.ts"
import * as Times from "../time/times.ts"
import * as LeftOut from "../words/leftOut.ts"
import { type PauseEnd, presets } from "../words/pauseEnd.ts"
import { Choice, Field } from "./fields.tsx"

export const PauseChoice = ({
  all,
  end,
  fault,
  setEnd
}: {
  readonly all: ReadonlyArray<Dispatch>
  readonly end: PauseEnd
  readonly setEnd: (end: PauseEnd) => void
  readonly fault: string | undefined
}) => {
  const zone = useAtom(Atoms.zone)
  const now = useAtom(Atoms.minute)
  const hasCalendar = useAtom(Atoms.hasCalendar)
  // A service without rules in local time keeps no exceptions either.
  if (!hasCalendar || !all.some(LeftOut.canSkip)) return null
  const fieldAt = (at: number) => Times.fieldValue(zone, at).slice(0, 16)
  const [, first] = presets[0] ?? ["", () => now]
  return (
    <div class="pause">
      <Choice
        legend="Until"
        value={end.kind}
        options={[
          ["by hand", "it is resumed"],
          ["by itself", "a time; then it goes on by itself"]
        ]}
        onChange={(kind) => setEnd({ kind, at: end.at === "" ? fieldAt(first(zone, now)) : end.at })}
      />
      {end.kind === "by hand" ? null : (
        <>
          <Field label={`Time, in ${zone.name}`} fault={fault}>
            {(attributes) => (
              <input
                {...attributes}
                type="datetime-local"
                value={end.at}
                onInput={({ currentTarget }) => setEnd({ ...end, at: currentTarget.value })}
              />
            )}
          </Field>
          <div class="chips" role="group" aria-label="Times to choose from">
            {presets.map(([words, at]) => (
              <button
                key={words}
                type="button"
                class="button plain small"
                onClick={() => setEnd({ ...end, at: fieldAt(at(zone, now)) })}
              >
                {words}
              </button>
            ))}
          </div>
        </>
      )}
    </div>
  )
}
