// The commands for what is kept. Pure.

import { secondsUntilTomorrow } from '../lib/format'
import { modelName, modelOf } from '../lib/lookup'
import { deaf, type Command, type Hands, type World } from './world'

const group = 'Keep'

export function keepCommands(world: World, hands: Hands): Command[] {
  const { status, now, last } = world
  if (!status) return []
  const why = deaf(world)
  const { keep } = status
  // Only what warms a model is found by its name: Enter after the name must let nothing go.
  const name = modelName(status, keep.server, keep.model)
  const make = (id: string, title: string, also: string, run: Command['run']): Command => ({
    id: `keep ${id}`,
    group,
    title,
    also,
    why,
    run,
  })
  const stop = make('stop', 'Stop keeping it loaded', 'release off let go', hands.release)
  switch (keep.state) {
    case 'off': {
      if (!last || !modelOf(status, last.server, last.model)) return []
      const again = `Keep ${modelName(status, last.server, last.model)} loaded again`
      return [make('again', again, 'warm', () => hands.keep(last))]
    }
    case 'paused':
      return [make('resume', `Resume keeping ${name} loaded`, 'continue warm pause', hands.resume), stop]
    case 'blocked':
      return [make('retry', `Try again to keep ${name} loaded`, 'retry resume', hands.resume), stop]
    default:
      return [
        make('pause hour', 'Pause the keep for 1 hour', 'hold', () => hands.pause(3600)),
        make('pause tomorrow', 'Pause the keep until tomorrow', 'hold 07:00', () =>
          hands.pause(secondsUntilTomorrow(now)),
        ),
        make('pause', 'Pause the keep until I resume', 'hold', () => hands.pause()),
        stop,
      ]
  }
}
