// Contact sheets: many pictures on one, each with its name, so that one looks
// at a hundred in a minute; and a page that leads from them to the single ones.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** @typedef {{file: string, place: string, look: import('./looks.mjs').Look}} Shot */

/** How many stand beside each other, by the look; and how much of a long one is seen. */
const columns = { phone: 8, least: 4, wide: 4, huge: 3, zoom: 4, plain: 4 }
const rows = 5

const style = `
  body { margin: 12px; font: 12px system-ui, sans-serif; background: #777; color: #fff }
  div { display: grid; gap: 12px; align-items: start }
  figure { margin: 0 } figcaption { overflow-wrap: anywhere }
  span { display: block; overflow: hidden } img { width: 100%; display: block }`

/** @param {Shot[]} shots @param {number} beside */
function markup(shots, beside) {
  const one = (/** @type {Shot} */ { file, look }) =>
    `<figure><span style="max-height: ${Math.round((1776 / beside) * 1.5 * (look.height / look.width))}px"><a href="${file}"><img loading="lazy" src="${file}"></a></span><figcaption>${file}</figcaption></figure>`
  return `<div style="grid-template-columns: repeat(${beside}, 1fr)">${shots.map(one).join('')}</div>`
}

/**
 * Writes index.html and the sheets into the folder that the pictures lie in.
 * @param {import('@playwright/test').Browser} browser @param {string} folder @param {Shot[]} shots
 * @returns {Promise<string[]>} the names of the sheets
 */
export async function sheets(browser, folder, shots) {
  /** @type {Map<string, Shot[]>} */
  const groups = new Map()
  for (const shot of shots) {
    const name = `${shot.place}-${shot.look.name}-${shot.look.scheme}`
    groups.set(name, [...(groups.get(name) ?? []), shot])
  }
  const parts = [...groups].flatMap(([name, of]) => {
    const beside = columns[/** @type {keyof typeof columns} */ (of[0]?.look.name)] ?? 4
    const each = beside * rows
    return Array.from({ length: Math.ceil(of.length / each) }, (_, i) => ({
      name: `sheet-${name}${i > 0 ? `-${i + 1}` : ''}.png`,
      shots: of.slice(i * each, (i + 1) * each),
      beside,
    }))
  })
  const page = await browser.newPage({ viewport: { width: 1800, height: 900 } })
  for (const part of parts) {
    const draft = join(folder, 'sheet.html')
    const text = markup(part.shots, Math.min(part.beside, Math.max(part.shots.length, 2)))
    writeFileSync(draft, `<meta charset="utf-8"><style>${style}</style>${text.replaceAll(' loading="lazy"', '')}`)
    await page.goto(pathToFileURL(draft).href)
    await page.screenshot({ path: join(folder, part.name), fullPage: true })
  }
  await page.close()
  rmSync(join(folder, 'sheet.html'), { force: true })
  const all = parts.map((p) => `<h2>${p.name}</h2>${markup(p.shots, p.beside)}`).join('')
  writeFileSync(
    join(folder, 'index.html'),
    `<!doctype html><meta charset="utf-8"><title>Pictures</title><style>${style}</style>${all}`,
  )
  return parts.map((p) => p.name)
}
