// The page's tokens as a canvas needs them. Read anew when the theme changes,
// or when the page turns grey because it is old.

const names = [
  'bg',
  'line',
  'line-strong',
  'ink',
  'ink-2',
  'ink-3',
  'on-ember',
  'ember',
  'ok',
  'warn',
  'bad',
  'bad-soft',
  'sunken',
  'c-system',
  'c-weights',
] as const

export type Colour = (typeof names)[number]
export type Colours = Record<Colour, string> & { font: string }

export function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element)
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize)
  const tokens = names.map((name): [Colour, string] => [name, style.getPropertyValue(`--${name}`).trim()])
  return {
    ...(Object.fromEntries(tokens) as Record<Colour, string>),
    font: `500 ${0.6875 * rem}px ${style.fontFamily}`,
  }
}

/** Calls f whenever the tokens may have changed; returns how to stop. */
export function onColours(element: Element, f: () => void): () => void {
  const watch = new MutationObserver(f)
  watch.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  const main = element.closest('main')
  if (main) watch.observe(main, { attributes: true, attributeFilter: ['data-stale'] })
  return () => watch.disconnect()
}

/** The relative luminance of a colour like #a1b2c3. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** Of two inks the one that is read better on a ground. */
export function legible(ground: string, a: string, b: string): string {
  const l = luminance(ground)
  const contrast = (ink: string) => {
    const [dark = 0, light = 0] = [luminance(ink), l].sort((x, y) => x - y)
    return (light + 0.05) / (dark + 0.05)
  }
  return contrast(a) >= contrast(b) ? a : b
}

/** A colour with an opacity, so that the ground shows through. */
export function sheer(colour: string, opacity: number): string {
  return `${colour}${Math.round(opacity * 255)
    .toString(16)
    .padStart(2, '0')}`
}

/** A colour laid over a ground with an opacity, as one colour. */
export function mixed(over: string, ground: string, opacity: number): string {
  const part = (i: number) => {
    const [a, b] = [over, ground].map((c) => parseInt(c.slice(i, i + 2), 16))
    return Math.round((a ?? 0) * opacity + (b ?? 0) * (1 - opacity))
      .toString(16)
      .padStart(2, '0')
  }
  return `#${part(1)}${part(3)}${part(5)}`
}
