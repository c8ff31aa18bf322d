/** The key of this tab, if it was asked to be kept: until the tab is closed, and only for this origin. */

const name = "dispatch-key"

export const read = (): string | undefined => sessionStorage.getItem(name) ?? undefined
export const keep = (key: string): void => sessionStorage.setItem(name, key)
export const forget = (): void => sessionStorage.removeItem(name)
