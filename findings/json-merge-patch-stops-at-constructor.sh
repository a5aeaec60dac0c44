#!/usr/bin/env bash
# json-merge-patch 1.0.2: apply() ends where it comes to a member named "constructor" (or
# "prototype"): that member and all that come after it in the patch are left out, so that half of
# a patch is applied. {"race": 3, "constructor": "Ferrari", "points": 25} sets the race only. Its
# own generate() makes such patches.
# Expected: RFC 7396 (2): "for each Name/Value pair in Patch"; in JSON a name is any text, and the
# order of members says nothing. A guard of JavaScript's prototypes may leave out that member, not
# the rest without a word. Racing and building have constructors.
# Seen: five patches with the same members in another order or another name, and a way there by
# generate() and back; no error.
# Way out: look for these names and refuse such a patch, or another package.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund json-merge-patch@1.0.2 >/dev/null 2>&1
cat >t.mjs <<'EOF'
import jsonmergepatch from 'json-merge-patch';
const { apply, generate } = jsonmergepatch;
const rows = [
  ['{"race":3,"team":"Ferrari","points":25}', '{"race":3,"team":"Ferrari","points":25}'],
  ['{"race":3,"constructor":"Ferrari","points":25}', '{"race":3}'],
  ['{"points":25,"race":3,"constructor":"Ferrari"}', '{"points":25,"race":3}'],
  ['{"constructor":"Ferrari","race":3,"points":25}', '{}'],
  ['{"kit":{"prototype":true,"parts":4},"race":3}', '{"kit":{},"race":3}'],
];
let holds = true;
for (const [patch, want] of rows) {
  const got = JSON.stringify(apply({}, JSON.parse(patch)));
  console.log(`${patch}: ${got}`);
  holds &&= got === want;
}
const before = { constructor: 'Ferrari', points: 18 };
const after = { constructor: 'Ferrari F1', points: 25 };
const patch = generate(before, after);
const got = JSON.stringify(apply({ ...before }, patch));
console.log(`generated ${JSON.stringify(patch)}: ${got}`);
holds &&= JSON.stringify(patch) === JSON.stringify(after) && got === JSON.stringify(before);
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOF
node t.mjs
