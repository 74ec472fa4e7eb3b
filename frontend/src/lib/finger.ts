// Keeps a finger from pressing what slid under it: a list is read on a phone while
// models are loaded elsewhere, and no hand stops within a third of a second. A pointer
// that rests is held still by aim.ts instead; where a finger will come down, nobody knows.

import { pressed } from './aim'

/** How far something may move without being another thing to press, in pixels. */
const near = 8

/**
 * An attachment: a tap on what moved, or came, less than so many milliseconds before
 * the finger came down does nothing.
 */
export function finger(within: number): (node: HTMLElement) => (() => void) | undefined {
  return (node) => {
    if (!matchMedia('(any-pointer: coarse)').matches) return undefined
    const places = new WeakMap<Element, number>()
    const moved = new WeakMap<Element, number>()
    let late = false

    /** Where things are in the page: what a person scrolls does not count. */
    function survey(note: boolean): void {
      const now = performance.now()
      for (const part of node.querySelectorAll(pressed)) {
        const top = part.getBoundingClientRect().top + scrollY
        const was = places.get(part)
        places.set(part, top)
        if (note && (was === undefined || Math.abs(was - top) >= near)) moved.set(part, now)
      }
    }

    function down(e: PointerEvent): void {
      const part = e.target instanceof Element ? e.target.closest(pressed) : null
      const since = part ? moved.get(part) : undefined
      late = e.pointerType === 'touch' && since !== undefined && performance.now() - since < within
    }

    function click(e: MouseEvent): void {
      if (!late || e.detail === 0) return // a key presses what has the focus, wherever it is
      late = false
      e.preventDefault()
      e.stopImmediatePropagation()
    }

    survey(false)
    const changes = new MutationObserver(() => survey(true))
    changes.observe(node.closest('main') ?? node, { childList: true, subtree: true, characterData: true })
    node.addEventListener('pointerdown', down, { capture: true, passive: true })
    node.addEventListener('click', click, { capture: true })
    return () => {
      changes.disconnect()
      node.removeEventListener('pointerdown', down, { capture: true })
      node.removeEventListener('click', click, { capture: true })
    }
  }
}
