#!/usr/bin/env bash
# sparkplug-payload 1.0.3: a data set with a column of Int8, Int16, Int32, UInt8, UInt16,
# UInt64, DateTime or Text is written and cannot be read: "Invalid DataSetValue", for the
# whole payload, so that all other metrics of the message are lost as well. Parameters of
# templates are the same. A column of Int64 is read without its sign: -1 as 2**64 - 1.
# Expected: Sparkplug 3.0 (6.4.11, payloads-dataset-types-value): a column's type is one of the
# basic data types, Int8 to Text. The encoder takes them all, and metrics of them are read.
# Seen: each basic type written and read by this package.
# Way out: columns of Double, Boolean and String, or UInt32, or the numbers as metrics.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund sparkplug-payload@1.0.3 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import sparkplug from 'sparkplug-payload';
const codec = sparkplug.get('spBv1.0');
function through(type, value) {
  const set = { numOfColumns: 1, columns: ['c'], types: [type], rows: [[value]] };
  const bytes = codec.encodePayload({ timestamp: 1, seq: 0, metrics: [
    { name: 'other', type: 'Double', value: 1.5 }, { name: 'set', type: 'DataSet', value: set }] });
  try {
    return String(codec.decodePayload(bytes).metrics[1].value.rows[0][0]);
  } catch (e) {
    return e.message.replace(/:.*/, '');
  }
}
function metric(type, value) {
  const bytes = codec.encodePayload({ timestamp: 1, seq: 0, metrics: [{ name: 'm', type, value }] });
  return String(codec.decodePayload(bytes).metrics[0].value);
}
const refused = 'Invalid DataSetValue';
const rows = [
  ['Int8', 1, refused], ['Int16', 1, refused], ['Int32', 1, refused], ['UInt8', 1, refused], ['UInt16', 1, refused],
  ['UInt64', 1, refused], ['DateTime', 1, refused], ['Text', 'text', refused],
  ['Int64', -1, '18446744073709551615'],
  ['UInt32', 4294967295, '4294967295'], ['Double', 1.5, '1.5'], ['Boolean', false, 'false'], ['String', 'text', 'text'],
];
let holds = true;
for (const [type, value, want] of rows) {
  const got = through(type, value);
  console.log(`${type}: ${got}, as a metric ${metric(type, value)}`);
  holds &&= got === want && metric(type, value) === String(value);
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
