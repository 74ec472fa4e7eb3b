import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import svelte from 'eslint-plugin-svelte'
import { defineConfig } from 'eslint/config'
import globals from 'globals'
import ts from 'typescript-eslint'
import svelteConfig from './svelte.config.js'

// Typed rules where they find faults that no test meets; the looks are Prettier's.
export default defineConfig(
  { ignores: ['dist/', 'test-results/', 'playwright-report/', 'src/api/schema.d.ts', '*.config.js'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  js.configs.recommended,
  ts.configs.recommended,
  svelte.configs.recommended,
  prettier,
  svelte.configs.prettier,
  // What is taken out of an object by name, to leave the rest.
  { rules: { '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, varsIgnorePattern: '^_' }] } },
  {
    languageOptions: {
      parserOptions: { project: ['./tsconfig.json', './tsconfig.node.json'], extraFileExtensions: ['.svelte'] },
    },
  },
  { files: ['src/**', 'public/**'], languageOptions: { globals: globals.browser } },
  // Runs as it stands, in old browsers too, and is no part of a project.
  {
    files: ['public/**'],
    languageOptions: { sourceType: 'script', parserOptions: { project: null } },
    rules: { '@typescript-eslint/no-unused-vars': ['error', { caughtErrors: 'none' }] },
  },
  {
    files: ['e2e/**', 'dev/**', '*.js', '*.ts'],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    files: ['**/*.ts', '**/*.mjs', '**/*.svelte'],
    rules: {
      // What is asked of the agent and not waited for shows as a failure nobody sees.
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      // A new state of the agent needs words and a colour everywhere.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // It takes each Date and Set for state, also those that live for one line.
      'svelte/prefer-svelte-reactivity': 'off',
      // {' '} is how a space at the end of a block is kept.
      'svelte/no-useless-mustaches': 'off',
    },
  },
)
