#!/usr/bin/env bash
# ts-ics 2.4.6: extendByRecurrenceRule counts from the end with -1 as the last but one:
# "the last day of each month", BYMONTHDAY=-1, is 30 January, 27 February, 30 March, and
# BYYEARDAY=-1 is 30 December. With a weekday within the month (BYDAY=1MO, -1FR) the time of
# day is lost: an appointment of ten o'clock repeats at midnight.
# Expected: RFC 5545 (3.3.10), -1 is the last day of the month or year, and what a rule does
# not say, such as the time, is taken from DTSTART. The README has the function as the one
# that gives the dates of a rule. rrule 2.8.1 does so. BYMONTHDAY=31, BYWEEKNO and weekdays
# of a weekly rule are right.
# Seen: five rules in both, from ten o'clock in UTC; no error.
# Way out: ts-ics for reading and writing only, and the rule's text to a library for rules.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund ts-ics@2.4.6 rrule@2.8.1 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import rrule from 'rrule';
import { convertIcsRecurrenceRule, extendByRecurrenceRule } from 'ts-ics';
const start = new Date('2025-01-01T10:00:00Z');
const text = (dates) => dates.map((date) => date.toISOString().slice(0, 16)).join(' ');
const rows = [
  ['FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3',
    '2025-01-31T10:00 2025-03-31T10:00 2025-05-31T10:00', '2025-01-31T10:00 2025-03-31T10:00 2025-05-31T10:00'],
  ['FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3',
    '2025-01-30T10:00 2025-02-27T10:00 2025-03-30T10:00', '2025-01-31T10:00 2025-02-28T10:00 2025-03-31T10:00'],
  ['FREQ=YEARLY;BYYEARDAY=-1;COUNT=2', '2025-12-30T10:00 2026-12-30T10:00', '2025-12-31T10:00 2026-12-31T10:00'],
  ['FREQ=MONTHLY;BYDAY=1MO;COUNT=2', '2025-01-06T00:00 2025-02-03T00:00', '2025-01-06T10:00 2025-02-03T10:00'],
  ['FREQ=MONTHLY;BYDAY=-1FR;COUNT=2', '2025-01-31T00:00 2025-02-28T00:00', '2025-01-31T10:00 2025-02-28T10:00'],
];
let holds = true;
for (const [rule, want, right] of rows) {
  const got = text(extendByRecurrenceRule(convertIcsRecurrenceRule(undefined, { value: rule }), { start }));
  const other = text(rrule.rrulestr(`DTSTART:20250101T100000Z\nRRULE:${rule}`).all());
  console.log(`${rule}\n  ${got}\n  rrule: ${other}`);
  holds &&= got === want && other === right;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
TZ=UTC node t.mjs
