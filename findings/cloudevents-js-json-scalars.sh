#!/usr/bin/env bash
# cloudevents 10.0.0 (the JavaScript SDK): data that is a JSON number or boolean does
# not arrive as it was sent. In binary mode a body that begins with none of { [ " is
# put in quotes before it is parsed: application/json 42 is given as the text "42",
# and false as the text "false", which an if takes for true. In structured mode data
# that is 0, false or "" is left out: the event has no data.
# Expected: the CloudEvents JSON format 1.0.2 allows any JSON value as data, in binary
# mode the body is that value as datacontenttype says, and the SDK's own schema of an
# event lists number and boolean for data.
# Seen: in both modes, from messages as any other SDK writes them, and on the way
# through the SDK's own HTTP.structured and HTTP.toEvent.
# Way out: data as an object ({"value": false}); or, where the sender is another's,
# parse the body before HTTP.toEvent and keep data from there.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund cloudevents@10.0.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { CloudEvent, HTTP } from 'cloudevents';
const attributes = { specversion: '1.0', id: '1', source: '/lamps', type: 'example.lamp', datacontenttype: 'application/json' };
const binary = (data) => HTTP.toEvent({
  headers: { 'content-type': 'application/json', 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/lamps', 'ce-type': 'example.lamp' },
  body: JSON.stringify(data) }).data;
const structured = (data) => HTTP.toEvent({
  headers: { 'content-type': 'application/cloudevents+json' }, body: JSON.stringify({ ...attributes, data }) }).data;
const through = (data) => HTTP.toEvent(HTTP.structured(new CloudEvent({ ...attributes, data }))).data;
const show = (value) => (value === undefined ? 'nothing' : JSON.stringify(value));
const rows = [
  // sent, by binary, by structured, through the SDK
  [{ on: false }, '{"on":false}', '{"on":false}', '{"on":false}'],
  [42, '"42"', '42', '42'],
  [true, '"true"', 'true', 'true'],
  [0, '"0"', 'nothing', 'nothing'],
  [false, '"false"', 'nothing', 'nothing'],
];
let holds = true;
for (const [sent, ...want] of rows) {
  const got = [binary(sent), structured(sent), through(sent)].map(show);
  console.log(`sent ${JSON.stringify(sent)}: binary ${got[0]}, structured ${got[1]}, through the SDK ${got[2]}`);
  holds &&= got.join() === want.join();
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
