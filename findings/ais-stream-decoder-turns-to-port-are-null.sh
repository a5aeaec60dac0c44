#!/usr/bin/env bash
# ais-stream-decoder 2.1.2: every turn to port has rateOfTurn null, which is what no sensor
# has, and a turn to starboard has a wrong rate: 20 degrees a minute, sent as 21, are 2.1, and
# 180, sent as 64, are 3.7. A root is taken where a square is to be, and the root of a
# negative number is NaN, which JSON has as null.
# Expected: ITU-R M.1371 (message 1, rate of turn): the value sent is 4.733 times the root of
# the degrees a minute, with the sign of the turn, negative to port; -128 is not available.
# Seen: lines made from the fields of message 1; speed, course and position are read right.
# Way out: the turn from the line itself, for messages 1 to 3: it is the payload's bits 42 to
# 49, in its eighth and ninth character (turn, below).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund ais-stream-decoder@2.1.2 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import module from 'ais-stream-decoder';
const AisDecoder = module.default ?? module;
// message 1: type, repeat, MMSI, status, turn, speed, accuracy, longitude, latitude, course, ...
function line(turn) {
  const fields = [[1, 6], [0, 2], [211000001, 30], [0, 4], [turn, 8], [123, 10], [1, 1], [8 * 600000, 28],
    [54 * 600000, 27], [900, 12], [91, 9], [30, 6], [0, 25]];
  const bits = fields.map(([value, n]) => (value < 0 ? value + 2 ** n : value).toString(2).padStart(n, '0')).join('');
  const characters = bits.match(/.{6}/g).map((six) => parseInt(six, 2)).map((v) => String.fromCharCode(v + (v < 40 ? 48 : 56)));
  const text = `AIVDM,1,1,,A,${characters.join('')},0`;
  const sum = [...text].reduce((all, c) => all ^ c.charCodeAt(0), 0);
  return `!${text}*${sum.toString(16).toUpperCase().padStart(2, '0')}`;
}
const read = (text) => new Promise((resolve, reject) => {
  const decoder = new AisDecoder();
  decoder.on('data', (data) => resolve(JSON.parse(data)));
  decoder.on('error', reject);
  decoder.write(text);
});
// the way out: degrees a minute, or null
function turn(text) {
  const six = (i) => { const v = text.split(',')[5].charCodeAt(i) - 48; return v > 40 ? v - 8 : v; };
  const value = ((six(7) << 2 | six(8) >> 4) << 24) >> 24;
  return value === -128 ? null : Math.sign(value) * (value / 4.733) ** 2;
}
const round = (value) => value && Math.round(value * 10) / 10;
const rows = [
  // sent, of the package, degrees a minute
  [0, 0, 0],
  [21, 2.1, 19.7],
  [64, 3.7, 182.8],
  [-21, null, -19.7],
  [-64, null, -182.8],
  [-128, null, null],
];
let holds = true;
for (const [sent, want, degrees] of rows) {
  const text = line(sent);
  const { rateOfTurn, speedOverGround, lon, courseOverGround } = await read(text);
  console.log(`${sent}: ${rateOfTurn}, meant ${round(turn(text))}`);
  holds &&= round(rateOfTurn) === want && round(turn(text)) === degrees;
  holds &&= speedOverGround === 12.3 && lon === 8 && courseOverGround === 90;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
timeout 60 node t.mjs
