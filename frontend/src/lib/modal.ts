// The browser's own modal dialogs, which hold the focus.

/**
 * For a dialog that is open as long as it is there. The browser gives the focus
 * back when such a dialog closes, but not when it is taken off the page.
 */
export function modal(node: HTMLDialogElement): () => void {
  const before = document.activeElement
  node.showModal()
  return () => {
    node.close()
    const lost = document.activeElement === null || document.activeElement === document.body
    if (lost && before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
  }
}
