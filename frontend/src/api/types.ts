// Short names for the API's objects. Their shapes come from its OpenAPI
// document, by way of schema.d.ts.

import type { components } from './schema'

type Schemas = components['schemas']

export type Status = Schemas['Status']
export type Server = Schemas['Server']
export type Model = Schemas['Model']
export type Instance = Schemas['Instance']
export type Keep = Schemas['Keep']
export type Policy = Keep['policy']
export type Load = Schemas['Load']
export type Fallback = Schemas['Fallback']
export type FallbackStory = Schemas['FallbackStory']
export type FallbackSummary = Schemas['FallbackSummary']
export type FallbackCount = Schemas['FallbackCount']
export type FallbackDay = Schemas['FallbackDay']
export type Attempt = Schemas['Attempt']
export type Cause = Schemas['Cause']
export type Evidence = Schemas['Evidence']
export type Remedy = Schemas['Remedy']
export type Step = Schemas['Step']
export type Pattern = Schemas['Pattern']
export type Settings = Schemas['Settings']
export type ConfigDoc = Schemas['ConfigDoc']
export type ConfigProvider = Schemas['ConfigProvider']
export type ConfigModel = Schemas['ConfigModel']
export type ConfigAgent = Schemas['ConfigAgent']
export type ConfigForm = Schemas['ConfigForm']
export type ConfigIssue = Schemas['ConfigIssue']
export type ConfigEdit = Schemas['ConfigEdit']
export type ConfigWish = Schemas['ConfigWish']
export type ConfigPlan = Schemas['ConfigPlan']
export type ConfigSaved = Schemas['ConfigSaved']
export type ConfigVerdict = Schemas['ConfigVerdict']
export type ConfigNews = Schemas['ConfigNews']
export type Revision = Schemas['Revision']
export type Recipe = Schemas['Recipe']
export type OpenClaw = Schemas['OpenClaw']
export type Hop = Schemas['Hop']
export type Notice = Schemas['Notice']
export type Sample = Schemas['Sample']
export type Series = Schemas['Series']
/** A figure for each row; null where there is none. */
export type Column = Series['mean']
export type Timeline = Schemas['Timeline']
export type Lane = Schemas['Lane']
export type LoadSpan = Schemas['LoadSpan']
export type LoadFailure = Schemas['LoadFailure']
export type FallbackMark = Schemas['FallbackMark']
export type ServerChange = Schemas['ServerChange']
export type Memory = Schemas['Memory']
export type GPU = Schemas['GPU']
export type Samples = Schemas['Samples']
export type Fit = Schemas['Fit']
export type WhatIf = Schemas['WhatIf']
export interface Fix {
  id: string
  label: string
  does: string
  bytes?: number
}
export interface Check {
  id: string
  title: string
  group: string
  verdict: 'ok' | 'warn' | 'fail' | 'skip'
  detail: string
  hint?: string
  fix?: Fix
  other_fixes?: Fix[]
  page?: 'now' | 'timeline' | 'fallbacks' | 'models' | 'config'
}
export interface Report {
  at: string
  items: Check[]
  fail: number
  warn: number
}
export interface Mended {
  text: string
  diff?: string
  dry_run?: boolean
  check?: Check
}
export type Engine = NonNullable<Server['engine']>
export type Tells = Schemas['Tells']
/** What a person can be told: what happened, and what to do about it. */
export type Problem = Pick<Schemas['Error'], 'message' | 'hint'> & { code: string }
