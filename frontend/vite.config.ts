import { svelte } from '@sveltejs/vite-plugin-svelte'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [svelte(), tailwindcss()],
  // Relative addresses, so that the same files serve from the agent and from
  // the window's own scheme.
  base: './',
  build: {
    target: 'es2022',
    manifest: true,
    // The agent's content policy allows no data: addresses and no inline
    // script, so every asset is a file and nothing is polyfilled inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': process.env.PILOTLIGHT_URL ?? 'http://127.0.0.1:7456' },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
