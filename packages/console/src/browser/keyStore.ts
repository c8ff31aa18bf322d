/** Secrets of this tab: until the tab is closed, and only for this origin. */

const name = "dispatch-key"

/** The key, if it was asked to be kept. */
export const read = (): string | undefined => sessionStorage.getItem(name) ?? undefined
export const keep = (key: string): void => sessionStorage.setItem(name, key)
export const forget = (): void => sessionStorage.removeItem(name)

const tokenName = "dispatch-console-token"

/** The token of a console that hands calls on, which the address of the page had; it is kept, so that a reload works. */
export const consoleToken = (ofAddress: string | undefined): string | undefined => {
  if (ofAddress !== undefined) sessionStorage.setItem(tokenName, ofAddress)
  return ofAddress ?? sessionStorage.getItem(tokenName) ?? undefined
}
