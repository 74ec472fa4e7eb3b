// Puts a text that has still to be fetched on the clipboard.

/**
 * Copies what `make` gives; tells whether that worked. To be called straight
 * from a click: WebKit forbids it later, so the text goes in as a promise where
 * the browser takes one.
 */
export async function copyText(make: () => Promise<string | undefined>): Promise<boolean> {
  const text = make()
  const known = await promised(text)
  if (known !== undefined) return known
  const got = await text
  if (got === undefined) return false
  try {
    await navigator.clipboard.writeText(got)
    return true
  } catch {
    return false
  }
}

/** undefined: this browser takes no promise. */
async function promised(text: Promise<string | undefined>): Promise<boolean | undefined> {
  if (typeof ClipboardItem === 'undefined' || !navigator.clipboard?.write) return undefined
  try {
    const blob = text.then((t) => {
      if (t === undefined) throw new Error('there is no text')
      return new Blob([t], { type: 'text/plain' })
    })
    await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })])
    return true
  } catch {
    return (await text) === undefined ? false : undefined
  }
}
