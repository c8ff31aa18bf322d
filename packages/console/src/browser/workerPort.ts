/** The way to the worker: shared by all pages where browsers have that, else in the page itself. */
import workerUrl from "virtual:worker-url"

/** Credentials, and what is shown: they decide which worker serves a page. */
export interface Shown {
  readonly microgridId: bigint
  readonly authKey: string | undefined
  readonly signSecret: string | undefined
  readonly consoleToken: string | undefined
  readonly part: string
  /** The number of workers that were given up before. */
  readonly attempt: number
}

/** Under Trusted Types the address of a worker must come from a policy. This one knows no other address. */
const scriptUrl = (): string => {
  const policy = window.trustedTypes?.createPolicy("dispatch-worker", { createScriptURL: () => workerUrl })
  return (policy?.createScriptURL("") ?? workerUrl) as string
}

declare global {
  interface Window {
    readonly trustedTypes?: {
      readonly createPolicy: (
        name: string,
        rules: { readonly createScriptURL: (input: string) => string }
      ) => { readonly createScriptURL: (input: string) => unknown }
    }
  }
}

let address: string | undefined

/**
 * Opens the way. A worker is found by its name, so pages with another key have another worker. One that cannot be loaded
 * says so late, or a failure is thrown.
 */
export const open = async (shown: Shown, failed: () => void): Promise<MessagePort> => {
  if (typeof SharedWorker === "undefined") return inPage()
  address ??= scriptUrl()
  const name = `dispatch ${shown.microgridId} ${await markOf(shown)} ${shown.attempt} ${shown.part}`
  const worker = new SharedWorker(address, { type: "module", name })
  worker.addEventListener("error", failed)
  return worker.port
}

const inPage = async (): Promise<MessagePort> => {
  const { enter }: typeof import("../worker/main.ts") = await import(/* @vite-ignore */ workerUrl)
  const { port1, port2 } = new MessageChannel()
  enter(port1)
  return port2
}

/** Tells keys apart without telling them. */
const markOf = async ({ authKey, consoleToken, signSecret }: Shown): Promise<string> => {
  if (authKey === undefined && consoleToken === undefined) return "open"
  const secrets = [authKey ?? null, signSecret ?? null, consoleToken ?? null]
  const bytes = new TextEncoder().encode(JSON.stringify(secrets))
  const digest = await crypto.subtle.digest("SHA-256", bytes)
  return Array.from(new Uint8Array(digest.slice(0, 16)), (byte) => byte.toString(16).padStart(2, "0")).join(
    ""
  )
}
