// Scenes of a first start: nothing was ever kept, and nobody was welcomed yet.

import { minimax } from './models.mjs'
import { at, none, openclaw, server, status } from './props.mjs'

const chain = openclaw().chain.map((h, i) => (i === 0 ? { ...h, state: /** @type {const} */ ('not_loaded') } : h))

/** @type {Record<string, (now: number) => import('./scenes.mjs').Scene>} */
export const welcomeScenes = {
  welcome: (now) => ({
    status: status(now, { keep: none(now), openclaw: openclaw({ chain }) }),
    loads: [],
    places: ['now'],
  }),
  // The primary is too big for this machine, and nobody asks it.
  'welcome-too-big': (now) => ({
    status: status(now, {
      keep: none(now),
      servers: [
        server(now, {
          models: server(now).models.map((m) => (m.key === minimax ? { ...m, size_bytes: 480e9 } : m)),
        }),
      ],
      openclaw: openclaw({ chain, gateway: 'down' }),
    }),
    loads: [],
    places: ['now'],
  }),
  'welcome-nothing': (now) => ({
    status: status(now, {
      keep: none(now),
      servers: [
        server(now, {
          state: 'down',
          version: undefined,
          models: [],
          listed_at: undefined,
          state_since: at(now, 60),
          error: { code: 'app_off', message: 'LM Studio is not running.', hint: '' },
        }),
      ],
      openclaw: openclaw({ found: false, chain: [], gateway: 'unknown', version: undefined, primary: undefined }),
    }),
    loads: [],
    places: ['now'],
    login: {
      enabled: false,
      foreign: true,
      available: false,
      hint: '/Users/me/Library/LaunchAgents/app.pilotlight.plist was not made by Pilotlight, so it was left alone. Move that file away if you do not need it, then try again.',
    },
  }),
  'welcome-errors': (now) => ({
    status: status(now, { keep: none(now), openclaw: openclaw({ chain }) }),
    loads: [],
    places: ['now'],
    refuse: {
      'PUT /api/login': {
        code: 'internal',
        status: 500,
        detail: 'Pilotlight could not write /Users/me/Library/LaunchAgents/app.pilotlight.plist: permission denied.',
        hint: 'Make the file and its folder yours and writable, then try again.',
      },
      'PUT /api/settings': {
        code: 'internal',
        status: 500,
        detail: 'The settings could not be saved: the disk is full.',
        hint: 'Free some space and try again.',
      },
    },
  }),
}
