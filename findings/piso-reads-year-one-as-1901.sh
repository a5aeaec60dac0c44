#!/usr/bin/env bash
# @0dep/piso 5.1.2: a date of the years 0 to 99 is read as one of the 20th century:
# 0001-01-01T00:00:00Z, the time that Go and .NET write for "no time", is 1901-01-01, and
# 0099-12-31 is 1999-12-31. So are the ends of an interval.
# Expected: ISO 8601, which the README is about: 0001 is the year one. new Date() of the same
# text is right; it is Date.UTC(1, 0, 1), with the year as a number, that means 1901.
# Seen: four dates by the package and by Date. A check for "before 1900 means not set" lets such a
# time through, and an age or a duration made of it looks plausible.
# Way out: look for /^00/ before, or new Date() for texts of RFC 3339.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @0dep/piso@5.1.2 >/dev/null 2>&1
cat >t.mjs <<'EOF'
import { getDate, parseInterval } from '@0dep/piso';
const rows = [
  ['0001-01-01T00:00:00Z', '1901-01-01T00:00:00.000Z'],
  ['0099-12-31T12:00:00Z', '1999-12-31T12:00:00.000Z'],
  ['0100-01-01T00:00:00Z', '0100-01-01T00:00:00.000Z'],
  ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'],
];
let holds = true;
for (const [text, want] of rows) {
  const got = getDate(text).toISOString();
  console.log(`${text}: ${got}, Date ${new Date(text).toISOString()}`);
  holds &&= got === want;
}
const interval = parseInterval('0001-01-01T00:00:00Z/0001-01-02T00:00:00Z').toISOString();
console.log(`interval: ${interval}`);
holds &&= interval === '1901-01-01T00:00:00.000Z/1901-01-02T00:00:00.000Z';
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOF
node t.mjs
