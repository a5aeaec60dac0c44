#!/usr/bin/env bash
# sparkplug-payload 1.0.3 (which sparkplug-client decodes with): a metric without a datatype
# is decoded with the value null, whatever value it has: an NDATA or DDATA message that has
# the alias and the value alone tells a host that every reading is null. The rest of the
# metric (name, alias, timestamp) is right, and there is no error.
# Expected: Sparkplug 3.0 (6.4.6, payloads-metric-datatype-not-req): the datatype should not
# be sent in NDATA, NCMD, DDATA and DCMD, since the BIRTH has said it. The value itself says
# in which of the protobuf fields it is, and is_null says where there is none.
# Seen: payloads made with protobufjs 7.6.5 from the six fields of the schema that are used.
# The package's own encoder wants a type, so that two ends that are this package agree.
# Way out: put the type of the BIRTH into the metric before it is decoded, in the raw message
# (below), or have the edge node send the datatype always.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund sparkplug-payload@1.0.3 protobufjs@7.6.5 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import protobuf from 'protobufjs';
import sparkplug from 'sparkplug-payload';
// the fields of sparkplug_b.proto that are used here, with its numbers
const metric = new protobuf.Type('Metric')
  .add(new protobuf.Field('alias', 2, 'uint64'))
  .add(new protobuf.Field('datatype', 4, 'uint32'))
  .add(new protobuf.Field('intValue', 10, 'uint32'))
  .add(new protobuf.Field('doubleValue', 13, 'double'))
  .add(new protobuf.Field('booleanValue', 14, 'bool'))
  .add(new protobuf.Field('stringValue', 15, 'string'));
const payload = new protobuf.Type('Payload').add(new protobuf.Field('metrics', 2, 'Metric', 'repeated'));
new protobuf.Root().define('test').add(metric).add(payload);
const data = (fields) => payload.encode({ metrics: [{ alias: 7, ...fields }] }).finish();
const decode = (bytes) => sparkplug.get('spBv1.0').decodePayload(bytes).metrics[0];
// the way out: types by alias, as the BIRTH had them
function typed(bytes, types) {
  const message = payload.decode(bytes);
  for (const one of message.metrics) if (!one.datatype) one.datatype = types[one.alias];
  return payload.encode(message).finish();
}
const rows = [
  ['Double, with its datatype', decode(data({ datatype: 10, doubleValue: 21.5 })), 21.5],
  ['Double', decode(data({ doubleValue: 21.5 })), null],
  ['Int32', decode(data({ intValue: 3 })), null],
  ['Boolean', decode(data({ booleanValue: true })), null],
  ['String', decode(data({ stringValue: 'on' })), null],
  ['way out, Double', decode(typed(data({ doubleValue: 21.5 }), { 7: 10 })), 21.5],
];
let holds = true;
for (const [name, got, want] of rows) {
  console.log(`${name}: alias ${got.alias}, value ${got.value}`);
  holds &&= got.value === want && String(got.alias) === '7';
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
