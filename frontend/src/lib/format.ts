// Turns figures into what a person would say. Everything here is a pure
// function: the time is an argument, in milliseconds since 1970.

// Keeps a figure and its unit on one line.
const nb = '\u00a0'

const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** A length of time in one unit, for what only needs a rough idea: "3 h". */
export function span(seconds: number): string {
  const s = Math.max(0, seconds)
  if (s < minute) return `${Math.floor(s)}${nb}s`
  if (s < hour) return `${Math.floor(s / minute)}${nb}min`
  if (s < 2 * day) return `${Math.floor(s / hour)}${nb}h`
  return `${Math.floor(s / day)}${nb}days`
}

/** A length of time that was measured: "0.8 s", "41 s", "2 min 5 s". */
export function duration(seconds: number): string {
  const s = Math.max(0, seconds)
  if (s < 9.95) return `${s.toFixed(1).replace(/\.0$/, '')}${nb}s`
  const whole = Math.round(s)
  if (whole < minute) return `${whole}${nb}s`
  if (whole < hour) return join(Math.floor(whole / minute), 'min', whole % minute, 's')
  const minutes = Math.round(whole / minute)
  return join(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
}

/** Time that was lost, no finer than it matters: "74 s", "2 min", "1 h 5 min". */
export function lost(seconds: number): string {
  const s = Math.max(0, seconds)
  if (s > 0 && s < 0.5) return `under 1${nb}s`
  if (Math.round(s) < 100) return `${Math.round(s)}${nb}s`
  const minutes = Math.round(s / minute)
  return minutes < 60 ? `${minutes}${nb}min` : join(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
}

/** The same for a headline: "74 seconds", "2 minutes", "1 hour 5 minutes". */
export function lostLong(seconds: number): string {
  const s = Math.max(0, seconds)
  if (s < 0.5) return 'under a second'
  if (Math.round(s) < 100) return many(Math.round(s), 'second')
  const minutes = Math.round(s / minute)
  if (minutes < 60) return many(minutes, 'minute')
  const rest = minutes % 60
  return many(Math.floor(minutes / 60), 'hour') + (rest ? ` ${many(rest, 'minute')}` : '')
}

/** "1 fallback", "3 fallbacks", "12,000 fallbacks". */
export function many(n: number, word: string): string {
  return `${count(n)} ${word}${n === 1 ? '' : 's'}`
}

/** "once", "twice", "3 times". */
export function times(n: number): string {
  return n === 1 ? 'once' : n === 2 ? 'twice' : `${count(n)} times`
}

function join(a: number, unitA: string, b: number, unitB: string): string {
  return b === 0 ? `${a}${nb}${unitA}` : `${a}${nb}${unitA} ${b}${nb}${unitB}`
}

/** Seconds from an ISO time to now; negative when it lies ahead. */
export function secondsSince(iso: string, now: number): number {
  return (now - Date.parse(iso)) / 1000
}

/** "just now", "41 s ago", "3 h ago". A clock that runs behind reads "just now". */
export function ago(iso: string, now: number): string {
  const s = secondsSince(iso, now)
  return s < 5 ? 'just now' : `${span(s)} ago`
}

/** When a countdown ends: "in 47 min", "in 8 s", or "any moment". */
export function inTime(iso: string, now: number): string {
  const time = left(iso, now)
  return time === anyMoment ? time : `in ${time}`
}

const anyMoment = 'any moment'

/** How long a countdown still runs: "47 min", "8 s", or "any moment". */
export function left(iso: string, now: number): string {
  const s = -secondsSince(iso, now)
  if (s < 1) return anyMoment
  if (s < 100) return `${Math.ceil(s)}${nb}s`
  return span(s + minute / 2)
}

const dayMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const dayMonthYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const weekday = new Intl.DateTimeFormat('en-GB', { weekday: 'short' })
const hourMinute = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const hourMinuteSecond = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})

/** The exact moment, for hovering: "Mon 23 Nov 2026, 10:42:07". */
export function exact(iso: string): string {
  const t = new Date(iso)
  return `${weekday.format(t)} ${dayMonthYear.format(t)}, ${hourMinuteSecond.format(t)}`
}

