/** Names of time zones, as the zone database of the machine spells them. */
import { Option } from "effect"

/** The longest name, in characters. */
export const timeZoneLengthMax = 64

/** Words joined by slashes: offsets, Windows names and what a shell takes for a zone are none. */
const shape = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/

/** Names of no place: the machine's own zone, and one without an offset. */
const placeless = ["z", "localtime", "factory", "etc/unknown"]

/** A name in the spelling of the zone database, aliases kept; `undefined` if the machine does not know it. */
export const readTimeZone = (name: string): string | undefined => {
  if (name.length > timeZoneLengthMax || !shape.test(name)) return undefined
  if (placeless.includes(name.toLowerCase())) return undefined
  return Option.getOrUndefined("Temporal" in globalThis ? spelledByTemporal(name) : spelledByIntl(name))
}

const spelledByTemporal = Option.liftThrowable(
  (name: string) => new Temporal.ZonedDateTime(0n, name).timeZoneId
)

/** `Intl` tells the main name of an alias, not its spelling: that is made up of its words. */
const spelledByIntl = Option.liftThrowable((name: string): string => {
  const { timeZone } = new Intl.DateTimeFormat("en-US", { timeZone: name }).resolvedOptions()
  const isMain = timeZone.toLowerCase() === name.toLowerCase()
  return isMain ? timeZone : /[a-z]/.test(name) ? name.replace(/[^/_-]+/g, capitalised) : name
})

/** Words that are not simply capitalised. */
const words = new Map(
  "ACT CET CHAT CST6CDT DumontDUrville ComodRivadavia EET EST EST5EDT GB GMT GMT0 HST LHI MET MST MST7MDT McMurdo NSW NZ PRC PST8PDT ROC ROK SU UCT US UTC WET W au de es of"
    .split(" ")
    .map((word) => [word.toLowerCase(), word])
)

const capitalised = (word: string): string =>
  words.get(word.toLowerCase()) ?? word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase()

const utcNames = /^(etc\/)?(utc|uct|gmt|gmt0|gmt[+-]0|zulu|universal|greenwich)$/i

/** True for all names of UTC. */
export const isUtcName = (name: string): boolean => utcNames.test(name)
