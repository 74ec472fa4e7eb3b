// Holds still what is being read while something is put above it. Browsers
// that anchor a page's scroll do not agree on tables, and WebKit has only
// begun to, so it is done here for all of them, in the frame of the change.

/**
 * An attachment: whatever changes within the node, its first visible part that
 * is marked with data-anchor stays where it is on the screen.
 */
export function steady(node: HTMLElement): () => void {
  const root = document.documentElement
  const native = root.style.getPropertyValue('overflow-anchor')
  root.style.setProperty('overflow-anchor', 'none')
  let anchor: { part: Element; top: number } | undefined
  // From the top of the page: a scroll that was not told of yet is no change of it.
  const topOf = (part: Element): number => part.getBoundingClientRect().top + scrollY

  function look(): void {
    anchor = undefined
    if (scrollY <= 0) return
    // Asked of a few points, because a list may have thousands of parts.
    for (let y = 40; y < innerHeight; y += 40) {
      const part = document.elementFromPoint(innerWidth / 2, y)?.closest('[data-anchor]')
      if (!part || !node.contains(part)) continue
      anchor = { part, top: topOf(part) }
      return
    }
  }

  function hold(): void {
    if (anchor?.part.isConnected) {
      const moved = topOf(anchor.part) - anchor.top
      if (Math.abs(moved) >= 1) scrollBy({ top: moved, behavior: 'instant' })
    }
    look()
  }

  const changes = new MutationObserver(hold)
  changes.observe(node, { childList: true, subtree: true, characterData: true })
  addEventListener('scroll', look, { passive: true })
  addEventListener('resize', look)
  look()
  return () => {
    changes.disconnect()
    removeEventListener('scroll', look)
    removeEventListener('resize', look)
    root.style.setProperty('overflow-anchor', native)
  }
}
