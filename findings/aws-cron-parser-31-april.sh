#!/usr/bin/env bash
# aws-cron-parser 1.1.12: next() takes a day that a month does not have for a day of the
# month after it. "0 0 31 * ? *" runs on 1 May, 1 July, 1 October and 1 December beside
# the 31st of the long months, and "0 0 29 2 ? *" on 1 March where no 29th is, which
# prev() says, too.
# Expected: the README has next() and prev() as the two directions of one schedule, and
# prev() gives the 31st only; so does cron-parser 5.10.6. Amazon's page on cron
# expressions, which the README names, has 31 as that day of the month and L for the last.
# Seen: the runs of 2026 by next(), by prev() and by cron-parser.
# Way out: let next() go on from a date whose getUTCDate() is not in daysOfMonth of the
# parsed expression; L is right as it is, as are the days up to 28.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund aws-cron-parser@1.1.12 cron-parser@5.10.6 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import aws from 'aws-cron-parser';
import { CronExpressionParser } from 'cron-parser';
const start = new Date('2025-12-31T23:59:00Z');
const end = new Date('2027-01-01T00:00:00Z');
const show = (dates) => dates.map((d) => d.toISOString().slice(5, 10)).join(' ');
function forth(parsed) {
  const dates = [];
  for (let d = aws.next(parsed, start); d && d < end; d = aws.next(parsed, d)) dates.push(d);
  return show(dates);
}
function back(parsed) {
  const dates = [];
  for (let d = aws.prev(parsed, end); d && d > start; d = aws.prev(parsed, d)) dates.unshift(d);
  return show(dates);
}
function peer(expression) {
  const schedule = CronExpressionParser.parse(expression, { currentDate: start, endDate: end, tz: 'UTC' });
  const dates = [];
  while (schedule.hasNext()) dates.push(schedule.next().toDate());
  return show(dates);
}
const long = '01-31 03-31 05-31 07-31 08-31 10-31 12-31';
const last = '01-31 02-28 03-31 04-30 05-31 06-30 07-31 08-31 09-30 10-31 11-30 12-31';
const rows = [
  ['0 0 31 * ? *', '0 0 31 * *', '01-31 03-03 03-31 05-01 05-31 07-01 07-31 08-31 10-01 10-31 12-01 12-31', long, long],
  ['0 0 29 2 ? *', '0 0 29 2 *', '03-01', '03-01', ''],
  ['0 0 L * ? *', '0 0 L * *', last, last, last],
];
let holds = true;
for (const [theirs, five, ...want] of rows) {
  const parsed = aws.parse(theirs);
  const got = [forth(parsed), back(parsed), peer(five)];
  console.log(`${theirs}\n  next        ${got[0]}\n  prev        ${got[1]}\n  cron-parser ${got[2]}`);
  holds &&= got.join() === want.join();
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
