#!/usr/bin/env bash
# mt940-js 1.0.0: the bank's reference of a statement line (:61:) is read only if it has
# sixteen capitals and digits: "//BANKREF1" and "//2026-0105" give bankReference '', with no
# error, and with them goes what tells two payments of the same amount apart. And isExpense is
# true for credits, except with three codes of two banks.
# Expected: SWIFT's MT 940, field 61: subfield 8 is [//16x], up to sixteen characters of the
# SWIFT set, small letters and signs too; subfield 3 is the debit or credit mark. The
# package's documentation says neither what bankReference leaves out nor what isExpense is.
# Seen: lines that differ in their reference only. swiftmessageparser 1.2.1 reads them all.
# Way out: the reference from the line itself, and isCredit instead of isExpense. (tslib is
# installed beside it, since the package needs it and does not say so.)
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund mt940-js@1.0.0 tslib@2.8.1 \
	swiftmessageparser@1.2.1 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import mt940 from 'mt940-js';
import parser from 'swiftmessageparser';
const statement = (line) => [
  ':20:STATEMENT', ':25:DE02120300000000202051', ':28C:1/1', ':60F:C260105EUR100,00',
  `:61:${line}`, ':86:text', ':62F:C260105EUR101,50', '-', '',
].join('\r\n');
async function read(reference) {
  const data = statement(`260105C1,50NTRFINVOICE//${reference}`);
  const [{ transactions: [one] }] = await mt940.read(Buffer.from(data));
  const [{ transactions: [other] }] = parser.parse({ type: 'mt940', data });
  return `${one.customerReference}|${one.bankReference}|${one.isCredit}|${one.isExpense} ${other.bankReference}`;
}
const rows = [
  ['BANKREF123456789', 'INVOICE|BANKREF123456789|true|true BANKREF123456789'],
  ['BANKREF1', 'INVOICE||true|true BANKREF1'],
  ['2026-0105', 'INVOICE||true|true 2026-0105'],
  ['bankref123456789', 'INVOICE||true|true bankref123456789'],
];
let holds = true;
for (const [reference, want] of rows) {
  const got = await read(reference);
  console.log(`${reference}: ${got}`);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
