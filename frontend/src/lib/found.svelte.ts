// How much the doctor found. Apart from what asks, so that the shell can show it
// without loading the Doctor's page.

import type { DoctorSummary, Status } from '../api/types'

/** What this page's last report found; undefined before it asked. */
export const found = $state<{ last?: DoctorSummary }>({})

/** How many checks fail and warn: of the status or of the last report, whichever is newer. */
export function foundIn(status: Status | null): DoctorSummary | undefined {
  const told = status?.doctor
  const { last } = found
  if (!told || !last) return told ?? last
  return Date.parse(told.at) >= Date.parse(last.at) ? told : last
}
