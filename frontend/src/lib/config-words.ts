// Says what the config's codes mean, and sorts its issues. Pure.

import type { ConfigIssue, ConfigVerdict, Revision } from '../api/types'
import { many } from './format'
import type { Told, Tone } from './words'

const verdicts: Record<ConfigVerdict['code'], Told> = {
  pending: { tone: 'quiet', text: 'Saved. Waiting for what OpenClaw makes of it' },
  accepted: { tone: 'ok', text: 'OpenClaw took it' },
  restart: { tone: 'ok', text: 'OpenClaw took it and restarts' },
  rejected: { tone: 'bad', text: 'OpenClaw does not take it' },
  undone: { tone: 'bad', text: 'OpenClaw undid it' },
  replaced: { tone: 'warn', text: 'Written over since' },
  unknown: { tone: 'quiet', text: 'No gateway said anything' },
}

/** What became of an edit, in few words. */
export function verdictWords(v: ConfigVerdict): Told {
  return verdicts[v.code] ?? verdicts.unknown
}

/** Whether an edit is lost, so that it may be missed. */
export function isLost(v: ConfigVerdict | undefined): boolean {
  return v?.code === 'undone' || v?.code === 'replaced'
}

const authors: Record<Revision['author'], string> = {
  'pilotlight-page': 'you, here',
  'pilotlight-cli': 'you, at the command line',
  'pilotlight-agent': 'Pilotlight',
  outside: 'OpenClaw or an editor',
}

export function authorWords(author: Revision['author']): string {
  return authors[author] ?? 'unknown'
}

export function isError(i: ConfigIssue): boolean {
  return !i.severity || i.severity === 'error'
}

export function issueTone(i: ConfigIssue): Tone {
  return isError(i) ? 'bad' : i.severity === 'warning' ? 'warn' : 'quiet'
}

export const issueName = (i: ConfigIssue) => (isError(i) ? 'Error' : i.severity === 'warning' ? 'Warning' : 'Note')

const rank = (i: ConfigIssue) => (isError(i) ? 0 : i.severity === 'warning' ? 1 : 2)

/** The worst first, else as they come. */
export function sortIssues(issues: ConfigIssue[]): ConfigIssue[] {
  return [...issues].sort((a, b) => rank(a) - rank(b))
}

/** Whether an issue is about a path or something below it. */
export function isAt(issue: ConfigIssue, path: string): boolean {
  return issue.path === path || issue.path.startsWith(`${path}.`) || issue.path.startsWith(`${path}[`)
}

/** Those about a path alone. */
export function issuesAt(issues: ConfigIssue[], ...paths: string[]): ConfigIssue[] {
  return issues.filter((i) => paths.includes(i.path))
}

/** Those that no part of the form shows. */
export function issuesBeside(issues: ConfigIssue[], shown: string[]): ConfigIssue[] {
  return issues.filter((i) => !shown.some((path) => isAt(i, path)))
}

/** "1 error, 2 warnings"; empty where all is well. */
export function issueSum(issues: ConfigIssue[]): string {
  const errors = issues.filter(isError).length
  const warnings = issues.filter((i) => i.severity === 'warning').length
  return [errors ? many(errors, 'error') : '', warnings ? many(warnings, 'warning') : ''].filter(Boolean).join(', ')
}

/** One segment of a path as the agent writes it, to be put behind another. */
export function pathKey(key: string): string {
  return /^[A-Za-z_$][\w$-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}
