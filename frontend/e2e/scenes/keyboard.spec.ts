// Every place by the Tab key alone, in the three ways that it can look: each
// stop is in sight and has a ring, none is reached twice, and the walk ends.

import { expect, test, type Page } from './play'

/** The scene in which a place has the most to reach. */
const scenes = {
  now: 'duplicate',
  timeline: 'timeline-day',
  fallbacks: 'fallbacks-patterns',
  'fallbacks/4': 'fallbacks-few',
  models: 'engines',
  config: 'config-issues',
  doctor: 'doctor-findings',
}

const looks = {
  light: { colorScheme: 'light', forcedColors: 'none' },
  dark: { colorScheme: 'dark', forcedColors: 'none' },
  forced: { colorScheme: 'light', forcedColors: 'active' },
} as const

interface Stop {
  what: string
  ring: boolean
  seen: boolean
  jumps: boolean
}

interface Walked extends Window {
  walked?: Set<Element>
}

/** Runs in the page: how the element looks that has the focus; null where none has, or one had it before. */
function stop(): Stop | null {
  const e = document.activeElement
  const walked = ((window as Walked).walked ??= new Set())
  if (!e || e === document.body || walked.has(e)) return null
  walked.add(e)
  // What is drawn for it may be its label, as of a radio button that is hidden.
  const rings = [e, e.closest('label'), e.closest('.cm-editor')].filter((x) => x !== null)
  const ring = rings.some((x) => {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(x)
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1 && !/^rgba\(.*, 0\)$/.test(outlineColor)
  })
  const drawn = e.getBoundingClientRect().width > 2 ? e : (e.closest('label') ?? e)
  const { left, top, right, bottom } = drawn.getBoundingClientRect()
  // Of what is higher than the window its middle may be out of sight.
  const points = [0.5, 0.1, 0.9].flatMap((p) => [0.5, 0.1, 0.9].map((q) => [p, q] as const))
  const seen = points.some(([p, q]) => {
    const hit = document.elementFromPoint(left + (right - left) * q, top + (bottom - top) * p)
    return hit !== null && (drawn.contains(hit) || hit.contains(drawn) || hit.closest('label')?.contains(e) === true)
  })
  const what = `${e.tagName.toLowerCase()} ${e.getAttribute('aria-label') ?? (e.textContent ?? '').trim().slice(0, 40)}`
  return { what, ring, seen, jumps: e instanceof HTMLElement && e.tabIndex > 0 }
}

/** All stops from the top of the page until the browser has the focus again. */
async function walk(page: Page): Promise<Stop[]> {
  const stops: Stop[] = []
  await page.evaluate(() => {
    ;(window as Walked).walked = new Set()
    ;(document.activeElement as HTMLElement | null)?.blur()
  })
  for (;;) {
    await page.keyboard.press('Tab')
    const next = await page.evaluate(stop)
    if (!next) return stops
    stops.push(next)
    expect(stops.length, 'the walk ends').toBeLessThan(400)
  }
}

for (const [place, scene] of Object.entries(scenes))
  test(`${place} by the Tab key`, async ({ stage: { page, open } }) => {
    await page.setViewportSize({ width: 900, height: 600 })
    for (const [name, media] of Object.entries(looks)) {
      await page.emulateMedia({ ...media, reducedMotion: 'reduce' })
      await open(scene, place)
      await expect(page.getByText(/^Reading /)).toHaveCount(0)
      const stops = await walk(page)
      expect(stops[0]?.what).toContain('Skip to the content')
      expect.soft(stops.length, `${name}: more than the rail is reached`).toBeGreaterThan(12)
      const wrong = (of: (s: Stop) => boolean) => stops.filter(of).map((s) => s.what)
      expect
        .soft(
          wrong((s) => !s.ring),
          `${name}: without a ring`,
        )
        .toEqual([])
      expect
        .soft(
          wrong((s) => !s.seen),
          `${name}: out of sight or covered`,
        )
        .toEqual([])
      expect
        .soft(
          wrong((s) => s.jumps),
          `${name}: ahead of its turn`,
        )
        .toEqual([])
    }
  })
