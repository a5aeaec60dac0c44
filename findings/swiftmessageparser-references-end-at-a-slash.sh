#!/usr/bin/env bash
# swiftmessageparser 1.2.1 (MT 940): in a statement line (:61:), a customer's reference ends
# at its first slash, and then the bank's reference and the supplementary line are empty as
# well: "NTRFINV/2026/77//BANKREF1" gives the reference INV and no other, so that payments for
# INV/2026/77 and INV/2026/78 look the same. With { validate: true } there is no error either.
# Expected: SWIFT's MT 940, field 61: subfield 7 is up to 16 characters of the SWIFT set,
# which has the slash, and "//" begins subfield 8, the bank's reference; subfield 9 is the
# next line. References must not start or end with "/" nor have "//", one inside is allowed.
# Seen: the same line with dots for the slashes is read as it is written.
# Way out: read the three from the line itself (below), or exchange single slashes for
# another character before the parser and back after it.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund swiftmessageparser@1.2.1 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import parser from 'swiftmessageparser';
const statement = (line) => [
  ':20:STATEMENT', ':25:DE02120300000000202051', ':28C:1/1', ':60F:C260105EUR100,00',
  `:61:${line}`, ':86:text', ':62F:C260105EUR101,50', '-', '',
].join('\r\n');
function read(line) {
  const [{ transactions }] = parser.parse({ type: 'mt940', data: statement(line), validate: true });
  const [{ amount, reference, bankReference, extraDetails, details }] = transactions;
  return [String(amount), reference, bankReference, extraDetails, details].join('|');
}
// the way out: what stands behind the amount and the transaction type
function references(line) {
  const [first, supplement = ''] = line.split('\r\n');
  const [own, bank = ''] = first.slice(first.search(/[A-Z][A-Z0-9]{3}(?=[^,]*$)/) + 4).split('//');
  return [own, bank, supplement].join('|');
}
const rows = [
  [read('260105C1,50NTRFINV.2026.77//BANKREF1\r\nsupplement'), '1.5|INV.2026.77|BANKREF1|supplement|text'],
  [read('260105C1,50NTRFINV/2026/77//BANKREF1\r\nsupplement'), '1.5|INV|||text'],
  [read('260105C1,50NTRFINV/2026/78'), '1.5|INV|||text'],
  [references('260105C1,50NTRFINV/2026/77//BANKREF1\r\nsupplement'), 'INV/2026/77|BANKREF1|supplement'],
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
