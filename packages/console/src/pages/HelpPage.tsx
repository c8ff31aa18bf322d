/** Help: keys, words, and what this page knows. */
import * as Atoms from "../state/atoms.ts"
import { registry, useAtom } from "../state/binding.ts"

const keys: ReadonlyArray<readonly [string, string]> = [
  ["↑ ↓", "another row"],
  ["← →", "earlier or later, by a tenth"],
  ["+ −", "zoom in or out"],
  ["Home", "the present"],
  ["n p", "next or previous run of the row"],
  ["Enter", "all about the row"],
  ["e", "edit"],
  ["s", "skip the next run"],
  ["Space", "pause or resume"],
  ["Delete", "delete"],
  ["/", "filter"],
  ["?", "this help"],
  ["Escape", "close what is open"]
]

const Muting = () => {
  const isMuted = useAtom(Atoms.isMuted)
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={!isMuted}
        onChange={({ currentTarget }) => registry.set(Atoms.isMuted, !currentTarget.checked)}
      />
      Starts and stops are said, summed, at most once in five seconds
    </label>
  )
}

/** The parts that a service lacks, which others have. */
const Missing = () => {
  const key = useAtom(Atoms.key)
  if (key._tag !== "Known") return null
  const lines = [
    ...(key.isDescribed
      ? []
      : ["It has no part for consoles: who changed what, and the rights of the key, are not known."]),
    ...(key.features.includes("calendar") ? [] : ["Its rules are of UTC alone."]),
    ...(key.features.includes("name") ? [] : ["Its dispatches have no names."]),
    ...(key.features.includes("report") ? [] : ["Sites tell it nothing: what really ran is not known."])
  ]
  if (lines.length === 0) return null
  return (
    <>
      <h2>What this service lacks</h2>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </>
  )
}

/** The place that this page is served from. */
const Origin = () => {
  const { isCopy } = useAtom(Atoms.knowledge)
  if (!isCopy) return <p>The service holds these orders, and this page keeps in step with it.</p>
  return (
    <p>
      The service holds these orders, a site keeps in step with it, and this page with the site: it shows what
      the site knows, and changes nothing. When the site is stale, so is the page.
    </p>
  )
}

/** The knowledge of the past. */
const ThePast = () => {
  const hasReports = useAtom(Atoms.hasReports)
  if (!hasReports) return <p>It shows what is planned. The service is not told what a site did.</p>
  return (
    <p>
      The future is as it is <em>planned</em>, the past as sites report it: what <b>ran</b>, and when; what
      was <b>missed</b>, crossed out; what is <b>unknown</b>, dotted, because a site could not tell. A mere
      outline was planned, and nobody has told of it. Each run has its story beside the dispatch, under the
      name of who reported it.
    </p>
  )
}

export const HelpPage = () => (
  <div class="help">
    <section>
      <h2>Keys, while a row of the timeline has the focus</h2>
      <table>
        <tbody>
          {keys.map(([key, words]) => (
            <tr key={key}>
              <th scope="row">
                <kbd>{key}</kbd>
              </th>
              <td>{words}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
    <section>
      <h2>For those who listen</h2>
      <Muting />
      <h2>What this page knows</h2>
      <p>A dispatch is an order: something is to run, at a place, at times.</p>
      <Origin />
      <ThePast />
      <p>
        <b>In sync</b>: every change is shown as it happens. <b>Stale</b>: the service cannot be reached; what
        was known last is still shown, hatched from the last sign of life on.
      </p>
      <p>
        <b>Paused</b> dispatches run nothing until they are resumed; one that is paused up to a time goes on
        by itself, its runs until then are <b>skipped</b>. A <b>dry run</b> tells sites to steer nothing. A{" "}
        <b>command</b> is an instant and has no length.
      </p>
      <Missing />
      <h2>Times</h2>
      <p>
        Times are shown in the zone that you choose above, with their offset from UTC. A rule is on the clock
        of a zone, where its times stay, summer and winter, or of UTC: then its runs move on the wall here
        when the clock is set.
      </p>
      <h2>On the command line</h2>
      <pre>
        dispatch create {String(Atoms.microgridId)} CHARGE BATTERY now 20m{"\n"}dispatch watch{" "}
        {String(Atoms.microgridId)}
      </pre>
    </section>
  </div>
)
