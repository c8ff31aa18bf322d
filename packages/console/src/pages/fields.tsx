/** Fields of forms, with their labels, hints and faults. */
import type { ComponentChildren } from "preact"
import { useId } from "react"

/** The attributes by which a control belongs to its label and its fault. */
export interface Attributes {
  readonly id: string
  readonly "aria-invalid": boolean
  readonly "aria-describedby": string
}

export const Field = ({
  children,
  fault,
  hint,
  label
}: {
  readonly label: string
  readonly fault?: string | undefined
  readonly hint?: string | undefined
  readonly children: (attributes: Attributes) => ComponentChildren
}) => {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, "aria-invalid": fault !== undefined, "aria-describedby": `${id}-more` })}
      <p id={`${id}-more`} class={fault === undefined ? "hint" : "bad"}>
        {fault ?? hint ?? ""}
      </p>
    </div>
  )
}

/** One of a few. */
export const Choice = <A extends string>({
  legend,
  onChange,
  options,
  value
}: {
  readonly legend: string
  readonly value: A
  readonly options: ReadonlyArray<readonly [A, string]>
  readonly onChange: (value: A) => void
}) => {
  const name = useId()
  return (
    <fieldset class="choice">
      <legend>{legend}</legend>
      {options.map(([option, words]) => (
        <label key={option}>
          <input type="radio" name={name} checked={option === value} onChange={() => onChange(option)} />
          {words}
        </label>
      ))}
    </fieldset>
  )
}