/** A moment on the clock, with its day where that is not today: "10:42", "yesterday 10:42", "21 Nov 10:42". */
export function moment(iso: string, now: number): string {
  const t = new Date(iso)
  const time = hourMinute.format(t)
  const days = daysBetween(new Date(now), t)
  if (days === 0) return time
  if (days === -1) return `yesterday ${time}`
  if (days === 1) return `tomorrow ${time}`
  const sameYear = t.getFullYear() === new Date(now).getFullYear()
  return `${(sameYear ? dayMonth : dayMonthYear).format(t)} ${time}`
}

/** The same with its day always named: "today 10:42". */
export function dayMoment(iso: string, now: number): string {
  const told = moment(iso, now)
  return /^\d\d:/.test(told) ? `today ${told}` : told
}

/** A moment to the second, with its day where that is not the other's: "10:42:07". */
export function second(iso: string, beside: string): string {
  const t = new Date(iso)
  const time = hourMinuteSecond.format(t)
  return daysBetween(new Date(beside), t) === 0 ? time : `${dayMonth.format(t)} ${time}`
}

/** A day of this machine's calendar as the API names it: "2026-11-24". */
export function dayKey(t: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())}`
}

/** The beginning of a day that dayKey named; undefined of what is no day. */
export function dayStart(key: string): Date | undefined {
  const [, y, m, d] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(key) ?? []
  if (!y || !m || !d) return undefined
  const t = new Date(Number(y), Number(m) - 1, Number(d))
  return dayKey(t) === key ? t : undefined
}

/** A day in words: "Tue 24 Nov", with its year where that is not this one. */
export function dayWords(key: string, now: number): string {
  const t = dayStart(key)
  if (!t) return key
  const sameYear = t.getFullYear() === new Date(now).getFullYear()
  return `${weekday.format(t)} ${(sameYear ? dayMonth : dayMonthYear).format(t)}`
}

/** Calendar days from a to b, whatever the hour and the summer time. */
function daysBetween(a: Date, b: Date): number {
  const midnight = (d: Date) => Date.UTC(d.getFullYear(), d.getMonth(), d.getDate())
  return Math.round((midnight(b) - midnight(a)) / (day * 1000))
}

/** Whole seconds until seven in the morning of the next calendar day. */
export function secondsUntilTomorrow(now: number): number {
  const t = new Date(now)
  t.setDate(t.getDate() + 1)
  t.setHours(7, 0, 0, 0)
  return Math.round((t.getTime() - now) / 1000)
}

/**
 * Tokens as people name them: 131072 is "131k". Cut, not rounded, because that
 * is how the usual sizes got their names.
 */
export function context(tokens: number): string {
  if (tokens < 1000) return String(tokens)
  if (tokens < 1_000_000) return `${Math.floor(tokens / 1000)}k`
  return `${(Math.floor(tokens / 100_000) / 10).toFixed(1).replace(/\.0$/, '')}M`
}

/** 131072 as "131,072 tokens". */
export function tokens(n: number): string {
  return `${count(n)}${nb}tokens`
}

/** A whole number with its thousands apart. */
export function count(n: number): string {
  return n.toLocaleString('en-US')
}

/** A size on disk, in decimal units as Finder and LM Studio write it. */
export function bytes(n: number): string {
  return inUnits(n, 1000)
}

/**
 * Memory, in binary units by the names that Activity Monitor gives them: a Mac
 * that was sold with 512 GB has 512 GB.
 */
export function ram(n: number): string {
  return inUnits(n, 1024)
}

/** A part of memory and all of it: "297 of 512 GB", "900 MB of 1 GB". */
export function ramOf(part: number, all: number): string {
  const [a, b] = [ram(part), ram(all)]
  const [number = a, unit] = a.split(nb)
  return b.endsWith(`${nb}${unit}`) ? `${number} of ${b}` : `${a} of ${b}`
}

function inUnits(n: number, step: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  let value = Math.max(0, n)
  let i = 0
  while (value >= step && i < units.length - 1) {
    value /= step
    i++
  }
  return `${i > 0 && value < 9.95 ? value.toFixed(1).replace(/\.0$/, '') : Math.round(value)}${nb}${units[i]}`
}

/** A part of one as a whole percentage. */
export function percent(part: number): string {
  return `${Math.round(Math.min(1, Math.max(0, part)) * 100)}${nb}%`
}

/** Upper-cases the first letter, for words that may open a sentence. */
export function capital(s: string): string {
  return s.charAt(0).toUpperCase() + s.slice(1)
}
