/** The clock and the timers of the browser, for what is drawn. */

/** The present, in epoch milliseconds. */
export const now = (): number => Date.now()

/** A clock for lengths of time, in milliseconds. */
export const elapsed = (): number => performance.now()

/** Does something again and again; gives the function that ends it. */
export const every = (millis: number, work: () => void): (() => void) => {
  const timer = setInterval(work, millis)
  return () => clearInterval(timer)
}

/** The same, while somebody may see the page. */
export const everySeen = (millis: number, work: () => void): (() => void) =>
  every(millis, () => document.visibilityState === "hidden" || work())

/** Does something later; gives the function that prevents it. */
export const after = (millis: number, work: () => void): (() => void) => {
  const timer = setTimeout(work, millis)
  return () => clearTimeout(timer)
}

/** Does something when the browser has nothing better to do. */
export const whenIdle = (work: () => void): void => {
  if ("requestIdleCallback" in window) requestIdleCallback(work, { timeout: 200 })
  else after(1, work)
}

/** Does something before the next picture. */
export const beforePaint = (work: () => void): void => void requestAnimationFrame(work)
