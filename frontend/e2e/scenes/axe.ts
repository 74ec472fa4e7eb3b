// Runs axe in a page: every rule over the whole page, but for the contrast,
// which takes three quarters of axe's time. It comes of the colours and the
// sizes alone, so a text of the same make is judged once a worker.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type axe from 'axe-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const mark = 'data-contrast-of'

/** The makes of texts in which axe found no fault, in this worker. */
const sound = new Set<string>()

/** What axe finds to complain of, in the WCAG 2.2 AA rules and the best practices: one line a rule. */
export async function complaints(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source)
  const makes = await page.evaluate(textMakes)
  const fresh = makes.map((make, i) => (sound.has(make) ? -1 : i)).filter((i) => i >= 0)
  const found = await page.evaluate(run, { fresh, mark })
  if (found.length === 0) for (const make of makes) sound.add(make)
  return found
}

/**
 * Tells the make of every text in the page, in the order of the page: all that
 * its contrast comes of, and where in the page it stands. What lies over
 * others, such as a label on a bar, is told apart by its place among them.
 */
function textMakes(): string[] {
  const known = new WeakMap<Element, string>()
  const around = (e: Element | null): string => {
    if (!e) return ''
    const before = known.get(e)
    if (before !== undefined) return before
    const { backgroundColor, backgroundImage, opacity, filter, position } = getComputedStyle(e)
    const place = position === 'static' ? '' : [...(e.parentElement?.children ?? [])].indexOf(e)
    const own = [e.tagName, e.getAttribute('class'), backgroundColor, backgroundImage, opacity, filter, position, place]
    const make = `${around(e.parentElement)}\n${own.join(' ')}`
    known.set(e, make)
    return make
  }
  return [...document.querySelectorAll('*')].map((e) => {
    const { color, fontSize, fontWeight, textShadow, visibility } = getComputedStyle(e)
    return [around(e), color, fontSize, fontWeight, textShadow, visibility].join(' ')
  })
}

/** Runs in the page. The texts to judge are marked while axe looks for them. */
async function run({ fresh, mark }: { fresh: number[]; mark: string }): Promise<string[]> {
  const { axe } = window as unknown as { axe: typeof import('axe-core') }
  const all = [...document.querySelectorAll('*')]
  const marked = fresh.flatMap((i) => all[i] ?? [])
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
