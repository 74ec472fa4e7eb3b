import { describe, expect, it } from 'vitest'
import type { ConfigIssue, ConfigVerdict } from '../api/types'
import { isAt, isLost, issuesAt, issuesBeside, issueSum, pathKey, sortIssues, verdictWords } from './config-words'

const issue = (path: string, severity?: ConfigIssue['severity']): ConfigIssue => ({
  path,
  message: 'x',
  severity,
})

describe('issues', () => {
  const list = [issue('a.b', 'info'), issue('a.b[1]', 'warning'), issue('a', 'error'), issue('ab.c')]

  it('belong to a path and what is below it', () => {
    expect(list.filter((i) => isAt(i, 'a')).map((i) => i.path)).toEqual(['a.b', 'a.b[1]', 'a'])
    expect(issuesAt(list, 'a.b').map((i) => i.path)).toEqual(['a.b'])
    expect(issuesBeside(list, ['a']).map((i) => i.path)).toEqual(['ab.c'])
  })

  it('come with the worst first, and one without a severity is an error', () => {
    expect(sortIssues(list).map((i) => i.path)).toEqual(['a', 'ab.c', 'a.b[1]', 'a.b'])
    expect(issueSum(list)).toBe('2 errors, 1 warning')
    expect(issueSum([issue('a', 'info')])).toBe('')
  })
})

it('writes a key into a path as the agent does', () => {
  expect(pathKey('lmstudio')).toBe('.lmstudio')
  expect(pathKey('anthropic/claude-opus-4-6')).toBe('["anthropic/claude-opus-4-6"]')
  expect(pathKey('x.y')).toBe('["x.y"]')
})

it('knows every verdict, and which of them lost the edit', () => {
  const codes: ConfigVerdict['code'][] = ['pending', 'accepted', 'restart', 'rejected', 'undone', 'replaced', 'unknown']
  const told = codes.map((code) => verdictWords({ code, at: '', text: '' }).text)
  expect(new Set(told).size).toBe(codes.length)
  expect(codes.filter((code) => isLost({ code, at: '', text: '' }))).toEqual(['undone', 'replaced'])
  expect(isLost(undefined)).toBe(false)
})
