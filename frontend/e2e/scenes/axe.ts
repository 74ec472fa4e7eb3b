// Runs axe in a page: every rule over the whole page, but for the contrast,
// which takes three quarters of axe's time. It comes of the colours and the
// sizes alone, so a text of the same make is judged once a worker.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type axe from 'axe-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** The makes of texts in which axe found no fault, in this worker. */
const sound = new Set<number>()

/** What axe finds to complain of, in the WCAG 2.2 AA rules and the best practices: one line a rule. */
export async function complaints(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source)
  await page.evaluate(still)
  const makes = await page.evaluate(textMakes)
  const fresh = makes.map((make, i) => (sound.has(make) ? -1 : i)).filter((i) => i >= 0)
  const found = await page.evaluate(run, fresh)
  if (found.length === 0) for (const make of makes) sound.add(make)
  return found
}

/** Runs in the page. A button that is just being enabled has a colour that it never keeps. */
async function still(): Promise<void> {
  const ends = (a: Animation) =>
    a.playState === 'running' && Number.isFinite(Number(a.effect?.getComputedTiming().endTime))
  await Promise.allSettled(
    document
      .getAnimations()
      .filter(ends)
      .map((a) => a.finished),
  )
}

/** Elements with words of their own, in the order of the page; run finds the same ones. */
interface Held extends Window {
  texts?: Element[]
  axe: typeof import('axe-core')
}

/**
 * Runs in the page. Tells the make of every text, as a number: all that its
 * contrast comes of, and where in the page it stands. What lies over others,
 * such as a label on a bar, is told apart by its place among them.
 */
function textMakes(): number[] {
  const hash = (s: string): number => {
    let [a, b] = [0xdeadbeef, 0x41c6ce57]
    for (let i = 0; i < s.length; i++) {
      a = Math.imul(a ^ s.charCodeAt(i), 2654435761)
      b = Math.imul(b ^ s.charCodeAt(i), 1597334677)
    }
    return 4294967296 * (2097151 & (b ^ (a >>> 15))) + ((a ^ (b >>> 13)) >>> 0)
  }
  const known = new Map<Element, number>()
  const around = (e: Element | null): number => {
    if (!e) return 0
    const before = known.get(e)
    if (before !== undefined) return before
    const { backgroundColor, backgroundImage, opacity, filter, position } = getComputedStyle(e)
    const place = position === 'static' ? '' : [...(e.parentElement?.children ?? [])].indexOf(e)
    const own = [e.tagName, e.getAttribute('class'), backgroundColor, backgroundImage, opacity, filter, position, place]
    const make = hash(`${around(e.parentElement)} ${own.join(' ')}`)
    known.set(e, make)
    return make
  }
  const speaks = (e: Element) =>
    e.matches('input, select, textarea, button') ||
    [...e.childNodes].some((n) => n.nodeType === 3 && n.nodeValue?.trim())
  const texts = [...document.querySelectorAll('*')].filter(speaks)
  ;(window as unknown as Held).texts = texts
  return texts.map((e) => {
    const { color, fontSize, fontWeight, textShadow, visibility } = getComputedStyle(e)
    return hash([around(e), color, fontSize, fontWeight, textShadow, visibility].join(' '))
  })
}

/** Runs in the page. The texts to judge are marked while axe looks for them. */
async function run(fresh: number[]): Promise<string[]> {
  const { axe, texts = [] } = window as unknown as Held
  const mark = 'data-contrast-of'
  const marked = fresh.flatMap((i) => texts[i] ?? [])
  axe.configure({ rules: [{ id: 'color-contrast', selector: `[${mark}]` }] } as axe.Spec)
  for (const e of marked) e.setAttribute(mark, '')
  try {
    const { violations } = await axe.run(document, { reporter: 'no-passes' as axe.ReporterVersion, iframes: false })
    return violations.map(
      (v) => `${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} ${n.failureSummary ?? ''}`).join('; ')}`,
    )
  } finally {
    for (const e of marked) e.removeAttribute(mark)
  }
}
