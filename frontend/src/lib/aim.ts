// Holds still what somebody is about to press while something comes or goes
// above it: a server that falls silent, a model that another program loads.

/** What a person presses. */
export const pressed = 'a, button, summary, input, select, label, [role=switch]'

/**
 * An attachment: what the pointer stands on within the node stays under it,
 * for so many milliseconds after the pointer moved. Where the page cannot be
 * scrolled for that, the node gets room above itself until the pointer leaves.
 */
export function aim(lasts: number): (node: HTMLElement) => () => void {
  return (node) => {
    let target: Element | undefined
    // What was pressed may well move: more rows above it are what was asked for.
    let done: Element | null = null
    let top = 0
    let at = 0
    let room = 0
    let seen = { x: 0, y: 0 }
    // On the screen: where a browser holds its scroll by itself, there is nothing left to do.
    const topOf = (part: Element): number => part.getBoundingClientRect().top

    function give(height: number): void {
      room = Math.max(0, height)
      node.style.paddingTop = room > 0 ? `${room}px` : ''
    }

    function stand(on: Element | null): void {
      const to = on && node.contains(on) ? on.closest(pressed) : null
      if (to !== done) done = null
      target = to && to !== done ? to : undefined
      if (target) top = topOf(target)
    }

    function point(e: PointerEvent): void {
      if (e.pointerType === 'touch') return
      at = performance.now()
      seen = { x: e.clientX, y: e.clientY }
      stand(e.target instanceof Element ? e.target : null)
    }

    /** The page was moved under a pointer that rests. */
    function look(): void {
      if (target) stand(document.elementFromPoint(seen.x, seen.y))
    }

    function press(): void {
      done = target ?? done
      target = undefined
    }

    function leave(): void {
      target = undefined
      if (room > 0) give(0)
    }

    const moved = (): number => (target ? topOf(target) - top : 0)

    function hold(): void {
      if (!target?.isConnected || performance.now() - at > lasts) return
      let by = moved()
      if (Math.abs(by) < 1) return
      if (by > 0 && room > 0) {
        give(room - by)
        by = moved()
      }
      // What the page cannot be scrolled by, the node is given as room.
      if (by < 0 && scrollY + by < 0) {
        give(room - scrollY - by)
        by = moved()
      }
      if (Math.abs(by) >= 1) scrollBy({ top: by, behavior: 'instant' })
      top = topOf(target)
    }

    const changes = new MutationObserver(hold)
    changes.observe(node.closest('main') ?? node, { childList: true, subtree: true, characterData: true })
    node.addEventListener('pointermove', point, { passive: true })
    node.addEventListener('pointerdown', press)
    node.addEventListener('pointerleave', leave)
    addEventListener('scroll', look, { passive: true })
    addEventListener('resize', look)
    return () => {
      changes.disconnect()
      node.removeEventListener('pointermove', point)
      node.removeEventListener('pointerdown', press)
      node.removeEventListener('pointerleave', leave)
      removeEventListener('scroll', look)
      removeEventListener('resize', look)
    }
  }
}
