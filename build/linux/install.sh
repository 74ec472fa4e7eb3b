#!/usr/bin/env bash
# Puts Pilotlight where a person's or a machine's programs are, or takes it away
# again. Run by make install and make uninstall, and to lay a package out.
#
#   build/linux/install.sh install|uninstall
#
#   PREFIX    ~/.local, or /usr/local for root
#   DESTDIR   put in front of every path, for packages
#   BIN       where the built programs and icons are; bin
#   DRY_RUN=1 prints the commands and runs none
#
# The window is installed where it was built. The systemd unit is installed and
# not switched on. Uninstalling leaves the history and the settings alone.
set -euo pipefail
cd "$(dirname "$0")/../.."

if [ -z "${DRY_RUN:-}${DESTDIR:-}" ] && [ "$(uname -s)" = Darwin ]; then
  echo "error: on a Mac Pilotlight is an app." >&2
  echo "hint: Run make app, and move bin/darwin/Pilotlight.app to Applications." >&2
  exit 1
fi
if [ -z "${PREFIX:-}" ]; then
  if [ "$(id -u)" = 0 ]; then PREFIX=/usr/local; else PREFIX=$HOME/.local; fi
fi
case "$PREFIX" in
  /*) ;;
  *) echo "error: PREFIX must begin with /, and is $PREFIX" >&2; exit 2 ;;
esac
# The path stands in the commands of the desktop's and systemd's files.
case "$PREFIX" in
  *[[:space:]\"\'\\\&\#%\$\`]*)
    echo "error: PREFIX has a character that desktops and systemd do not take in a command: $PREFIX" >&2
    echo "hint: Choose another, as PREFIX=/opt/pilotlight" >&2
    exit 2 ;;
esac
DESTDIR=${DESTDIR:-}
BIN=${BIN:-bin}
DRY_RUN=${DRY_RUN:-}

root=$DESTDIR$PREFIX
# A unit below /usr belongs in lib, a person's own in share.
case "$PREFIX" in
  /usr | /usr/*) units=$root/lib/systemd/user ;;
  *) units=$root/share/systemd/user ;;
esac

run() {
  if [ -n "$DRY_RUN" ]; then
    printf '%q ' "$@"
    echo
  else
    "$@"
  fi
}

# at_bindir writes a file with the programs' full path in place of NAME at the
# beginning of its commands: neither systemd nor a desktop looks into a PATH
# that only the shell has.
at_bindir() { # FROM TO
  if [ -n "$DRY_RUN" ]; then
    echo "sed $1 > $2"
    return
  fi
  install -D -m 644 /dev/null "$2"
  sed -E "s#^((Try)?Exec|ExecStart)=(/usr/bin/)?pilotlight#\\1=$PREFIX/bin/pilotlight#" "$1" >"$2"
}

files=(
  bin/pilotlight
  bin/pilotlight-window
  share/applications/pilotlight.desktop
)

icons() { (cd "$BIN/icons" && find hicolor -type f | sort); }

put() {
  [ -n "$DRY_RUN" ] || [ -x "$BIN/pilotlight" ] || {
    echo "error: $BIN/pilotlight is not built." >&2
    echo "hint: Run: make" >&2
    exit 1
  }
  run install -D -m 755 "$BIN/pilotlight" "$root/bin/pilotlight"
  if [ -n "$DRY_RUN" ] || [ -x "$BIN/pilotlight-window" ]; then
    run install -D -m 755 "$BIN/pilotlight-window" "$root/bin/pilotlight-window"
  else
    echo "The window is not built, so the dashboard will open in the browser." >&2
  fi
  at_bindir build/linux/pilotlight.desktop "$root/share/applications/pilotlight.desktop"
  at_bindir build/linux/pilotlight.service "$units/pilotlight.service"
  local icon
  icons | while read -r icon; do
    run install -D -m 644 "$BIN/icons/$icon" "$root/share/icons/$icon"
  done
  refresh
  [ -n "$DESTDIR" ] || echo "installed in $PREFIX. Start it: $PREFIX/bin/pilotlight agent. At every login: $PREFIX/bin/pilotlight login on"
}

take_away() {
  local file
  for file in "${files[@]}"; do run rm -f "$root/$file"; done
  run rm -f "$units/pilotlight.service"
  if [ -d "$root/share/icons/hicolor" ]; then
    find "$root/share/icons/hicolor" \( -name pilotlight.png -o -name pilotlight.svg \) -path '*/apps/*' | sort | while read -r file; do
      run rm -f "$file"
    done
  fi
  refresh
  [ -n "$DESTDIR" ] || echo "removed from $PREFIX. What starts it at login is taken away by: pilotlight login off, before uninstalling."
}

# refresh tells a desktop that is running. A package's own tools do it for a
# package, and where these programs are missing nothing is lost.
refresh() {
  [ -z "$DESTDIR" ] || return 0
  if command -v update-desktop-database >/dev/null; then run update-desktop-database -q "$root/share/applications" || true; fi
  if command -v gtk-update-icon-cache >/dev/null; then run gtk-update-icon-cache -q -t -f "$root/share/icons/hicolor" || true; fi
}

case "${1:-}" in
  install) put ;;
  uninstall) take_away ;;
  *) echo "usage: build/linux/install.sh install|uninstall" >&2; exit 2 ;;
esac
