// The sizes and themes that pictures are taken in.

/** @typedef {{name: string, width: number, height: number, scale?: number, scheme: 'light' | 'dark', plain?: boolean}} Look */

const sizes = [
  { name: 'phone', width: 390, height: 844 },
  { name: 'least', width: 900, height: 600 },
  { name: 'wide', width: 1280, height: 800 },
  { name: 'huge', width: 2560, height: 1440 },
  // A window of 1280 by 800 at 200 %.
  { name: 'zoom', width: 640, height: 400, scale: 2 },
]

/** @type {Look[]} */
export const looks = [
  ...sizes.flatMap((s) => /** @type {const} */ (['light', 'dark']).map((scheme) => ({ ...s, scheme }))),
  // Forced colours and no motion, once.
  { name: 'plain', width: 1280, height: 800, scheme: 'light', plain: true },
]

/** How Playwright's browser is told of a look. @param {Look} look */
export const options = ({ width, height, scale = 1, scheme, plain }) => ({
  viewport: { width, height },
  deviceScaleFactor: scale,
  colorScheme: scheme,
  reducedMotion: plain ? /** @type {const} */ ('reduce') : undefined,
  forcedColors: plain ? /** @type {const} */ ('active') : undefined,
})
