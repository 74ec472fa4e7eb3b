// How much the doctor found. Apart from what asks, so that the shell can show it
// without loading the Doctor's page.

import type { Status } from '../api/types'

export interface Found {
  fail: number
  warn: number
}

/** What this page's last report found; undefined before it asked. */
export const found = $state<{ last?: Found }>({})

/** How many checks fail and warn: of the status where that tells, else of the last report. */
export function foundIn(status: Status | null): Found | undefined {
  const doctor = (status as { doctor?: Partial<Found> } | null)?.doctor
  if (typeof doctor?.fail !== 'number') return found.last
  return { fail: doctor.fail, warn: doctor.warn ?? 0 }
}
