import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

// WCAG 2.2, success criteria 1.4.3 (text, 4.5) and 1.4.11 (marks and the
// borders of controls, 3), over the tokens themselves.
const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const css = read('../app.css')

function tokens(selector: string, of = css): Record<string, string> {
  const start = of.indexOf(`${selector} {`)
  const block = of.slice(start, of.indexOf('}', start))
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
  ['ink', 'ember-soft', 4.5],
  ['ink', 'ok-soft', 4.5],
  ...['bg', 'rail', 'raised', 'sunken'].map((ground): [string, string, number] => ['ink-3', ground, 4.5]),
  // The palette's chosen entry, with what hints at its right.
  ['ink-3', 'ember-soft', 4.5],
  ['ember', 'ember-soft', 4.5],
  ...['bg', 'rail', 'raised'].map((ground): [string, string, number] => ['ember', ground, 4.5]),
  ['on-ember', 'ember', 4.5],
  ['bg', 'ink', 4.5],
  ['bg', 'ink-2', 4.5],
  // What stands in a card is on the page's ground, in a dialog on the raised one.
  ...['ok', 'warn', 'bad'].flatMap((ink): [string, string, number][] => [
    [ink, 'bg', 4.5],
    [ink, 'raised', 4.5],
    [ink, `${ink}-soft`, 4.5],
  ]),
  ['control', 'raised', 3],
  ['control', 'sunken', 3],
  // The focus ring, on whatever it is around.
  ...['bg', 'rail', 'raised', 'sunken', 'warn-soft', 'bad-soft'].map((g): [string, string, number] => ['ember', g, 3]),
]

describe.each([':root', "[data-theme='dark']"])('%s', (selector) => {
  const theme = tokens(selector)
  it.each(pairs)('%s on %s has a contrast of at least %d', (ink, ground, least) => {
    const [a, b] = [theme[ink], theme[ground]]
    if (!a || !b) throw new Error(`no token ${ink} or ${ground}`)
    expect(contrast(a, b)).toBeGreaterThanOrEqual(least)
  })
})

/** Ink and ground that stand in one list of classes, with what a state is put before: hover:, aria-pressed:, … */
function used(): string[] {
  const src = new URL('../', import.meta.url)
  const files = readdirSync(src, { recursive: true }).map(String)
  const found = new Set<string>()
  for (const file of files.filter((f) => f.endsWith('.svelte')))
    for (const [, list = ''] of read(`../${file}`).matchAll(/["'`]([^"'`\n]*\b(?:text|bg)-[^"'`\n]*)["'`]/g)) {
      const at = (kind: string) => [
        ...list.matchAll(new RegExp(`(?:^|\\s)(\\S*:)?${kind}-([a-z]+(?:-(?:ember|soft|\\d))?)(?=\\s|$)`, 'g')),
      ]
      for (const [, state = '', ground = ''] of at('bg'))
        for (const [, with_ = '', ink = ''] of at('text')) if (state === with_) found.add(`${ink} on ${ground}`)
    }
  return [...found]
}

it('tests every pair that a part sets together', () => {
  const theme = tokens(':root')
  const tested = new Set(pairs.map(([ink, ground]) => `${ink} on ${ground}`))
  const colours = used().filter((pair) => pair.split(' on ').every((token) => token in theme))
  expect(colours.length).toBeGreaterThan(8)
  expect(colours.filter((pair) => !tested.has(pair))).toEqual([])
})

// The pages that must stand without the dashboard have its tokens by heart.
it.each(['../../../window/page/away.css', '../../../backend/face/api/page/page.css'])(
  '%s has the same tokens',
  (path) => {
    const other = read(path)
    const [light, dark] = [tokens(':root'), tokens("[data-theme='dark']")]
    const mine = tokens(':root', other)
    const nightly = other.includes('prefers-color-scheme: dark')
      ? tokens(':root', other.slice(other.indexOf('prefers-color-scheme: dark')))
      : tokens("[data-theme='dark']", other)
    expect(Object.keys(mine).length).toBeGreaterThan(5)
    expect(Object.keys(nightly)).toEqual(Object.keys(mine))
    for (const [name, value] of Object.entries(mine)) expect(`${name} ${value}`).toBe(`${name} ${light[name]}`)
    for (const [name, value] of Object.entries(nightly)) expect(`${name} ${value}`).toBe(`${name} ${dark[name]}`)
  },
)
