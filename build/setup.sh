#!/usr/bin/env bash
# Brings what Pilotlight is built and tested with. Run by make.
#
#   build/setup.sh        what building needs
#   build/setup.sh window and what the window is built with
#   build/setup.sh test   all that and what the tests need
#
# On Debian and Ubuntu missing packages are installed where that is possible
# without a password; elsewhere one line says what to run. Nothing else on the
# machine is touched.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "error: $1" >&2
  echo "hint: $2" >&2
  exit 1
}

# at_least HAVE WANT: compares dotted version numbers.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

check_tools() {
  command -v go >/dev/null || fail "Go is missing." "Install Go 1.26 or newer: https://go.dev/dl"
  local have
  have=$(go env GOVERSION | sed 's/^go//')
  at_least "$have" 1.26 || fail "Go $have is too old." "Install Go 1.26 or newer: https://go.dev/dl"
  command -v node >/dev/null || fail "Node is missing." "Install Node 20.19 or newer: https://nodejs.org"
  have=$(node --version | sed 's/^v//')
  at_least "$have" 20.19 || fail "Node $have is too old." "Install Node 20.19 or newer: https://nodejs.org"
  command -v npm >/dev/null || fail "npm is missing." "It comes with Node: https://nodejs.org"
}

# browser prints the Chromium or Chrome that the tests can drive.
browser() {
  local b
  for b in "${CHROMIUM:-}" chromium chromium-browser google-chrome \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" "/Applications/Chromium.app/Contents/MacOS/Chromium"; do
    [ -n "$b" ] && command -v "$b" >/dev/null && { command -v "$b"; return; }
  done
  return 1
}

# headers NAME: says whether a library can be built with.
headers() { command -v pkg-config >/dev/null && pkg-config --exists "$1"; }

# missing_for_window names what the window is built with, beside a compiler. On
# a Mac that comes with the system.
missing_for_window() {
  [ "$(uname -s)" = Linux ] || return 0
  headers webkit2gtk-4.1 || echo libwebkit2gtk-4.1-dev
}

# missing_for_menu names what the menu bar's icon is built with.
missing_for_menu() {
  [ "$(uname -s)" = Linux ] || return 0
  command -v pkg-config >/dev/null || echo pkg-config
  headers gtk+-3.0 || echo libgtk-3-dev
  headers ayatana-appindicator3-0.1 || echo libayatana-appindicator3-dev
}

# missing_for_desktop names what the desktop without a screen is made of.
missing_for_desktop() {
  [ "$(uname -s)" = Linux ] || return 0
  local t
  for t in Xvfb:xvfb dbus-daemon:dbus-daemon openbox:openbox xdotool:xdotool wmctrl:wmctrl import:imagemagick; do
    command -v "${t%%:*}" >/dev/null || echo "${t#*:}"
  done
  [ -e /usr/share/dbus-1/session.conf ] || echo dbus-session-bus-common
  [ -n "$(fc-list 2>/dev/null | head -n 1)" ] || echo fontconfig fonts-dejavu-core
}

missing_packages() {
  command -v gcc >/dev/null || command -v clang >/dev/null || echo gcc libc6-dev
  missing_for_menu
  if [ "${1:-}" = window ] || [ "${1:-}" = test ]; then
    missing_for_window
  fi
  if [ "${1:-}" = test ]; then
    missing_for_desktop
    browser >/dev/null || echo chromium
    if [ "$(uname -s)" = Linux ]; then
      command -v shellcheck >/dev/null || echo shellcheck
      command -v promtool >/dev/null || echo prometheus
      command -v desktop-file-validate >/dev/null || echo desktop-file-utils
    fi
  fi
}

install_debian() {
  local sudo=""
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || fail "These packages are missing: $*" "sudo apt-get update && sudo apt-get install -y $*"
    sudo="sudo -n"
  fi
  echo "installing: $*"
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

check_tools
# shellcheck disable=SC2046 # a list of words is wanted
set -- "${1:-}" $(missing_packages "${1:-}")
shift
[ $# -eq 0 ] && exit 0
case "$(uname -s)" in
  Darwin)
    case " $* " in *" gcc "*) fail "A C compiler is missing." "xcode-select --install" ;; esac
    fail "A Chromium or Chrome is missing for the browser tests." "brew install --cask google-chrome" ;;
  *)
    command -v apt-get >/dev/null || fail "These are missing: $*" "Install them with your system's package manager."
    install_debian "$@" ;;
esac
