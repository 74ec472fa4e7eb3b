// The placeholders that stand for secrets in a config's text. The secrets
// themselves never come to the page. Pure.

/** As the agent makes them. */
export const secretMark = /__PILOTLIGHT_SECRET_[0-9a-f]{16}__/g

export const dots = '••••••••'

/** A text for the eye: each secret is dots. */
export function dotted(text: string): string {
  return text.replace(secretMark, dots)
}

export function marksOf(text: string): Set<string> {
  return new Set(text.match(secretMark) ?? [])
}

/**
 * Puts back the secrets that a person has just typed. The agent answers a draft
 * with placeholders for them too, which it could not resolve later, because they
 * are in no file yet. typed is what was sent, masked the same with placeholders,
 * result what the agent made of it.
 */
export function withTyped(result: string, typed: string, masked: string, known: Set<string>): string {
  if (![...marksOf(masked)].some((m) => !known.has(m))) return result
  const found = aligned(typed, masked)
  if (!found) return result
  return result.replace(secretMark, (mark) => (known.has(mark) ? mark : (found.get(mark) ?? mark)))
}

/** What each placeholder of masked stands for in typed; undefined where the two do not fit. */
function aligned(typed: string, masked: string): Map<string, string> | undefined {
  const found = new Map<string, string>()
  const pieces = masked.split(secretMark)
  const marks = masked.match(secretMark) ?? []
  if (!typed.startsWith(pieces[0] ?? '')) return undefined
  let at = (pieces[0] ?? '').length
  for (const [i, mark] of marks.entries()) {
    const next = pieces[i + 1] ?? ''
    const last = i === marks.length - 1
    const end = last ? typed.length - next.length : typed.indexOf(next, at)
    if (end < at || (last && !typed.endsWith(next))) return undefined
    found.set(mark, typed.slice(at, end))
    at = end + next.length
  }
  return at === typed.length ? found : undefined
}
