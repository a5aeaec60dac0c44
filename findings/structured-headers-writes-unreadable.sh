#!/usr/bin/env bash
# structured-headers 2.1.0: some decimals and texts are written as something that is no
# structured field, and that the package's own parser refuses. A decimal that rounds to
# a whole number at three digits ends in its point (1.0001 becomes "1.", 0.0004 "0."),
# and a control character in a DisplayString gets one hexadecimal digit ("\t" becomes
# %9); before a letter it reads as another byte ("\nb" becomes %ab).
# Expected: RFC 9651, which the package names: 4.1.5 has "0" after the point where the
# fraction is zero, 4.1.11 has two digits for each byte. @svta/cml-structured-field-values
# 1.1.6 writes 1.0 and 0.0.
# Seen: no error when the field is written; who reads it drops the whole field, in a
# list or dictionary the other members as well.
# Way out: round before: Math.round(x * 1000) / 1000, which is then written as an
# integer where it is whole, and take control characters out of display strings.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund structured-headers@2.1.0 @svta/cml-structured-field-values@1.1.6 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { DisplayString, parseDictionary, serializeDictionary } from 'structured-headers';
import { encodeSfDict } from '@svta/cml-structured-field-values';
const members = (value) => ({ limit: 100, rate: value });
function there(value) {
  const field = serializeDictionary(members(value));
  try {
    const back = parseDictionary(field).get('rate')[0];
    return [field, String(back) === String(value) ? 'read again' : `read as ${back}`];
  } catch (e) {
    return [field, `refused: ${e.message}`];
  }
}
const rows = [
  // value, written, starts how it is read, the other package
  [1.5, 'limit=100, rate=1.5', 'read again', 'limit=100, rate=1.5'],
  [1.0001, 'limit=100, rate=1.', 'refused', 'limit=100, rate=1.0'],
  [0.0004, 'limit=100, rate=0.', 'refused', 'limit=100, rate=0.0'],
  [99.9996, 'limit=100, rate=100.', 'refused', 'limit=100, rate=100.0'],
  [Math.round(99.9996 * 1000) / 1000, 'limit=100, rate=100', 'read again'],
  [new DisplayString('é b'), 'limit=100, rate=%"%c3%a9 b"', 'read again'],
  [new DisplayString('a\tz'), 'limit=100, rate=%"a%9z"', 'refused'],
  [new DisplayString('a\nb'), 'limit=100, rate=%"a%ab"', 'refused'],
];
let holds = true;
for (const [value, written, read, other] of rows) {
  const [field, result] = there(value);
  console.log(`${JSON.stringify(String(value))}: ${field} (${result})`);
  holds &&= field === written && result.startsWith(read) && (!other || encodeSfDict(members(value)) === other);
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
