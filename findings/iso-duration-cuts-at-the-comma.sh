#!/usr/bin/env bash
# @musement/iso-duration 1.0.0: what comes after a decimal comma is cut off: "PT0,5S" is no time
# at all and written as P0D, "P1,5D" is one day and "PT1H30,5M" an hour and a half.
# Expected: ISO 8601 (and the article that the README names, under Durations): the smallest part
# may have a decimal fraction, "with either a comma or a full stop"; the package's own pattern
# has the comma, and a point is read well. tinyduration 3.4.1 reads both.
# Seen: five durations by both packages; no error.
# Way out: text.replace(',', '.') before, as there is no other comma in a duration.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @musement/iso-duration@1.0.0 tinyduration@3.4.1 >/dev/null 2>&1
cat >t.mjs <<'EOF'
import musement from '@musement/iso-duration';
import tiny from 'tinyduration';
const rows = [
  ['PT0.5S', 'PT0.5S', 'PT0.5S'],
  ['PT0,5S', 'P0D', 'PT0.5S'],
  ['P1,5D', 'P1D', 'P1.5D'],
  ['PT1H30,5M', 'PT1H30M', 'PT1H30.5M'],
  ['P2W', 'P2W', 'P2W'],
];
let holds = true;
for (const [text, want, right] of rows) {
  const got = musement.isoDuration(text).toString();
  const peer = tiny.serialize(tiny.parse(text));
  const wayOut = musement.isoDuration(text.replace(',', '.')).toString();
  console.log(`${text}: ${got}; tinyduration ${peer}; way out ${wayOut}`);
  holds &&= got === want && peer === right && wayOut === right;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOF
node t.mjs
