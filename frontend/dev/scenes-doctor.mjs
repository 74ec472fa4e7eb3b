// Scenes of the Doctor's page: all well, much found, mends that go well and
// badly, and texts that are too long or mean harm.

import { busyDays } from './loads.mjs'
import { GiB, at, openclaw, server, status, warmServer } from './props.mjs'

/** @typedef {import('../src/api/types').Check} Check */

/** @param {string} group @param {string} id @param {string} title @param {string} detail @param {Partial<Check>} [over] @returns {Check} */
const check = (group, id, title, detail, over = {}) => ({ id, title, group, verdict: 'ok', detail, ...over })

/** @returns {Check[]} */
const allWell = () => [
  check('setup', 'lmstudio_installed', 'LM Studio is installed', 'Version 0.4.25, in Applications.'),
  check('setup', 'lmstudio_running', 'LM Studio runs', 'Since 6 h.'),
  check('setup', 'server_on', 'Its server is on', 'At `http://127.0.0.1:1234`, answers after 12 ms.'),
  check('setup', 'primary_listed', 'It lists the primary model', '`lmstudio/minimax-m2.1` is MiniMax M2.1.'),
  check('setup', 'quantization', 'The primary is not quantized coarsely', 'MiniMax M2.1 has 4.5 bits a weight.'),
  check('setup', 'loaded', 'The primary is in memory', 'MiniMax M2.1, with 131,072 tokens of context.'),
  check('setup', 'kept', 'It is kept loaded', 'Pilotlight loads it again when it goes missing.'),
  check('setup', 'context_matches', "OpenClaw's limits fit what is loaded", 'contextWindow 131,072, maxTokens 8,192.'),
  check('setup', 'responses', 'The Responses API is used', '`openai-responses`: WhatsApp gets only the final text.'),
  check('setup', 'merge', "OpenClaw's own models stay at hand", '`models.mode` is `merge`.'),
  check('setup', 'keys', 'Each provider of the chain has a key', '3 providers. Keys are never shown.'),
  check('trouble', 'reach', 'OpenClaw can reach the server', 'Its address answered after 14 ms.'),
  check('trouble', 'context_errors', 'No conversation outgrew the context', 'None in the last 7 days.'),
  check('trouble', 'cold', 'A cold load is quicker than the time-out', '41 s (median), 63 s at most, of 180 s.'),
  check('trouble', 'duplicates', 'Nothing is loaded twice', 'One instance in memory.'),
  check('trouble', 'crashes', 'Nothing keeps crashing', 'No crash in the last 7 days.'),
  check('trouble', 'reverted', "OpenClaw kept Pilotlight's last edit", 'Of yesterday, 18:20.'),
  check('servers', 'servers_up', 'Every server answers', 'LM Studio, and 2 hosted providers.'),
  check('safety', 'bind', 'The server listens on this machine alone', 'On 127.0.0.1.'),
  check('safety', 'readable', 'Config and state are for your eyes alone', '4 files and folders.'),
  check('safety', 'tools', 'Tools of local models are narrow', '`tools.profile` is `messaging`.'),
  check('machine', 'fits', 'Model, context and macOS fit in memory', '162 of 464 GB that the GPU may use.'),
  check('machine', 'swap', 'Nothing is swapped to disk', 'Pressure is normal.'),
  check('machine', 'disk', 'There is room on the disk of the models', '812 GB are free.'),
]

/** @returns {Check[]} */
const skipped = () => [
  check('setup', 'sandbox', 'Small models run in a sandbox', 'OpenClaw 2026.9.6 has no such setting.', {
    verdict: 'skip',
  }),
  check(
    'trouble',
    'guardrail',
    'The memory guardrail lets loads through',
    'LM Studio was not asked for a load since Pilotlight began to watch.',
    { verdict: 'skip' },
  ),
  check(
    'trouble',
    'jit',
    'No request is about to lose its model',
    'This server does not tell when it unloads what is idle.',
    { verdict: 'skip' },
  ),
  check('safety', 'clear_keys', 'No key stands in clear text', 'The config could not be read.', {
    verdict: 'skip',
    hint: 'Mend the config, and it is looked at by itself.',
  }),
  check('machine', 'wired', "The GPU's limit is as macOS sets it", 'Only macOS has such a limit.', { verdict: 'skip' }),
  check('machine', 'small_gpu', 'The GPU has more than 24 GB', 'No GPU of its own was found.', { verdict: 'skip' }),
  check('machine', 'sleep', 'The machine stays awake', '`pmset` did not answer within 2 s.', { verdict: 'skip' }),
]

