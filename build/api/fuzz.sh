#!/usr/bin/env bash
# Asks a real agent everything that its own OpenAPI document allows, and much that
# it forbids, and has each answer checked against that document: schemathesis, with
# all of its checks. The agent lives before the fakes in a throw-away home, so that
# every request may do what it does.
#
#   build/api/fuzz.sh [OPTION FOR SCHEMATHESIS]...
#
# SEED repeats a run, EXAMPLES is how many requests each operation gets beside the
# edge cases. schemathesis is installed into a cache folder outside the tree, which
# PILOTLIGHT_API_CACHE chooses. Needs bin/pilotlight and bin/fakelmstudio.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/build/api
cache=${PILOTLIGHT_API_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pilotlight-api}

fail() {
  echo "error: $1" >&2
  echo "hint: $2" >&2
  exit 1
}

# install: one environment, renewed when the pinned versions change.
install() {
  cmp -s "$here/requirements.txt" "$cache/.whole" && return
  python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
    fail "Python 3.10 or newer with venv is missing." "On Debian and Ubuntu: sudo apt install python3-venv"
  echo "installing schemathesis into $cache" >&2
  rm -rf "$cache"
  mkdir -p "$(dirname "$cache")"
  python3 -m venv "$cache"
  "$cache/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$here/requirements.txt" >&2 ||
    fail "pip could not install what $here/requirements.txt names." "Look at what it said above."
  cp "$here/requirements.txt" "$cache/.whole"
}

pids=()
home=$(mktemp -d "${TMPDIR:-/tmp}/plf.XXXX")
# shellcheck disable=SC2317 # called by the trap
finish() {
  local p
  for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$home"
}
trap finish EXIT

# ready FILE: waits for a program's line "ready URL …" and prints the rest of it.
ready() {
  local n
  for ((n = 0; n < 300; n++)); do
    grep -m 1 -s '^ready ' "$1" | cut -d ' ' -f 2- | grep . && return
    sleep 0.1
  done
  fail "A program did not start." "$(cat "$1"*)"
}

# agent NAME LMSTUDIO: starts an agent that finds nothing of this machine's.
agent() {
  mkdir -p "$home/$1"
  env -i PATH=/usr/bin:/bin HOME="$home/$1" PILOTLIGHT_HOME="$home/$1/state" \
    bin/pilotlight agent --no-tray --listen 127.0.0.1:0 --lmstudio "$2" --poll 1s >"$home/$1.out" 2>"$home/$1.out.err" &
  pids+=($!)
}

# config LMSTUDIO: an OpenClaw's config, so that there is one to edit.
config() {
  mkdir -p "$home/one"
  mkdir -m 700 "$home/one/.openclaw"
  cat >"$home/one/.openclaw/openclaw.json" <<END
{
  // the local one first
  agents: { defaults: {
    model: { primary: 'lmstudio/qwen/qwen3-0.6b', fallbacks: ['away/other'] },
    models: { 'lmstudio/qwen/qwen3-0.6b': {}, 'away/other': { alias: 'Other' } },
  } },
  models: { providers: {
    lmstudio: { baseUrl: '$1/v1', api: 'openai-responses', models: [{ id: 'qwen/qwen3-0.6b', name: 'Small' }] },
    away: { baseUrl: 'http://127.0.0.1:9/v1', api: 'openai-completions', models: [{ id: 'other', name: 'Other' }] },
  } },
  logging: { file: '$home/openclaw.log' },
  gateway: { mode: 'local', port: 9 },
  meta: { lastTouchedVersion: '2026.9.6' },
}
END
}

install
bin/fakelmstudio >"$home/fake.out" 2>"$home/fake.out.err" &
pids+=($!)
lmstudio=$(ready "$home/fake.out" | cut -d ' ' -f 1)
config "$lmstudio"
agent one "$lmstudio"
agent two "$lmstudio"
PILOTLIGHT_URL=$(ready "$home/one.out")
two=$(ready "$home/two.out")
PILOTLIGHT_TOKEN=$(cat "$home/one/state/token")
export PILOTLIGHT_URL PILOTLIGHT_TOKEN
curl -sSf -H "Authorization: Bearer $PILOTLIGHT_TOKEN" "$PILOTLIGHT_URL/openapi.json" -o "$home/openapi.json"

# Another machine, for what is asked of one.
PILOTLIGHT_PEER=$(curl -sSf -H "Authorization: Bearer $PILOTLIGHT_TOKEN" -H 'Content-Type: application/json' \
  -d "{\"url\":\"$two\",\"token\":\"$(cat "$home/two/state/token")\"}" "$PILOTLIGHT_URL/api/peers" | sed -n 's/.*"id":"\([a-z0-9]*\)".*/\1/p')
export PILOTLIGHT_PEER

# The stream never ends, and is tested by events_test.go.
cd "$home"
rc=0
PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 SCHEMATHESIS_HOOKS=hooks \
  "$cache/bin/schemathesis" --config-file "$here/schemathesis.toml" run "$home/openapi.json" --url "$PILOTLIGHT_URL" \
  --exclude-path /api/events --seed "${SEED:-1}" --max-examples "${EXAMPLES:-20}" --generation-database none "$@" || rc=$?
cd "$OLDPWD"
curl -sSf "$PILOTLIGHT_URL/healthz" >/dev/null || { echo "error: the agent did not survive" >&2; rc=1; }
if grep -h 'panic' "$home/one/state/agent.log" "$home/one.out.err"; then
  echo "error: the agent panicked" >&2
  rc=1
fi
exit "$rc"
