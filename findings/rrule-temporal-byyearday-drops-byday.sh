#!/usr/bin/env bash
# rrule-temporal 2.2.8: a yearly rule that has BYYEARDAY takes no notice of BYDAY and
# BYMONTHDAY: "the first Monday of the year", BYYEARDAY=1,2,3,4,5,6,7;BYDAY=MO, is the first
# seven days of each year, whatever they are. With BYWEEKNO it is BYMONTHDAY that is dropped.
# Expected: RFC 5545 (3.3.10, the table and its note 2): under YEARLY, BYDAY limits where
# BYYEARDAY or BYMONTHDAY is there. The README calls it fully compliant with RFC 5545.
# rrule 2.8.1 gives the Mondays (python-dateutil does, too). BYMONTH with BYYEARDAY and BYDAY
# with BYMONTHDAY are right here as well.
# Seen: four rules in both, no error. A yearly payment goes out seven times.
# Way out: BYMONTH and BYMONTHDAY in place of BYYEARDAY (the last rule), or a filter on
# dayOfWeek behind all().
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund rrule-temporal@2.2.8 rrule@2.8.1 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import rrule from 'rrule';
import { RRuleTemporal } from 'rrule-temporal';
const rows = [
  ['FREQ=YEARLY;BYYEARDAY=1,2,3,4,5,6,7;BYDAY=MO',
    '2026-01-01 2026-01-02 2026-01-03 2026-01-04 2026-01-05 2026-01-06 2026-01-07 2027-01-01',
    '2026-01-05 2027-01-04 2028-01-03 2029-01-01'],
  ['FREQ=YEARLY;BYYEARDAY=365;BYMONTHDAY=31',
    '2026-12-31 2027-12-31 2028-12-30 2029-12-31', '2026-12-31 2027-12-31 2029-12-31'],
  ['FREQ=YEARLY;BYWEEKNO=1;BYDAY=TH;BYMONTHDAY=1',
    '2026-01-01 2027-01-07 2028-01-06 2029-01-04', '2026-01-01'],
  ['FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1,2,3,4,5,6,7;BYDAY=MO',
    '2026-01-05 2027-01-04 2028-01-03 2029-01-01', '2026-01-05 2027-01-04 2028-01-03 2029-01-01'],
];
let holds = true;
for (const [rule, want, right] of rows) {
  const text = `DTSTART:20260101T090000Z\nRRULE:${rule};UNTIL=20300101T000000Z`;
  const got = new RRuleTemporal({ rruleString: text }).all().slice(0, 8).map((t) => t.toPlainDate().toString()).join(' ');
  const other = rrule.rrulestr(text).all().slice(0, 8).map((t) => t.toISOString().slice(0, 10)).join(' ');
  console.log(`${rule}\n  ${got}\n  rrule: ${other}`);
  holds &&= got === want && other === right;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
