#!/usr/bin/env bash
# mt940-js 1.0.0 and swiftmessageparser 1.2.1: an entry date, which has a month and a day but
# no year, gets the year of the value date: a payment with the value of 30 December 2025 that
# was entered on 2 January 2026 (:61:2512300102) has the entry date 2 January 2025, a year
# before, and one with the value of 2 January entered on 30 December is a year late. Booked by
# entry date, they are in the wrong year's accounts.
# Expected: SWIFT's MT 940, field 61: subfield 1 is the value date YYMMDD, subfield 2 the
# entry date MMDD, on which the entry was made to the account. The statement's closing
# balance (:62F:) has a date with its year, at or after each entry of the statement.
# Seen: three lines in a statement of 2 January 2026.
# Way out: the year in which the entry date is nearest to the value date (below).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund mt940-js@1.0.0 tslib@2.8.1 swiftmessageparser@1.2.1 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import mt940 from 'mt940-js';
import parser from 'swiftmessageparser';
const rows = [
  // value and entry date, what both make of the entry date, what is meant
  ['2601020102', '2026-01-02', '2026-01-02'],
  ['2512300102', '2025-01-02', '2026-01-02'],
  ['2601021230', '2026-12-30', '2025-12-30'],
];
const data = [
  ':20:STATEMENT', ':25:DE02120300000000202051', ':28C:1/1', ':60F:C251230EUR100,00',
  ...rows.map(([dates]) => `:61:${dates}C1,00NTRFNONREF`), ':62F:C260102EUR103,00', '-', '',
].join('\r\n');
// the way out, with texts YYYY-MM-DD
function nearest(value, entry) {
  const distance = (date) => Math.abs(new Date(date) - new Date(value));
  const years = [-1, 0, 1].map((n) => `${Number(value.slice(0, 4)) + n}${entry.slice(4)}`);
  return years.sort((a, b) => distance(a) - distance(b))[0];
}
const [{ transactions }] = await mt940.read(Buffer.from(data));
const [{ transactions: others }] = parser.parse({ type: 'mt940', data, validate: true });
let holds = true;
rows.forEach(([dates, want, meant], i) => {
  const { valueDate, entryDate } = transactions[i];
  const other = others[i].entryDate.toISOString().slice(0, 10);
  console.log(`${dates}: ${entryDate}, ${other}; nearest ${nearest(valueDate, entryDate)}`);
  holds &&= entryDate === want && other === want && nearest(valueDate, entryDate) === meant;
});
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
