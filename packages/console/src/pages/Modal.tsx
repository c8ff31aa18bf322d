/** A question or form over the page: a native dialog, which keeps the keyboard within and ends with Escape. */
import type { ComponentChildren } from "preact"
import { useEffect, useRef } from "react"

export const Modal = ({
  children,
  onClose,
  title,
  wide = false
}: {
  readonly children: ComponentChildren
  readonly title: ComponentChildren
  readonly onClose: () => void
  readonly wide?: boolean
}) => {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = dialog.current
    const before = document.activeElement
    element?.showModal()
    return () => {
      element?.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      class={wide ? "modal wide" : "modal"}
      aria-labelledby="modal-title"
      onCancel={(event: Event) => {
        event.preventDefault()
        onClose()
      }}
      // Browsers may close it without a question, when Escape comes twice: it is for the page to close it.
      onClose={({ currentTarget }: { readonly currentTarget: HTMLDialogElement }) => {
        if (dialog.current === null) return
        currentTarget.showModal()
        onClose()
      }}
    >
      <h2 id="modal-title">{title}</h2>
      {children}
    </dialog>
  )
}
