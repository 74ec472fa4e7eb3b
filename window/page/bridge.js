// Run in every page of the window once it is there, by the window itself. It
// adds nothing that can be seen: it tells the window about the page, and keeps
// what belongs elsewhere from happening in here.
;(function () {
  const app = window.go && window.go.main && window.go.main.App
  if (!app || window.pilotlightBridge) return
  window.pilotlightBridge = true

  // The window is called what the page is called.
  let title = ''
  const name = () => {
    if (document.title === title) return
    title = document.title
    window.runtime.WindowSetTitle(title || 'Pilotlight')
  }
  new MutationObserver(name).observe(document.head, { childList: true, subtree: true, characterData: true })
  name()

  // Until the next page is there, the window has this one's colour.
  let ground = ''
  const paint = () => {
    const now = getComputedStyle(document.body).backgroundColor
    const rgb = now.match(/^rgb\((\d+), (\d+), (\d+)\)$/)
    if (now === ground || !rgb) return
    ground = now
    void app.Background(Number(rgb[1]), Number(rgb[2]), Number(rgb[3]))
  }
  new MutationObserver(paint).observe(document.documentElement, { attributes: true })
  paint()

  // A link to elsewhere opens in the person's browser: here it would take the
  // place of the dashboard, and there is no way back.
  const isInside = (url) => url.protocol === location.protocol && url.host === location.host
  const follow = (e) => {
    const link = e.target instanceof Element ? e.target.closest('a[href]') : null
    if (!link) return
    const url = new URL(link.href, location.href)
    if (isInside(url) && link.target !== '_blank') return
    if (url.protocol === 'blob:' || url.protocol === 'data:') return
    e.preventDefault()
    if (!isInside(url)) void app.OpenInBrowser(url.href)
  }
  addEventListener('click', follow, true)
  addEventListener('auxclick', follow, true)
  window.open = (url) => {
    if (url) void app.OpenInBrowser(new URL(url, location.href).href)
    return null
  }

  // The place is kept whenever it may have changed, so that a window that is
  // ended from outside comes back where it was, too.
  let timer
  const placed = () => {
    clearTimeout(timer)
    timer = setTimeout(() => void app.Placed(), 400)
  }
  addEventListener('resize', placed)
  addEventListener('blur', placed)

  // The menu has ⌘+, which on many keyboards is ⌘⇧=. Without shift it means
  // the same everywhere.
  addEventListener('keydown', (e) => {
    if ((e.metaKey || e.ctrlKey) && !e.shiftKey && !e.altKey && e.key === '=') {
      e.preventDefault()
      void app.Zoom(1)
    }
  })
})()
