#!/usr/bin/env bash
# openapi-overlays-js 0.2.0: an action of an OpenAPI overlay with "remove: false"
# removes its target, and its update is left undone: the program looks whether the
# field is there, not at its value.
# Expected: the Overlay Specification 1.0.0 (section Action Object) has remove as a
# boolean whose default is false, and update is without effect only where remove is
# true. Its JSON Schema accepts the overlay below.
# Seen: without the field the description of the operation is replaced; with
# "remove: false" the whole path is gone. Exit code 0 and no message in both.
# Way out: drop the field where it is false before the overlay is applied; an overlay
# that a program wrote from a struct is likely to have it in each action.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund openapi-overlays-js@0.2.0 >/dev/null 2>&1
cat >api.yaml <<'EOT'
openapi: 3.1.0
info: {title: Orders, version: "1"}
paths:
  /orders:
    get: {description: old, responses: {"200": {description: ok}}}
EOT
cat >without.yaml <<'EOT'
overlay: 1.0.0
info: {title: Texts, version: "1"}
actions:
  - target: $.paths['/orders']
    update: {get: {description: new}}
EOT
{ cat without.yaml; echo '    remove: false'; } >false.yaml
for name in without false; do
  node_modules/.bin/overlayjs --openapi api.yaml --overlay "$name.yaml" >"$name.out"
  echo "== $name:"
  cat "$name.out"
done
if grep -q 'description: new' without.out && grep -q '^paths: {}$' false.out; then
  echo holds
else
  echo changed
  exit 1
fi
