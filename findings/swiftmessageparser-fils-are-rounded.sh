#!/usr/bin/env bash
# swiftmessageparser 1.2.1 (MT 940): every amount is rounded to two decimal places, so that
# the third of Kuwaiti, Bahraini, Omani, Jordanian and Tunisian money is lost: 12,345 KWD
# become 12.35, a fee of 0,004 becomes 0. With { validate: true } a right statement is refused
# for its sum, since each line is rounded for itself.
# Expected: SWIFT's MT 940: an amount is 15d, and its decimals must not be more than the
# currency has (ISO 4217: three for these). The README says nothing of rounding, and amounts
# are BigNumbers, which have no need of it.
# Seen: a statement of an account in KWD, and the same figures in EUR.
# Way out: the amounts from the lines themselves (below), and no validation for such accounts.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund swiftmessageparser@1.2.1 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import parser from 'swiftmessageparser';
const statement = (currency, open, close, lines) => [
  ':20:STATEMENT', ':25:KW81CBKU0000000000001234560101', ':28C:1/1', `:60F:C260105${currency}${open}`,
  ...lines.flatMap((line) => [`:61:260105${line}NTRFNONREF`, ':86:text']), `:62F:C260105${currency}${close}`, '-', '',
].join('\r\n');
function read(data, validate) {
  try {
    const [one] = parser.parse({ type: 'mt940', data, validate });
    return [...one.transactions.map((line) => line.amount), one.closingBalance].join(' ');
  } catch (e) {
    return e.message;
  }
}
// the way out
const amounts = (data) => [...data.matchAll(/^:61:\d{6}(?:\d{4})?[ER]?[CD][A-Z]?(\d+,\d*)/gm)].map(([, amount]) => amount);
const dinars = statement('KWD', '100,000', '112,349', ['C12,345', 'C0,004']);
const euros = statement('EUR', '100,00', '112,38', ['C12,34', 'C0,04']);
const thirds = statement('KWD', '100,000', '100,008', ['C0,004', 'C0,004']);
const rows = [
  [read(euros, true), '12.34 0.04 112.38'],
  [read(dinars, false), '12.35 0 112.35'],
  [/balance|sum/i.test(read(thirds, true)), true],
  [amounts(dinars).join(' '), '12,345 0,004'],
];
console.log(read(thirds, true));
let holds = true;
for (const [got, want] of rows) {
  console.log(got);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
