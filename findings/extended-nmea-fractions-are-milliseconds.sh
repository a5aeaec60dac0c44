#!/usr/bin/env bash
# extended-nmea 2.1.3: the fraction of a time is taken for a count of milliseconds: of
# 120000.50, with the two digits that most receivers send, it makes 12:00:00.050, so that
# positions 100 ms apart are 10 ms apart and then 910. Three digits are right, and one is
# refused.
# Expected: NMEA 0183: a time is hhmmss.ss, seconds with a decimal fraction of any length;
# the comment of the package's own reader says "ss.ss = seconds with decimals".
# Seen: GGA sentences at six times; gps 0.9.0 reads them right.
# Way out: the time from the sentence itself (milliseconds, below), or a receiver that is set to
# whole seconds or to three digits.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund extended-nmea@2.1.3 gps@0.9.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import extended from 'extended-nmea';
import gps from 'gps';
const GPS = gps.GPS ?? gps;
function sentence(time) {
  const text = `GPGGA,${time},5400.0000,N,00800.0000,E,1,08,0.9,12.5,M,46.9,M,,`;
  const sum = [...text].reduce((all, c) => all ^ c.charCodeAt(0), 0);
  return `$${text}*${sum.toString(16).toUpperCase().padStart(2, '0')}\r\n`;
}
// the way out: milliseconds of the day
function milliseconds(text) {
  const [, h, m, s] = /^(\d\d)(\d\d)(\d\d(?:\.\d+)?)$/.exec(text.split(',')[1]);
  return Math.round((Number(h) * 3600 + Number(m) * 60 + Number(s)) * 1000);
}
const noon = 12 * 3_600_000;
const rows = [
  // time, what the package makes of it, what it is
  ['120000', 0, 0],
  ['120000.500', 500, 500],
  ['120000.50', 50, 500],
  ['120000.10', 10, 100],
  ['120000.05', 5, 50],
  ['120000.99', 99, 990],
];
let holds = true;
for (const [time, want, meant] of rows) {
  const text = sentence(time);
  const got = extended.Decoder.decode(text).time.totalMilliseconds - noon;
  const other = GPS.Parse(text.trim()).time.getUTCMilliseconds();
  console.log(`${time}: ${got} ms, gps ${other} ms`);
  holds &&= got === want && other === meant && milliseconds(text) - noon === meant;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
