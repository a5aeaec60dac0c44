#!/usr/bin/env bash
# feelin 8.2.0: the function "years and months duration" gives days as well. From 22
# December 2011 to 24 August 2013 it is P1Y8M2D, from 1 to 31 January P30D. "=" compares the
# years and months of the first and so finds it equal to P1Y8M; P30D is not equal to P0M.
# As a text, or added to a date, the days count.
# Expected: DMN (1.3 to 1.5, table of the functions on dates) has a duration of years and
# months as the result, whose example is the first of the two, P1Y8M; less than a month is
# P0M. The README has the built-in functions as done.
# Seen: both as texts; a date and that duration give 24 August where P1Y8M gives the 22nd.
# A rule such as "how many full months, then the first instalment" is off by those days.
# Way out: duration("P" + string(d.years) + "Y" + string(d.months) + "M") of the result d.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund feelin@8.2.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { evaluate } from 'feelin';
const long = 'years and months duration(date("2011-12-22"), date("2013-08-24"))';
const short = 'years and months duration(date("2024-01-01"), date("2024-01-31"))';
const only = 'duration("P" + string(d.years) + "Y" + string(d.months) + "M")';
const rows = [
  [`string(${long})`, 'P1Y8M2D'],
  [`${long} = duration("P1Y8M")`, true],
  [`string(date("2011-12-22") + ${long})`, '2013-08-24'],
  ['string(date("2011-12-22") + duration("P1Y8M"))', '2013-08-22'],
  [`string(${short})`, 'P30D'],
  [`${short} = duration("P0M")`, false],
  [`{d: ${long}, only: string(${only})}.only`, 'P1Y8M'],
  [`{d: ${short}, only: string(date("2024-01-01") + ${only})}.only`, '2024-01-01'],
];
let holds = true;
for (const [expression, want] of rows) {
  const { value, warnings } = evaluate(expression, {});
  console.log(`${expression}: ${value}`);
  holds &&= value === want && warnings.length === 0;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
