#!/usr/bin/env bash
# @medplum/core 5.2.13: formatHl7DateTime writes milliseconds as a plain number and
# parseHl7DateTime reads a fraction as a count of milliseconds: 45 ms become ".45", which is
# 450 ms to every other reader, ".5" is read as 5 ms and ".1234" as 1.234 s, so that a time
# is a second or more late. Read with its own other half, nothing is to be seen.
# Expected: HL7 v2 (2A, data type DTM), YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]: the
# digits after the point are a decimal fraction, to ten thousandths of a second. Three digits
# are right in both directions.
# Seen: times below 100 ms, which are one in ten; MSH-7 of the answer that buildAck() makes
# is written by it, too. Sorted by time, events within a second change places.
# Way out: pad the fraction before it is read, to three digits (below); write with
# toISOString() less its "-", ":", "T" and "Z".
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @medplum/core@5.2.13 >/dev/null 2>&1
cat >t.mjs <<'EOT'
globalThis.WebSocket ??= class {}; // Node 20 has none; it is not used here
const { formatHl7DateTime, parseHl7DateTime } = await import('@medplum/core');
const padded = (text) => text.replace(/\.(\d+)/, (_, digits) => '.' + digits.padEnd(3, '0').slice(0, 3));
const written = (time) => new Date(time).toISOString().replace(/[-:TZ]/g, '');
const rows = [
  [formatHl7DateTime('2026-01-01T12:00:00.450Z'), '20260101120000.450'],
  [formatHl7DateTime('2026-01-01T12:00:00.045Z'), '20260101120000.45'],
  [formatHl7DateTime('2026-01-01T12:00:00.005Z'), '20260101120000.5'],
  [parseHl7DateTime('20260101120000.500'), '2026-01-01T12:00:00.500Z'],
  [parseHl7DateTime('20260101120000.5'), '2026-01-01T12:00:00.005Z'],
  [parseHl7DateTime('20260101120000.1234+0100'), '2026-01-01T11:00:01.234Z'],
  [parseHl7DateTime('20260101120059.9999'), '2026-01-01T12:01:08.999Z'],
  [parseHl7DateTime(padded('20260101120000.5')), '2026-01-01T12:00:00.500Z'],
  [parseHl7DateTime(padded('20260101120000.1234+0100')), '2026-01-01T11:00:00.123Z'],
  [written('2026-01-01T12:00:00.045Z'), '20260101120000.045'],
];
let holds = true;
for (const [got, want] of rows) {
  console.log(got);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
