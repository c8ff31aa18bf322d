/** Looks for a newer page: the service may have been replaced while this one was open. */

/** The script of a page, whose name changes with its content. */
const scriptOf = (html: string): string | undefined => /\/assets\/index-[\w-]+\.js/.exec(html)?.[0]

/** The script of this page. */
const own = (): string | undefined => scriptOf(document.head.innerHTML)

/** Tells if the service gives another page than this one. A service that gives none tells nothing. */
export const look = (found: (isNewer: boolean) => void): void => {
  void fetch("/", { cache: "no-cache" })
    .then((answer) => (answer.ok ? answer.text() : ""))
    .then((html) => {
      const script = scriptOf(html)
      if (script !== undefined) found(script !== own())
    })
    .catch(() => {})
}
