// What is known of newer versions of Pilotlight, in words.

import type { Update } from '../api/types'

/** What came of the last check that brought something: "v1.2.0 is published". */
export function updateWords(u: Update): string {
  if (!u.latest)
    return u.checked_at ? 'Which version is the newest is not known' : 'Not checked for a newer version yet'
  if (u.newer === undefined) return `${u.latest} is published; this build has no version to compare it with`
  return u.newer ? `${u.latest} is published` : 'This is the newest version'
}

/** Whom a check asks. */
export function updateHost(u: Update): string {
  return URL.canParse(u.where) ? new URL(u.where).host : u.where
}
