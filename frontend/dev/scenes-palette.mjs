// Scenes of the palette over a page.

import { few } from './fallbacks.mjs'
import { openclaw, server, status, warmServer } from './props.mjs'
import { configScenes } from './scenes-config.mjs'

/** @param {number} now @param {string} typed @returns {import('./scenes.mjs').Scene} */
const scene = (now, typed) => ({
  status: status(now, { servers: [warmServer(now)], openclaw: openclaw() }),
  loads: [],
  fallbacks: few(now),
  config: configScenes.config?.(now).config,
  places: ['now'],
  keys: ['Control+k', ...typed],
})

/** @type {Record<string, (now: number) => import('./scenes.mjs').Scene>} */
export const paletteScenes = {
  palette: (now) => scene(now, ''),
  'palette-typed': (now) => scene(now, 'mini'),
  'palette-nothing': (now) => scene(now, 'zzz'),
  'palette-refused': (now) => {
    const made = scene(now, 'load')
    return { ...made, status: { ...made.status, servers: [server(now, { state: 'server_off' })] } }
  },
}
