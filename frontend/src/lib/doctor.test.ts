import { describe, expect, it } from 'vitest'
import openapi from '../api/openapi.json'
import type { Check, Report } from '../api/types'
import {
  afterWords,
  findings,
  fixesOf,
  fixLabel,
  grouped,
  groupName,
  lookKey,
  pageLink,
  reportParts,
  reportTitle,
  verdictWords,
  withCheck,
} from './doctor'
import { foundIn, found } from './found.svelte'
import { at, holding, instance, keep, now, openclaw, server, status } from './testing'

const schema = openapi.components.schemas.Check.properties
const verdicts = schema.verdict.enum as Check['verdict'][]
const pages = schema.page.enum as NonNullable<Check['page']>[]

function check(id: string, over: Partial<Check> = {}): Check {
  return { id, title: id, group: 'setup', verdict: 'ok', detail: '', ...over }
}

function report(items: Check[]): Report {
  const of = (v: Check['verdict']) => items.filter((c) => c.verdict === v).length
  return { at: at(0), items, fail: of('fail'), warn: of('warn') }
}

describe('the report', () => {
  const [bad, odd, well, skip] = [
    check('bad', { verdict: 'fail' }),
    check('odd', { verdict: 'warn' }),
    check('well'),
    check('skip', { verdict: 'skip' }),
  ]

  it.each([
    [[bad, odd, well], '1 to mend, 1 to know'],
    [[bad, well], '1 thing to mend'],
    [[bad, { ...bad, id: 'b' }], '2 things to mend'],
    [[odd, well], 'Nothing to mend, 1 thing to know'],
    [[well, skip], 'All is well'],
    [[], 'Nothing was looked at'],
  ])('is one sentence', (items, title) => expect(reportTitle(report(items))).toBe(title))

  it('counts what is well and what could not be looked at', () => {
    expect(reportParts([bad, well, { ...well, id: 'w' }, skip])).toEqual([
      '2 checks found nothing amiss',
      '1 could not be looked at',
    ])
    expect(reportParts([bad])).toEqual([])
  })

  it('puts what is to mend first, then by group, and else keeps the order', () => {
    const items = [
      check('a', { verdict: 'warn', group: 'setup' }),
      check('b', { verdict: 'fail', group: 'machine' }),
      check('c', { verdict: 'ok' }),
      check('d', { verdict: 'fail', group: 'trouble' }),
      check('e', { verdict: 'fail', group: 'new' }),
      check('f', { verdict: 'fail', group: 'trouble' }),
      check('g', { verdict: 'skip' }),
    ]
    expect(findings(items).map((c) => c.id)).toEqual(['d', 'f', 'b', 'e', 'a'])
  })

  it('groups in the order of setup, trouble, servers, safety, machine, and then what is not known', () => {
    const items = ['safety', 'zzz', 'machine', 'servers', 'trouble', 'setup', 'safety'].map((group, i) =>
      check(String(i), { group }),
    )
    expect(grouped(items, 'ok').map((g) => [g.id, g.checks.length])).toEqual([
      ['setup', 1],
      ['trouble', 1],
      ['servers', 1],
      ['safety', 2],
      ['machine', 1],
      ['zzz', 1],
    ])
    expect(grouped(items, 'skip')).toEqual([])
    expect(groupName('some_new_group')).toBe('Some new group')
    expect(groupName('')).toBe('Other')
  })

  it('takes in how a check is after its mend', () => {
    const got = withCheck(report([bad, odd]), { ...bad, verdict: 'ok' })
    expect([got.fail, got.warn, got.items[0]?.verdict]).toEqual([0, 1, 'ok'])
    expect(withCheck(report([bad]), check('gone')).items).toEqual([bad])
  })
})

describe('a check', () => {
  it.each(verdicts)('has a shape and words for %s, each its own', (v) => {
    const others = verdicts.filter((o) => o !== v).map((o) => verdictWords(o))
    expect(others.map((o) => o.tone)).not.toContain(verdictWords(v).tone)
    expect(others.map((o) => o.text)).not.toContain(verdictWords(v).text)
    expect(afterWords(check('x', { verdict: v })).text).not.toBe('')
  })
  it('does not claim to be well when nobody looked', () => expect(afterWords(undefined).tone).toBe('quiet'))

  it('offers the best mend first, by a button that asks', () => {
    const fix = { id: 'a', label: 'Load it', does: '' }
    const other = { id: 'b', label: 'Wait longer...', does: '' }
    expect(fixesOf(check('x', { fix, other_fixes: [other] }))).toEqual([fix, other])
    expect(fixesOf(check('x'))).toEqual([])
    expect(fixLabel(fix)).toBe('Load it…')
    expect(fixLabel(other)).toBe('Wait longer…')
  })

  it.each(pages)('leads to %s', (page) => {
    expect(pageLink(check('x', { page }))?.href).toBe(page === 'now' ? '#/' : `#/${page}`)
  })
  it('leads nowhere that is not a place', () => {
    expect(pageLink(check('x'))).toBeUndefined()
    expect(pageLink(check('x', { page: 'javascript:alert(1)' as Check['page'] }))).toBeUndefined()
  })
})

describe('when to look again', () => {
  const base = holding([instance({ busy: false, last_used_at: at(10) })], { openclaw: openclaw() })

  it('stays as it is while only figures move', () => {
    const moved = holding([instance({ busy: true, last_used_at: at(1) })], { openclaw: openclaw() })
    moved.servers[0] = { ...moved.servers[0]!, latency_seconds: 3, checked_at: at(0) }
    expect(lookKey(moved)).toBe(lookKey(base))
  })

  it.each([
    ['a server', { servers: [server({ state: 'down' })] }],
    ['an instance', { servers: holding([]).servers }],
    ['a context', { servers: holding([instance({ context_length: 1 })]).servers }],
    ['the keep', { keep: keep({ state: 'blocked' }) }],
    ['OpenClaw', { openclaw: openclaw({ config_valid: false }) }],
    ['the doctor', { doctor: { fail: 1, warn: 0, at: at(0) } }],
  ])('changes with %s', (_, over) => expect(lookKey({ ...base, ...over })).not.toBe(lookKey(base)))
})

describe('foundIn', () => {
  it('tells what is newer, the status or the last report, and nothing of an older agent', () => {
    found.last = undefined
    expect(foundIn(null)).toBeUndefined()
    expect(foundIn(status())).toBeUndefined()
    const told = { fail: 2, warn: 1, at: at(60) }
    expect(foundIn(status({ doctor: told }))).toBe(told)
    found.last = { fail: 0, warn: 0, at: new Date(now).toISOString() }
    expect(foundIn(status({ doctor: told }))?.fail).toBe(0)
    expect(foundIn(status({ doctor: { ...told, at: at(-60) } }))?.fail).toBe(2)
    found.last = undefined
  })
})