const where = 'https://example.org/who/pilotlight/releases'

const edit = `--- openclaw.json
+++ openclaw.json
@@ -14,7 +14,7 @@
         lmstudio: {
           baseUrl: 'http://127.0.0.1:1234/v1',
           apiKey: '__PILOTLIGHT_SECRET_6f1d0a9b8c7e5d43__',
-          timeoutSeconds: 30,
+          timeoutSeconds: 90,
           models: [
             // the local one first
             { id: 'minimax-m2.1', contextWindow: 131072 },
`

/** @returns {Check[]} */
const found = () => [
  check(
    'trouble',
    'not_loaded',
    'The primary is in memory',
    'MiniMax M2.1 was unloaded at 10:31 by LM Studio, after 60 min without use.',
    {
      verdict: 'fail',
      hint: 'Load it again, and keep it loaded so that it does not happen again.',
      page: 'models',
      fix: {
        id: 'keep',
        label: 'Keep MiniMax M2.1 loaded',
        does: 'Loads MiniMax M2.1 with 131,072 tokens of context, and loads it again whenever it goes missing.',
        bytes: 162 * GiB,
      },
      other_fixes: [
        {
          id: 'load',
          label: 'Load it once',
          does: 'Loads MiniMax M2.1 with 131,072 tokens of context.',
          bytes: 162 * GiB,
        },
      ],
    },
  ),
  check(
    'trouble',
    'context_errors',
    'No conversation outgrew the context',
    '5 runs in the last 7 days asked for up to 94,000 tokens; 65,536 are loaded, and OpenClaw counts on 131,072.',
    {
      verdict: 'fail',
      hint: 'Load it with more context, or let OpenClaw count on what there is.',
      page: 'fallbacks',
      fix: {
        id: 'larger',
        label: 'Load it with 131k context',
        does: 'Unloads MiniMax M2.1 while it is idle, and loads it with 131,072 tokens of context.',
        bytes: 162 * GiB,
      },
      other_fixes: [
        {
          id: 'lower',
          label: 'Lower contextWindow to 65k',
          does: "Sets `contextWindow` of `lmstudio/minimax-m2.1` to 65,536 in OpenClaw's config.",
          bytes: 146 * GiB,
        },
      ],
    },
  ),
  check(
    'trouble',
    'cold',
    'A cold load is quicker than the time-out',
    'It takes 41 s (median) and 63 s at most; OpenClaw gives up after 30 s.',
    {
      verdict: 'fail',
      hint: 'A longer time-out would have saved 4 of the fallbacks of this week.',
      page: 'config',
      fix: {
        id: 'timeout',
        label: 'Wait 90 s',
        does: "Sets `timeoutSeconds` of the provider `lmstudio` to 90 in OpenClaw's config.",
      },
    },
  ),
  check(
    'setup',
    'merge',
    "OpenClaw's own models stay at hand",
    '`models.mode` is `replace`, so hosted fallbacks are not known.',
    {
      verdict: 'fail',
      hint: 'Set it to `merge`.',
      page: 'config',
      fix: { id: 'merge', label: 'Set it to merge', does: "Sets `models.mode` to `merge` in OpenClaw's config." },
    },
  ),
  check('servers', 'vllm_up', 'vLLM answers', 'Nothing answers at `http://10.0.0.8:8000` since 09:12.', {
    verdict: 'warn',
    hint: 'Start vLLM on gpu-box, and check that its address is right.',
    page: 'models',
  }),
  check(
    'safety',
    'readable',
    'Config and state are for your eyes alone',
    '`~/.openclaw/openclaw.json` can be read by everybody on this machine.',
    {
      verdict: 'warn',
      hint: 'It holds a key in clear text.',
      fix: {
        id: 'mode',
        label: 'Make it readable for you alone',
        does: 'Takes the rights of group and others from `~/.openclaw/openclaw.json`.',
      },
    },
  ),
  check(
    'setup',
    'quantization',
    'The primary is not quantized coarsely',
    'The largest variant that is downloaded has 4.5 bits a weight; the configured one has 3.4.',
    {
      verdict: 'warn',
      hint: 'Answers and tool calls may suffer below four.',
      page: 'models',
    },
  ),
]

/** @param {Check[]} findings */
function with_(findings) {
  const ids = new Set(findings.map((c) => c.id))
  return [...allWell().filter((c) => !ids.has(c.id)), ...findings, ...skipped()]
}

const places = ['doctor']

/** @param {number} now @param {import('./play-doctor.mjs').DoctorPlay} doctor @returns {import('./scenes.mjs').Scene} */
const scene = (now, doctor) => ({
  status: status(now, { servers: [warmServer(now)], openclaw: openclaw() }),
  loads: busyDays(now),
  doctor,
  places,
})

