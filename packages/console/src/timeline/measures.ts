/** The sizes of the parts of a timeline. */

/** Sizes that follow the size of text. */
export interface Measures {
  readonly rem: number
  readonly rowHeight: number
  readonly labelWidth: number
  readonly barTop: number
  readonly barHeight: number
  readonly width: number
  readonly height: number
}

/** Below this width, names stand above their bars. */
const narrowRems = 46

/** Measures the place of the rows. */
export const measure = (element: HTMLElement): Measures => {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
  const { clientHeight: height, clientWidth } = element
  const isNarrow = clientWidth < narrowRems * rem
  const labelWidth = isNarrow ? 0 : Math.round(21 * rem)
  return {
    rem,
    height,
    labelWidth,
    width: Math.max(50, clientWidth - labelWidth),
    rowHeight: Math.round((isNarrow ? 3.9 : 2.6) * rem),
    barTop: Math.round((isNarrow ? 2.5 : 0.55) * rem),
    barHeight: Math.round((isNarrow ? 1.05 : 1.4) * rem)
  }
}
