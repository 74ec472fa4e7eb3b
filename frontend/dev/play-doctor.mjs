// The stand-in agent's doctor: its report, mends with their preview, and the
// report as text.

/** @typedef {import('../src/api/types').Check} Check */
/** @typedef {import('../src/api/types').Report} Report */
/** @typedef {{checks: Check[], diff?: Record<string, string>, refuse?: import('./scenes.mjs').Refusal, seconds?: number, stays?: string[]}} DoctorPlay */

/** @param {Check[]} items @returns {Report} */
export function reportOf(items) {
  const of = (/** @type {Check['verdict']} */ v) => items.filter((c) => c.verdict === v).length
  return { at: new Date().toISOString(), items, fail: of('fail'), warn: of('warn') }
}

/**
 * Answers what begins with /api/doctor; undefined is not its own.
 * @param {string} route @param {URLSearchParams} query @param {any} body @param {import('./scenes.mjs').Scene} p
 */
export async function doctorAPI(route, query, body, p) {
  if (!/^(GET|POST) \/api\/doctor(\/|$)/.test(route)) return undefined
  const doctor = p.doctor ?? { checks: [] }
  if (route === 'GET /api/doctor') {
    if (query.get('fresh') === 'true') await wait(doctor.seconds ?? 1.2)
    return { json: reportOf(doctor.checks) }
  }
  if (route === 'GET /api/doctor/report') return { text: markdown(doctor.checks) }
  const id = decodeURIComponent(/^POST \/api\/doctor\/([^/]+)\/fix$/.exec(route)?.[1] ?? '')
  const check = doctor.checks.find((c) => c.id === id)
  const fixes = check ? [...(check.fix ? [check.fix] : []), ...(check.other_fixes ?? [])] : []
  const fix = body.fix ? fixes.find((f) => f.id === body.fix) : fixes[0]
  if (!check || !fix)
    return {
      problem: {
        code: 'not_found',
        status: 404,
        detail: 'There is nothing to mend there any more.',
        hint: 'Look again.',
      },
    }
  const diff = doctor.diff?.[fix.id]
  if (body.dry_run) return { json: { text: fix.does, dry_run: true, ...(diff ? { diff } : {}) } }
  await wait(doctor.seconds ?? 1.2)
  if (doctor.refuse) return { problem: doctor.refuse }
  const after = doctor.stays?.includes(id) ? check : well(check)
  p.doctor = { ...doctor, checks: doctor.checks.map((c) => (c.id === id ? after : c)) }
  return { json: { text: `Done: ${fix.label}`, check: after, ...(diff ? { diff } : {}) } }
}

/** @param {Check} check @returns {Check} */
function well(check) {
  const { fix: _fix, other_fixes: _others, hint: _hint, ...rest } = check
  return { ...rest, verdict: 'ok', detail: 'Mended a moment ago.' }
}

/** @param {number} seconds */
const wait = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))

/** @param {Check[]} checks */
function markdown(checks) {
  const lines = checks.map((c) => `- **${c.verdict}** ${c.title}: ${c.detail}`)
  return ['# Pilotlight 0.1.0, macOS 26.1', '', ...lines, ''].join('\n')
}
