// What the palette offers, made of what is known now. Pure: what a command does
// goes through the hands that it is given.

import { because, whatText } from '../lib/fallback'
import { fallbacksHref } from '../lib/fallback-filter'
import { capital, moment } from '../lib/format'
import { serverLabel } from '../lib/lookup'
import { places } from '../lib/places'
import type { Theme } from '../lib/theme.svelte'
import { serverShort } from '../lib/words'
import { keepCommands } from './keep'
import { modelCommands } from './models'
import { deaf, type Command, type Hands, type World } from './world'

/** Everything that can be opened and done. */
export function commands(world: World, hands: Hands): Command[] {
  return [
    ...placeCommands(world, hands),
    ...keepCommands(world, hands),
    ...modelCommands(world, hands),
    ...fallbackCommands(world, hands),
    ...doctorCommands(world, hands),
    ...recipeCommands(world, hands),
    ...serverCommands(world, hands),
    ...themeCommands(world, hands),
  ]
}

function placeCommands({ chord }: World, { go }: Hands): Command[] {
  return places.map(({ place, label, href }, i) => ({
    id: `place ${place}`,
    group: 'Go to',
    title: label,
    hint: chord(String(i + 1)),
    also: placeWords[place],
    run: () => go(href),
  }))
}

/** What people call the places besides their names. */
const placeWords: Record<string, string> = {
  now: 'home start overview memory ram chain',
  timeline: 'history charts graph gpu ram pressure',
  fallbacks: 'why answered causes story',
  models: 'downloaded load unload context',
  config: 'openclaw settings json5 primary aliases providers',
  doctor: 'checks health look again trouble set up',
}

function fallbackCommands({ status, fallbacks, now }: World, { go }: Hands): Command[] {
  return fallbacks.map((f) => ({
    id: `fallback ${f.id}`,
    group: 'Fallbacks',
    title: capital(whatText(f, status)),
    hint: moment(f.at, now),
    also: `${because(f.cause)} ${f.requested} ${f.answered ?? ''} story`,
    run: () => go(fallbacksHref({}, f.id)),
  }))
}

function doctorCommands(world: World, { look }: Hands): Command[] {
  const also = 'doctor checks health trouble diagnose run'
  return [{ id: 'doctor look', group: 'Doctor', title: 'Look at everything again', also, why: deaf(world), run: look }]
}

function recipeCommands({ recipes }: World, { go }: Hands): Command[] {
  return recipes.map((r) => ({
    id: `recipe ${r.id}`,
    group: 'Recipes for the config',
    title: r.title,
    also: `recipe ${r.text}`,
    why: !r.available
      ? (r.why_not ?? 'It is not possible now.')
      : r.edits.length === 0
        ? 'The config is like this already.'
        : undefined,
    run: () => go(`#/config?recipe=${encodeURIComponent(r.id)}`),
  }))
}

function serverCommands({ status, live }: World, { go }: Hands): Command[] {
  const all = status?.servers ?? []
  return all.map((s) => ({
    id: `server ${s.id}`,
    group: 'Servers',
    title: serverLabel(s, all),
    hint: live ? serverShort(s) : undefined,
    also: `server ${s.name} ${s.url} ${s.kind}`,
    run: () => go('#/models'),
  }))
}

const themes: { theme: Theme; title: string; also: string }[] = [
  { theme: 'auto', title: 'Theme as the system', also: 'look auto colours' },
  { theme: 'light', title: 'Light theme', also: 'look bright day colours' },
  { theme: 'dark', title: 'Dark theme', also: 'look night colours' },
]

function themeCommands(world: World, hands: Hands): Command[] {
  return themes.map(({ theme, title, also }) => ({
    id: `theme ${theme}`,
    group: 'Look',
    title,
    also,
    hint: world.theme === theme ? 'as it is' : undefined,
    run: () => hands.theme(theme),
  }))
}
