#!/usr/bin/env bash
# gs1-barcode-parser-mod 1.2.1: a harvest date (application identifier 7007) that is a
# period is cut after its first date, and the second one is read as further elements that
# are not on the package: 7007 250801 250814 gives the harvest date 1 August and a
# "secondary serial" (250) of 814; one that ends on 5 January 2026 is an error, and the
# whole barcode is lost.
# Expected: GS1 General Specifications (3.8.7), 7007 is N6[+N6], one date or the first and
# the last of a period. The README lists the 70xx family as covered, with a spec that parses
# every identifier, and its limitations speak of plausibility only. Production times (8008),
# N8[+N..4], are read with and without their second part.
# Seen: fish and vegetables of one day are right, those of several days are not.
# Way out: take the element out before: /7007(\d{6})(\d{6})(?=\x1d|$)/, where the 7007 is
# known to begin an element (it has to be the first, or after the separator).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund gs1-barcode-parser-mod@1.2.1 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { parseBarcode } from 'gs1-barcode-parser-mod';
const gtin = '0109501101530003';
const read = (code) => {
  try {
    return parseBarcode(code).parsedCodeItems.map((item) => `${item.ai} ${item.raw}`).join(', ');
  } catch (e) {
    return `error: ${e.message ?? e}`;
  }
};
const rows = [
  ['one day', `${gtin}7007250801`, '01 09501101530003, 7007 250801'],
  ['1 to 14 August', `${gtin}7007250801250814`, '01 09501101530003, 7007 250801, 250 814'],
  ['the same, then a lot', `${gtin}7007250801250814\u001d10AB`, '01 09501101530003, 7007 250801, 250 814, 10 AB'],
  ['1 to 10 August', `${gtin}7007250801250810`, '01 09501101530003, 7007 250801, 250 810'],
  ['from 27 December to 5 January', `${gtin}7007251227260105`, "error: invalid AI after '2'"],
  ['time, long', `${gtin}8008250801121530`, '01 09501101530003, 8008 250801121530'],
  ['time, short', `${gtin}800825080112`, '01 09501101530003, 8008 25080112'],
];
let holds = true;
for (const [name, code, want] of rows) {
  const got = read(code);
  console.log(`${name}: ${got}`);
  holds &&= got === want;
}
const [, from, to] = `${gtin}\u001d7007250801250814`.match(/\u001d7007(\d{6})(\d{6})(?=\u001d|$)/);
holds &&= from === '250801' && to === '250814';
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
