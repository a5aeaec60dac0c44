#!/usr/bin/env bash
# ratelimit-header-parser 0.1.0: where an answer has Retry-After but no reset of its own, the
# seconds of Retry-After are taken for a time since 1970: "Retry-After: 120" gives a reset of
# 1970-01-01T00:02:00Z, and its other form, an HTTP date, one that is no date at all.
# Expected: RFC 9110 (10.2.3) has Retry-After as seconds from now or as a date, and the
# README has reset as the date at which the limit is reset. A reset header of 120 seconds
# is read right.
# Seen: the three headers, each beside a remaining of 0. A client that sleeps until reset
# does not sleep at all, just where the service has asked it to.
# Way out: read Retry-After oneself where the answer has no reset header:
# Date.now() + 1000 * seconds, or Date.parse of the date.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund ratelimit-header-parser@0.1.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { parseRateLimit } from 'ratelimit-header-parser';
const limits = { 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '0' };
const date = new Date(Date.now() + 120_000).toUTCString();
const seconds = { ...limits, 'retry-after': '120' };
const rows = [
  ['x-ratelimit-reset of 120', { ...limits, 'x-ratelimit-reset': '120' }, (reset) => Math.abs(reset - Date.now() - 120_000) < 60_000],
  ['retry-after of 120', seconds, (reset) => reset.toISOString() === '1970-01-01T00:02:00.000Z'],
  ['the same in Headers', new Headers(seconds), (reset) => reset.toISOString() === '1970-01-01T00:02:00.000Z'],
  ['retry-after with a date', { ...limits, 'retry-after': date }, (reset) => Number.isNaN(reset.getTime())],
];
let holds = true;
for (const [name, headers, is] of rows) {
  const { remaining, reset } = parseRateLimit(headers);
  console.log(`${name}: ${Number.isNaN(reset.getTime()) ? reset : reset.toISOString()}`);
  holds &&= remaining === 0 && is(reset);
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
