#!/usr/bin/env bash
# fixed-width-parser 3.0.0: a negative amount without a decimal point is 0, unless zeros
# fill the field behind its sign: "    -150" is 0 where "     150" is 1.5. The field is
# filled with zeros before the sign, 0000-150, which is no number, and that becomes 0.
# Expected: the README, type float: parsed by Number() after a decimal is put in, with two
# decimal places where there is none; the field is filled with spaces by default.
# Seen: no error and no warning. What the package writes itself comes back as 0, too: -12.34
# with insertDecimal: false, and -5 with decimalCount: 2. Without decimalCount, whose
# default is said to be 2, a whole number is written without decimals and read as a
# hundredth: 5 comes back as 0.05.
# Way out: type int, divided by 100 afterwards; where the package writes as well, toFixed(2)
# in a string field.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund fixed-width-parser@3.0.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import fixed from 'fixed-width-parser';
const field = (type, options) => new fixed.FixedWidthParser([{ type, name: 'n', start: 0, width: 8, ...options }]);
const read = (text, type = 'float', options = {}) => field(type, options).parse(text)[0].n;
const back = (n, options) => read(field('float', options).unparse([{ n }]), 'float', options);
const rows = [
  ['"     150"', read('     150'), 1.5],
  ['"    -150"', read('    -150'), 0],
  ['"-150    "', read('-150    '), 0],
  ['"-0000150"', read('-0000150'), -1.5],
  ['"    -1.5"', read('    -1.5'), -1.5],
  ['-12.34, insertDecimal: false, written and read', back(-12.34, { decimalCount: 2, insertDecimal: false }), 0],
  ['12.34, the same', back(12.34, { decimalCount: 2, insertDecimal: false }), 12.34],
  ['-5, decimalCount: 2, written and read', back(-5, { decimalCount: 2 }), 0],
  ['5, by default, written and read', back(5, {}), 0.05],
  ['"    -150" as int, divided', read('    -150', 'int') / 100, -1.5],
];
let holds = true;
for (const [name, got, want] of rows) {
  console.log(`${name}: ${got}`);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
