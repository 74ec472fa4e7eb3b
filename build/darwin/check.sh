#!/usr/bin/env bash
# Checks the app that make app made, on the Mac that made it: its files, its
# signature, and that it starts, answers on its socket and finds what it needs.
# What was seen is left in OUT/check, with a picture of the screen.
#
#   OUT         as of app.sh; bin/darwin
#   DRY_RUN=1   prints the commands, runs none, and works anywhere
#
# It uses the usual state folder. A Pilotlight that runs already is asked
# instead of started, and goes on running.
set -euo pipefail
cd "$(dirname "$0")/../.."

OUT=${OUT:-bin/darwin}
DRY_RUN=${DRY_RUN:-}
app=$OUT/Pilotlight.app
agent=$app/Contents/MacOS/pilotlight
window=$app/Contents/Helpers/Dashboard.app
seen=$OUT/check

run() {
  if [ -n "$DRY_RUN" ]; then
    printf '%q ' "$@"
    echo
  else
    echo "+ $*" >&2
    "$@"
  fi
}

# keep runs a command and leaves what it prints in a file.
keep() { # FILE COMMAND…
  local file=$seen/$1
  shift
  if [ -n "$DRY_RUN" ]; then run "$@"; else run "$@" | tee "$file"; fi
}

if [ -z "$DRY_RUN" ] && [ "$(uname -s)" != Darwin ]; then
  echo "error: make check-app needs a Mac and what make app made there." >&2
  exit 1
fi

answers() { "$agent" status --json >/dev/null 2>&1; }

# wait_for_socket gives the app half a minute: the first start of an app that
# was just signed is looked over by macOS.
wait_for_socket() {
  local try
  for try in $(seq 60); do
    answers && { echo "answered after $try looks" >&2; return; }
    sleep 0.5
  done
  echo "error: the app was started and does not answer on its socket." >&2
  tail -n 50 "$HOME/Library/Application Support/Pilotlight/agent.log" >&2 || true
  exit 1
}

files() {
  run plutil -lint "$app/Contents/Info.plist" "$window/Contents/Info.plist"
  run codesign --verify --deep --strict --verbose=2 "$app"
  keep lipo.txt lipo -info "$agent"
  keep lipo-window.txt lipo -info "$window/Contents/MacOS/pilotlight-window"
  keep version.txt "$agent" version
}

started=
start() {
  if [ -z "$DRY_RUN" ] && answers; then return; fi
  started=yes
  run open -g "$app"
  [ -n "$DRY_RUN" ] || wait_for_socket
}

stop() {
  [ -n "$started" ] || return 0
  run osascript -e 'tell application id "app.pilotlight" to quit'
}

trap stop EXIT
run rm -rf "$seen"
run mkdir -p "$seen"
files
start
keep status.json "$agent" status --json
# Without the right to record the screen the picture shows the desktop alone,
# or there is none: that must not fail the check.
run sleep 2
run screencapture -x "$seen/screen.png" || echo "no picture of the screen could be taken" >&2
keep doctor.json "$agent" doctor --platform --json
keep doctor.txt "$agent" doctor --platform
