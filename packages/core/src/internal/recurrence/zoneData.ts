/** The zone data of the machine, which its runtime brings along. */

/** Their version, such as `2026c`; `undefined` where the runtime does not tell. */
export const zoneDataRelease = (): string | undefined => globalThis.process?.versions?.["tz"]
