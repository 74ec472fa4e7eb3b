// The built-in page: says that there is no agent, starts it, and goes away by
// itself as soon as one answers, whoever started it.
;(function () {
  const app = window.go.main.App
  const el = (id) => document.getElementById(id)
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const period = 500
  // After this long a person wonders, and is told.
  const long = 10_000
  let startedAt = 0
  let spoken = ''

  // The dashboard's own choice of theme lies in the same storage.
  function paint() {
    const kept = localStorage.getItem('pilotlight.theme')
    const isDark = kept === 'dark' || (kept !== 'light' && dark.matches)
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
  }

  function put(id, text) {
    el(id).hidden = text === ''
    if (el(id).textContent === text) return
    // A flag must not be broken between its two hyphens.
    el(id).replaceChildren(
      ...text.split(/(--[a-z-]+)/).map((part, i) => {
        if (i % 2 === 0) return part
        const code = document.createElement('code')
        code.textContent = part
        return code
      }),
    )
  }

  function show(title, text, hint, action) {
    document.title = title + ' · Pilotlight'
    put('title', title)
    put('text', text)
    put('hint', hint)
    const returns = el('start').hidden && action !== ''
    el('start').hidden = action === ''
    if (action !== '') put('start', action)
    // Hidden, it has lost the focus that a keyboard needs.
    if (returns && document.activeElement === document.body) el('start').focus()
    document.body.classList.toggle('starting', startedAt > 0)
    const words = title + '. ' + text
    if (words !== spoken) el('spoken').textContent = spoken = words
  }

  function render(state) {
    if (state.state !== 'starting') startedAt = 0
    else if (startedAt === 0) startedAt = Date.now()
    el('log').hidden = state.state !== 'failed' && (startedAt === 0 || Date.now() - startedAt < long)
    switch (state.state) {
      case 'starting': {
        const seconds = Math.floor((Date.now() - startedAt) / 1000)
        const late = seconds * 1000 >= long
        show('Starting Pilotlight…', late ? `This takes longer than usual: ${seconds} s.` : 'One moment.', '', '')
        break
      }
      case 'failed':
        show('Pilotlight could not start', state.message, state.hint || '', 'Try again')
        break
      case 'trouble':
        show('Pilotlight does not answer', state.message, state.hint || '', state.startable ? 'Start Pilotlight' : '')
        break
      default:
        show('Pilotlight is not running', 'Nothing is watched or kept loaded right now.', '', 'Start Pilotlight')
    }
  }

  async function look() {
    const state = await app.AgentState().catch(() => undefined)
    if (state && state.state === 'up') {
      location.reload()
      return
    }
    if (state) render(state)
    setTimeout(look, period)
  }

  el('start').addEventListener('click', () => {
    startedAt = Date.now()
    render({ state: 'starting' })
    app.StartAgent().then(render)
  })
  el('log').addEventListener('click', () => void app.ShowLog())
  dark.addEventListener('change', paint)
  paint()
  el('start').focus()
  void look()
})()
