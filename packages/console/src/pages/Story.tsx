/** The past runs of a dispatch, each with its story, as sites report them. */
import type { Dispatch } from "@effect-dispatch/core/Dispatch"
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import * as Run from "@effect-dispatch/core/Run"
import { useState } from "react"
import * as Atoms from "../state/atoms.ts"
import { useAtom } from "../state/binding.ts"
import * as Times from "../time/times.ts"
import type { Zone } from "../time/zone.ts"
import * as Words from "../words/story.ts"
import type { Answer, ToldRun } from "../worker/protocol.ts"
import { useAnswer } from "./answer.ts"
import * as Icons from "./icons.tsx"
import { Foreign } from "./parts.tsx"

const pageLength = 10

export const Story = ({ id }: Pick<Dispatch, "id">) => {
  const [most, setMost] = useState(pageLength)
  const [missed, setMissed] = useState(false)
  const query = { ids: [id], from: null, to: null, missed, most }
  const answer = useAnswer({ _tag: "Runs", query }, `${id} ${missed} ${most}`)
  return (
    <section class="story" aria-labelledby="story-title">
      <h3 id="story-title">Past runs, as sites report them</h3>
      <label class="check">
        <input
          type="checkbox"
          checked={missed}
          onChange={({ currentTarget }) => setMissed(currentTarget.checked)}
        />
        Missed runs alone
      </label>
      {answer === undefined ? null : <Runs answer={answer} more={() => setMost(most + pageLength)} />}
    </section>
  )
}

const Runs = ({ answer, more }: { readonly answer: Answer; readonly more: () => void }) => {
  const zone = useAtom(Atoms.zone)
  const now = useAtom(Atoms.minute)
  if (answer._tag === "Failed")
    return <p class="muted">They could not be read: {DispatchText.safe(answer.message)}.</p>
  if (answer._tag !== "Told") return null
  const { isAll, runs } = answer
  if (runs.length === 0) return <p class="muted">No site has reported one.</p>
  return (
    <>
      <ol class="stories">
        {runs.map((told) => (
          <RunStory key={`${told.reporter.id} ${Run.keyOf(told.run)}`} told={told} zone={zone} now={now} />
        ))}
      </ol>
      {isAll ? null : (
        <button type="button" class="button quiet" onClick={more}>
          Earlier runs
        </button>
      )}
    </>
  )
}

const icons: { readonly [fate in Run.RunFate["_tag"]]: () => preact.JSX.Element } = {
  Planned: Icons.Waiting,
  Running: Icons.Running,
  Ran: Icons.Over,
  Missed: Icons.Close,
  Unknown: Icons.Help
}

const RunStory = ({
  now,
  told,
  zone
}: {
  readonly told: ToldRun
  readonly zone: Zone
  readonly now: number
}) => {
  const { contradicted, run } = told
  const begin = run.occurrence.epochMilliseconds
  const Icon = icons[run.fate._tag]
  return (
    <li>
      <details>
        <summary>
          <span class={`fate fate-${run.fate._tag.toLowerCase()}`}>
            <Icon />
          </span>{" "}
          <time dateTime={Times.iso(begin)}>
            {Times.date(zone, begin, now)} <b>{Times.clock(zone, begin)}</b>
          </time>{" "}
          {Words.inShort(told, zone)}
          {run.dispatch.dryRun ? <span class="badge">dry run</span> : null}
          {contradicted ? (
            <>
              , says <Foreign text={told.reporter.name} /> <span class="badge doubt">! contradicted</span>
            </>
          ) : null}
        </summary>
        <dl class="facts-list">
          {Words.factsOf(told, zone).map(({ lines, name }) => (
            <Fact key={name} name={name} lines={lines} />
          ))}
        </dl>
        {contradicted ? <p class="doubt">Another reporter says the contrary.</p> : null}
      </details>
    </li>
  )
}

const Fact = ({ lines, name }: Words.Fact) => (
  <>
    <dt>{name}</dt>
    <dd>
      {lines.map((line, index) => (
        <bdi key={index} class="fact">
          {line}
        </bdi>
      ))}
    </dd>
  </>
)
