/** The address of the page: the microgrid in its path, settings of the view in its query, secrets in its fragment. */

/** True for the page of a console that hands calls on: its address has a token, and it shows no keys. */
export const isProxied = (): boolean => document.documentElement.dataset["proxied"] !== undefined

/** The microgrid of the address, 1 where it names none. */
export const microgridId = (): bigint => {
  const [, digits] = /^\/m\/(\d{1,20})/.exec(location.pathname) ?? []
  return digits === undefined ? 1n : BigInt(digits)
}

/** The address of another microgrid, of which no part is chosen. */
export const ofMicrogrid = (id: bigint): string => `/m/${id}${queryWith("part", undefined)}`

/** A setting in the query. */
export const setting = (name: string): string | undefined =>
  new URLSearchParams(location.search).get(name) ?? undefined

/** Writes a setting into the query, in the present entry of the history or in a new one. */
export const keepSetting = (
  name: string,
  value: string | undefined,
  entry: "present" | "new" = "present"
): void => {
  const address = `${location.pathname}${queryWith(name, value)}`
  if (entry === "new") history.pushState(null, "", address)
  else history.replaceState(null, "", address)
}

const queryWith = (name: string, value: string | undefined): string => {
  const query = new URLSearchParams(location.search)
  if (value === undefined) query.delete(name)
  else query.set(name, value)
  const text = query.toString()
  return text === "" ? "" : `?${text}`
}

/** Takes secrets out of the fragment, which no server sees, so that the address can be shown. */
export const takeSecrets = (): { readonly key: string | undefined; readonly token: string | undefined } => {
  const secrets = new URLSearchParams(location.hash.slice(1))
  const [key, token] = [secrets.get("key") ?? undefined, secrets.get("token") ?? undefined]
  if (key !== undefined || token !== undefined)
    history.replaceState(null, "", location.pathname + location.search)
  return { key, token }
}
