#!/usr/bin/env bash
# Prints this version in the form that a package format wants.
#
#   build/version.sh           as git describes it: v1.2.3, v1.2.3-4-gabc1234, abc1234
#   build/version.sh numbers   three numbers for macOS; 0.0.0 before the first tag
#   build/version.sh build     how many commits led here, for macOS
#   build/version.sh deb       for Debian, sorted as the versions came to be
#
# VERSION, where it is set, stands for what git would say.
set -euo pipefail
cd "$(dirname "$0")/.."

described=${VERSION:-$(git describe --tags --always --dirty 2>/dev/null || echo dev)}
commits=$(git rev-list --count HEAD 2>/dev/null || echo 1)

numbers=0.0.0 rest=''
if [[ $described =~ ^v?([0-9]+\.[0-9]+\.[0-9]+)(.*)$ ]]; then
  numbers=${BASH_REMATCH[1]} rest=${BASH_REMATCH[2]}
elif [ "$described" != dev ]; then
  rest=-$commits-g$described
fi

# A release candidate sorts before its release (~), what came after a tag
# behind it (+).
debian() {
  local pre='' after=''
  if [[ ${rest%-dirty} =~ ^(-([a-z]+[0-9.]*))?(-([0-9]+)-g([0-9a-f]+))?$ ]]; then
    [ -z "${BASH_REMATCH[2]}" ] || pre="~${BASH_REMATCH[2]}"
    [ -z "${BASH_REMATCH[4]}" ] || after="+${BASH_REMATCH[4]}.g${BASH_REMATCH[5]}"
  fi
  case "$rest" in *-dirty) after=$after+dirty ;; esac
  echo "$numbers$pre$after"
}

case "${1:-}" in
  "") echo "$described" ;;
  numbers) echo "$numbers" ;;
  build) echo "$commits" ;;
  deb) debian ;;
  *) echo "error: there is no version form $1" >&2; exit 2 ;;
esac
