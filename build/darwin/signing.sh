#!/usr/bin/env bash
# Makes the certificate and the key from a workflow's secrets ready for make app. Run
# by make signing; where there are no secrets it does nothing.
#
#   SIGN_CERTIFICATE  the Developer ID's .p12, in base64; SIGN_PASSWORD opens it
#   NOTARY_KEY_TEXT   the App Store Connect key, as its .p8 file has it
#   RUNNER_TEMP       where they lie until the runner is gone
#   GITHUB_ENV        told where the key is
#   DRY_RUN=1         prints the commands and runs none
set -euo pipefail

DRY_RUN=${DRY_RUN:-}
run() {
  if [ -n "$DRY_RUN" ]; then
    printf '%q ' "$@"
    echo
  else
    "$@"
  fi
}

if [ -z "${SIGN_CERTIFICATE:-}" ]; then
  echo "there is no certificate: the signature will be ad hoc"
  exit 0
fi
folder=${RUNNER_TEMP:?where to keep them for a while}
umask 077
keychain=$folder/signing.keychain-db
# Of the keychain alone, for as long as the runner lives.
secret=$(openssl rand -hex 24)

base64 --decode <<<"$SIGN_CERTIFICATE" >"$folder/signing.p12"
run security create-keychain -p "$secret" "$keychain"
run security set-keychain-settings -lut 7200 "$keychain"
run security unlock-keychain -p "$secret" "$keychain"
run security import "$folder/signing.p12" -k "$keychain" -P "${SIGN_PASSWORD:-}" -T /usr/bin/codesign
run security set-key-partition-list -S apple-tool:,apple: -k "$secret" "$keychain"
run security list-keychains -d user -s "$keychain" login.keychain-db
rm "$folder/signing.p12"

if [ -n "${NOTARY_KEY_TEXT:-}" ]; then
  printf '%s\n' "$NOTARY_KEY_TEXT" >"$folder/notary.p8"
  echo "NOTARY_KEY=$folder/notary.p8" >>"${GITHUB_ENV:-/dev/stdout}"
fi