const nasty = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>{@html 1}`
const long = 'lmstudio-community/' + 'a-model-with-a-name-that-never-ends-'.repeat(6)

/** @type {Record<string, (now: number) => import('./scenes.mjs').Scene>} */
export const doctorScenes = {
  'doctor-well': (now) => ({
    ...scene(now, { checks: allWell() }),
    status: status(now, { servers: [warmServer(now)], openclaw: openclaw(), update: { where } }),
  }),
  'doctor-update': (now) => ({
    ...scene(now, { checks: allWell() }),
    status: status(now, {
      servers: [warmServer(now)],
      openclaw: openclaw(),
      update: {
        where,
        latest: 'v0.2.0',
        newer: true,
        page: `${where}/tag/v0.2.0`,
        checked_at: at(now, 5 * 3600),
        error: {
          code: 'network',
          message: 'The page of releases at example.org could not be reached.',
          hint: `Check whether this machine is online, or open ${where} in a browser.`,
        },
      },
    }),
  }),
  'doctor-findings': (now) => ({
    ...scene(now, { checks: with_(found()), diff: { timeout: edit } }),
    status: status(now, {
      servers: [server(now)],
      openclaw: openclaw(),
      doctor: { fail: 4, warn: 3, at: at(now, 20) },
    }),
    places: ['doctor', 'now'],
  }),
  'doctor-forty': (now) =>
    scene(now, {
      checks: with_(
        Array.from({ length: 40 }, (_, i) => found()[i % 7]).flatMap((c, i) =>
          c ? [{ ...c, id: `${c.id}_${i}` }] : [],
        ),
      ),
    }),
  'doctor-know': (now) => scene(now, { checks: with_(found().filter((c) => c.verdict === 'warn')) }),
  'doctor-stays': (now) => scene(now, { checks: with_(found()), stays: ['not_loaded'] }),
  'doctor-refused': (now) =>
    scene(now, {
      checks: with_(found()),
      diff: { timeout: edit },
      refuse: {
        code: 'guardrail',
        status: 409,
        detail: 'LM Studio refused: it wants 162 GB, and 148 GB are free',
        hint: "Unload another model, choose a smaller context length, or relax LM Studio's memory guardrail.",
      },
    }),
  'doctor-slow': (now) => scene(now, { checks: with_(found()), seconds: 30 }),
  'doctor-empty': (now) => scene(now, { checks: [] }),
  'doctor-error': (now) => ({
    ...scene(now, { checks: [] }),
    refuse: {
      'GET /api/doctor': {
        code: 'internal',
        status: 500,
        detail: 'Something went wrong inside Pilotlight.',
        hint: "Look into agent.log in Pilotlight's state folder: the cause is written there.",
      },
    },
  }),
  'doctor-stale': (now) => ({ ...scene(now, { checks: with_(found()) }), dies: true }),
  'doctor-demo': (now) => ({
    ...scene(now, { checks: with_(found()) }),
    status: status(now, { demo: true, servers: [warmServer(now)] }),
  }),
  'doctor-long': (now) =>
    scene(now, {
      checks: [
        check(
          'a_group_that_this_dashboard_does_not_know',
          'long',
          `The primary ${long} is in memory`,
          `${long} was unloaded. `.repeat(8),
          {
            verdict: 'fail',
            hint: `Load ${long} again with \`lms load ${long}\`.`,
            page: 'models',
            fix: { id: 'load', label: `Load ${long}`, does: `Loads ${long}.`, bytes: 162 * GiB },
            other_fixes: [{ id: 'keep', label: `Keep ${long}`, does: `Keeps ${long}.`, bytes: 162 * GiB }],
          },
        ),
        ...allWell().map((c) => ({ ...c, detail: `${c.detail} ${long}` })),
        check('machine', 'long_skip', `${long} fits`, `Nobody knows how large ${long} is.`, { verdict: 'skip' }),
      ],
    }),
  'doctor-hostile': (now) =>
    scene(now, {
      checks: [
        check(nasty, 'a/b"c<d>', nasty, nasty, {
          verdict: 'fail',
          hint: nasty,
          fix: { id: '../../keep', label: nasty, does: nasty },
        }),
        check('setup', 'ok', nasty, nasty),
        check('setup', 'skip', nasty, nasty, { verdict: 'skip', hint: nasty }),
      ],
      diff: { '../../keep': `--- a\n+++ b\n@@ -1,1 +1,1 @@\n-${nasty}\n+x\n` },
    }),
}
