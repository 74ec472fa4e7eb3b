#!/usr/bin/env bash
# Checks a .deb: what it holds, what it says of itself, and that dpkg installs it
# into an empty root and takes it away again without a trace. Needs dpkg, not
# Debian, and changes nothing on this machine.
#
#   build/linux/check-deb.sh FILE
set -euo pipefail
package=$(realpath "$1")
repo=$(realpath "$(dirname "$0")/../..")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
  echo "error: $package: $1" >&2
  exit 1
}

field() { dpkg-deb --field "$package" "$1"; }

says() { # FIELD PATTERN
  [[ $(field "$1") =~ $2 ]] || fail "its $1 is \"$(field "$1")\", which does not match $2"
}

says Package '^pilotlight$'
says Version '^[0-9]+\.[0-9]+\.[0-9]+'
says Architecture "^$(dpkg --print-architecture)$"
says Depends 'libc6 \(>= 2\.[0-9]+\)'
says Depends 'libgtk-3-0'
says Depends 'libwebkit2gtk-4\.1-0'
says Depends 'libayatana-appindicator3-1'

# An empty root with a database of its own. What the package depends on is not
# in it, and its own programs are what is looked at.
root=$work/root
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/usr"
: >"$root/var/lib/dpkg/status"
: >"$root/var/lib/dpkg/available"
into=(dpkg --root="$root" --log="$work/log" --force-depends --force-not-root --force-script-chrootless)
"${into[@]}" --install "$package" >"$work/install.txt" 2>&1 || { cat "$work/install.txt" >&2; fail "dpkg does not install it"; }

has() { # MODE PATH
  local got
  got=$(stat -c '%a %U' "$root/$2" 2>/dev/null) || fail "$2 is not in it"
  [ "$got" = "$1 root" ] || [ "$got" = "$1 $(id -un)" ] || fail "$2 is $got, not $1 root"
}

has 755 usr/bin/pilotlight
has 755 usr/bin/pilotlight-window
has 644 usr/share/applications/pilotlight.desktop
has 644 usr/lib/systemd/user/pilotlight.service
for size in 16 32 48 128 256 512; do has 644 "usr/share/icons/hicolor/${size}x$size/apps/pilotlight.png"; done
has 644 usr/share/icons/hicolor/scalable/apps/pilotlight.svg
grep -q '^ExecStart=/usr/bin/pilotlight agent' "$root/usr/lib/systemd/user/pilotlight.service" || fail "the service starts something else"
[ ! -e "$root/etc" ] || fail "it switches something on for everybody: $(find "$root/etc" -type f)"
if command -v desktop-file-validate >/dev/null; then
  desktop-file-validate "$root/usr/share/applications/pilotlight.desktop" || fail "its menu entry is wrong"
fi

# The programs run from there, and both are the same version.
agent=$("$root/usr/bin/pilotlight" version) || fail "its program does not run"
if missing=$(ldd "$root/usr/bin/pilotlight-window" | grep 'not found'); then
  echo "The window was not started: this machine lacks $(echo "$missing" | awk '{print $1}' | xargs)" >&2
else
  window=$("$root/usr/bin/pilotlight-window" --version) || fail "its window does not run"
  [ "${agent##* }" = "${window##* }" ] || fail "its programs are of two versions: $agent, $window"
fi

"${into[@]}" --purge pilotlight >"$work/purge.txt" 2>&1 || { cat "$work/purge.txt" >&2; fail "dpkg does not remove it"; }
left=$(find "$root" -name '*pilotlight*' -not -path '*/var/lib/dpkg/*')
[ -z "$left" ] || fail "removing it leaves $left"
echo "checked ${package#"$repo"/}: $(du -h "$package" | cut -f 1), $(field Version), $agent"
