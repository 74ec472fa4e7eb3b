// What a pointer, a wheel and keys do to the span that is seen: dragging marks a
// span to zoom to, a finger pans, two fingers and the wheel zoom.

import { least } from '../lib/timeline-range'
import type { TimelineView } from '../lib/timeline.svelte'

/** A drag shorter than this is a click. */
const click = 5

/** What gestures lead to, beyond the view itself. */
export interface Ends {
  /** A span was marked. */
  zoomed: (from: number, to: number) => void
  /** The view was moved by a gesture that may go on. */
  moved: () => void
}

/** An attachment for the surface that lies over the charts. */
export function gestures(view: TimelineView, ends: Ends) {
  return (node: HTMLElement): (() => void) => {
    const fingers = new Map<number, number>()
    let began: { x: number; t: number } | undefined
    let rect = node.getBoundingClientRect()
    let looked = 0

    /** Sees where the surface is: not with every event, because that costs a layout. */
    const look = () => {
      if (performance.now() - looked < 200) return
      looked = performance.now()
      rect = node.getBoundingClientRect()
    }

    const timeAt = (clientX: number) => {
      const part = (clientX - rect.left) / Math.max(1, rect.width)
      return view.span.from + Math.min(1, Math.max(0, part)) * (view.span.to - view.span.from)
    }

    function down(e: PointerEvent): void {
      if (e.pointerType === 'mouse' && e.button !== 0) return
      rect = node.getBoundingClientRect()
      node.setPointerCapture(e.pointerId)
      if (e.pointerType === 'touch') {
        fingers.set(e.pointerId, e.clientX)
        view.at = timeAt(e.clientX)
        return
      }
      began = { x: e.clientX, t: timeAt(e.clientX) }
    }

    function move(e: PointerEvent): void {
      if (e.pointerType === 'touch') return touch(e)
      if (!began) look()
      view.at = timeAt(e.clientX)
      if (!began) return
      const far = Math.abs(e.clientX - began.x) >= click
      if (far) view.marked = { from: Math.min(began.t, view.at), to: Math.max(began.t, view.at) }
    }

    function touch(e: PointerEvent): void {
      const before = fingers.get(e.pointerId)
      if (before === undefined) return
      const other = [...fingers].find(([id]) => id !== e.pointerId)?.[1]
      fingers.set(e.pointerId, e.clientX)
      if (other === undefined) view.pan((before - e.clientX) / rect.width)
      else {
        const [was, is] = [Math.abs(before - other), Math.abs(e.clientX - other)]
        if (was > 8 && is > 8) view.zoom(was / is, timeAt((e.clientX + other) / 2))
      }
      ends.moved()
    }

    function up(e: PointerEvent): void {
      fingers.delete(e.pointerId)
      const marked = view.marked
      began = undefined
      view.marked = undefined
      if (e.type === 'pointerup' && marked && marked.to - marked.from >= least / 60) ends.zoomed(marked.from, marked.to)
    }

    function leave(e: PointerEvent): void {
      if (e.pointerType !== 'touch' && !began) view.at = undefined
    }

    function wheel(e: WheelEvent): void {
      const across = e.shiftKey ? e.deltaX || e.deltaY : e.deltaX
      const zooms = e.ctrlKey || e.metaKey || (!e.shiftKey && document.activeElement === node)
      look()
      if (zooms && Math.abs(e.deltaY) >= Math.abs(e.deltaX)) {
        // A trackpad's pinch comes in small steps, a wheel's notch as 100 or more.
        const step = Math.min(1, Math.max(-1, (e.deltaY * (e.deltaMode === 1 ? 33 : 1)) / (e.ctrlKey ? 80 : 400)))
        view.zoom(2 ** step, timeAt(e.clientX))
      } else if (Math.abs(across) > Math.abs(e.shiftKey ? 0 : e.deltaY)) view.pan(across / rect.width)
      else return
      e.preventDefault()
      ends.moved()
    }

    const stop = new AbortController()
    const { signal } = stop
    node.addEventListener('pointerdown', down, { signal })
    node.addEventListener('pointermove', move, { signal })
    node.addEventListener('pointerup', up, { signal })
    node.addEventListener('pointercancel', up, { signal })
    node.addEventListener('pointerleave', leave, { signal })
    node.addEventListener('wheel', wheel, { signal, passive: false })
    return () => stop.abort()
  }
}

/** What a key does; false where it is none of the Timeline's. */
export function pressed(view: TimelineView, e: KeyboardEvent): 'moved' | 'pointed' | 'now' | 'open' | false {
  if (e.ctrlKey || e.metaKey || e.altKey) return false
  const middle = view.at ?? (view.span.from + view.span.to) / 2
  const part = { ArrowLeft: -1, ArrowRight: 1 }[e.key]
  if (part && e.shiftKey) {
    const step = (view.span.to - view.span.from) / 100
    view.at = Math.min(view.span.to, Math.max(view.span.from, middle + part * step))
    return 'pointed'
  }
  if (part) view.pan(part / 8)
  else if (e.key === 'PageUp' || e.key === 'PageDown') view.pan(e.key === 'PageUp' ? -1 : 1)
  else if (e.key === '+' || e.key === '=') view.zoom(1 / 1.5, middle)
  else if (e.key === '-' || e.key === '_') view.zoom(1.5, middle)
  else if (e.key === 'Home') return 'now'
  else if (e.key === 'Enter') return 'open'
  else if (e.key === 'Escape') {
    view.at = undefined
    return 'pointed'
  } else return false
  return 'moved'
}
