// Texts are judged once a make, so what makes them must be all that counts.

import { complaints } from './axe'
import { expect, test } from './play'

test('what turns pale is found, though its like was sound, and found again', async ({ stage: { page, open } }) => {
  await open('warm')
  expect(await complaints(page)).toEqual([])
  for (const [where, name, value] of [
    ['h1', 'color', '#ddd'],
    ['main', 'background', '#555'],
    ['main', 'opacity', '0.3'],
  ] as const) {
    const paint = (v: string) =>
      page
        .locator(where)
        .first()
        .evaluate((e, [n, v]) => (e as HTMLElement).style.setProperty(n, v), [name, v] as const)
    await paint(value)
    for (let i = 0; i < 2; i++) expect((await complaints(page)).join(), `${where} ${name}`).toContain('color-contrast')
    await paint('')
    expect(await complaints(page)).toEqual([])
  }
})
