import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

// WCAG 2.2, success criteria 1.4.3 (text, 4.5) and 1.4.11 (marks and the
// borders of controls, 3), over the tokens themselves.
const css = readFileSync(new URL('../app.css', import.meta.url), 'utf8')

function tokens(selector: string): Record<string, string> {
  const start = css.indexOf(`${selector} {`)
  const block = css.slice(start, css.indexOf('}', start))
  return Object.fromEntries([...block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map((m) => [m[1] ?? '', m[2] ?? '']))
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

const grounds = ['bg', 'rail', 'raised', 'sunken', 'warn-soft', 'bad-soft']
const pairs: [string, string, number][] = [
  ...grounds.flatMap((ground): [string, string, number][] => [
    ['ink', ground, 4.5],
    ['ink-2', ground, 4.5],
  ]),
  ...['bg', 'rail', 'raised', 'sunken'].map((ground): [string, string, number] => ['ink-3', ground, 4.5]),
  ['ember', 'ember-soft', 4.5],
  ['ember', 'bg', 4.5],
  ['on-ember', 'ember', 4.5],
  ['bg', 'ink', 4.5],
  ['bg', 'ink-2', 4.5],
  ['ok', 'bg', 4.5],
  ['warn', 'bg', 4.5],
  ['warn', 'warn-soft', 4.5],
  ['bad', 'bg', 4.5],
  ['bad', 'raised', 4.5],
  ['bad', 'bad-soft', 4.5],
  ['control', 'raised', 3],
  ['control', 'sunken', 3],
]

describe.each([':root', "[data-theme='dark']"])('%s', (selector) => {
  const theme = tokens(selector)
  it.each(pairs)('%s on %s has a contrast of at least %d', (ink, ground, least) => {
    const [a, b] = [theme[ink], theme[ground]]
    if (!a || !b) throw new Error(`no token ${ink} or ${ground}`)
    expect(contrast(a, b)).toBeGreaterThanOrEqual(least)
  })
})
