// Sets the theme before the first paint. A file of its own, because the content
// policy allows no inline script; kept free of syntax a bundler would mend.
;(function () {
  var kept = null
  try {
    kept = localStorage.getItem('pilotlight.theme')
  } catch (e) {
    // Storage may be forbidden; the system's theme is a good answer then.
  }
  var dark = kept === 'dark' || (kept !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
})()
