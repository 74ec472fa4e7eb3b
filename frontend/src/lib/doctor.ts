// What the doctor found, in words and in order. Pure.

import type { Check, Fix, Report, Status } from '../api/types'
import { capital, many } from './format'
import type { Told } from './words'

const groupNames: Record<string, string> = {
  setup: 'Set-up',
  trouble: 'Trouble',
  servers: 'Servers',
  safety: 'Safety',
  machine: 'Machine',
}
const groupOrder = Object.keys(groupNames)
const verdictOrder: Check['verdict'][] = ['fail', 'warn', 'ok', 'skip']

/** A group as a heading. One that this dashboard does not know yet keeps its own name. */
export function groupName(group: string): string {
  return groupNames[group] ?? (capital(group.replaceAll('_', ' ')) || 'Other')
}

/** How a check ended, in a shape and in words. */
export function verdictWords(verdict: Check['verdict']): Told {
  switch (verdict) {
    case 'fail':
      return { tone: 'bad', text: 'to mend' }
    case 'warn':
      return { tone: 'warn', text: 'to know' }
    case 'ok':
      return { tone: 'ok', text: 'well' }
    case 'skip':
      return { tone: 'quiet', text: 'not looked at' }
  }
}

function groupPlace(group: string): number {
  const at = groupOrder.indexOf(group)
  return at < 0 ? groupOrder.length : at
}

/** What is to mend, then what is to know; within each by group, and in the doctor's own order. */
export function findings(items: Check[]): Check[] {
  return items
    .filter((c) => c.verdict === 'fail' || c.verdict === 'warn')
    .sort(
      (a, b) =>
        verdictOrder.indexOf(a.verdict) - verdictOrder.indexOf(b.verdict) || groupPlace(a.group) - groupPlace(b.group),
    )
}

export interface Group {
  id: string
  name: string
  checks: Check[]
}

/** The checks of one verdict by group, in the order of the groups. */
export function grouped(items: Check[], verdict: Check['verdict']): Group[] {
  const groups = new Map<string, Check[]>()
  for (const c of items) {
    if (c.verdict === verdict) groups.set(c.group, [...(groups.get(c.group) ?? []), c])
  }
  return [...groups]
    .sort(([a], [b]) => groupPlace(a) - groupPlace(b))
    .map(([id, checks]) => ({ id, name: groupName(id), checks }))
}

/** The one sentence of the page. */
export function reportTitle(report: Pick<Report, 'fail' | 'warn' | 'items'>): string {
  const { fail, warn } = report
  if (report.items.length === 0) return 'Nothing was looked at'
  if (fail > 0 && warn > 0) return `${fail} to mend, ${warn} to know`
  if (fail > 0) return `${many(fail, 'thing')} to mend`
  if (warn > 0) return `Nothing to mend, ${many(warn, 'thing')} to know`
  return 'All is well'
}

/** What else there is to say of a report, under its sentence. */
export function reportParts(items: Check[]): string[] {
  const well = items.filter((c) => c.verdict === 'ok').length
  const skipped = items.filter((c) => c.verdict === 'skip').length
  return [
    well > 0 ? `${many(well, 'check')} found nothing amiss` : '',
    skipped > 0 ? `${skipped} could not be looked at` : '',
  ].filter(Boolean)
}

/** All that Pilotlight can do about a check, the best first. */
export function fixesOf(check: Check): Fix[] {
  return [...(check.fix ? [check.fix] : []), ...(check.other_fixes ?? [])]
}

/** A button that asks before it does anything ends in dots. */
export function fixLabel(fix: Fix): string {
  const label = fix.label.trim().replace(/(\.{3}|…)$/, '')
  return `${label}…`
}

/** What to say of a check once its mend was done. */
export function afterWords(check: Check | undefined): Told {
  switch (check?.verdict) {
    case undefined:
      return { tone: 'quiet', text: 'Whether that was enough is not known yet.' }
    case 'ok':
      return { tone: 'ok', text: 'It is well now.' }
    case 'warn':
      return { tone: 'warn', text: 'Nothing is left to mend, but this is to know.' }
    case 'fail':
      return { tone: 'bad', text: 'It is not well yet.' }
    case 'skip':
      return { tone: 'quiet', text: 'It cannot be looked at now.' }
  }
}

const pageWords: Record<NonNullable<Check['page']>, string> = {
  now: 'See it on Now',
  timeline: 'See the timeline',
  fallbacks: 'See the fallbacks',
  models: 'See the models',
  config: 'Open the config',
}

/** Where more of a check is seen. */
export function pageLink(check: Check): { href: string; text: string } | undefined {
  const text = check.page && pageWords[check.page]
  return text ? { text, href: check.page === 'now' ? '#/' : `#/${check.page}` } : undefined
}

/** A report in which one check is as it was found after its mend. */
export function withCheck(report: Report, check: Check): Report {
  const items = report.items.map((c) => (c.id === check.id ? check : c))
  const of = (verdict: Check['verdict']) => items.filter((c) => c.verdict === verdict).length
  return { ...report, items, fail: of('fail'), warn: of('warn') }
}

/**
 * What of a status bears on the doctor's findings, as one string: figures that
 * move all the time are left out, so that it changes only when something
 * happened.
 */
export function lookKey(status: Status): string {
  const { keep, openclaw, last_fallback, notices, machine } = status
  const servers = status.servers.map((s) => [
    s.id,
    s.state,
    s.engine,
    s.version,
    s.models.length,
    s.models.flatMap((m) => m.instances.map((i) => [i.id, i.context_length, i.ttl_seconds, i.crashed])),
  ])
  const oc = openclaw && [
    openclaw.found,
    openclaw.config_valid,
    openclaw.version,
    openclaw.gateway,
    openclaw.log_readable,
    openclaw.chain.map((h) => [h.ref, h.state, h.context_window]),
  ]
  return JSON.stringify([
    servers,
    [keep.state, keep.server, keep.model, keep.context_length, keep.reason?.code],
    oc,
    last_fallback?.id,
    notices.map((n) => n.id),
    machine?.memory?.pressure,
    status.doctor && [status.doctor.fail, status.doctor.warn],
  ])
}
