#!/usr/bin/env bash
# nsyslog-parser 0.10.1 (RFC 5424): an element of structured data with a quote in a value is
# left out whole: of [a@1 x="say \"hi\""] nothing is there, and nothing says so. Elements of
# registered names, which have no "@", such as [timeQuality tzKnown="1"], and those without
# parameters become a part of the message or of a neighbour's name; of a parameter that is
# there twice the last value stays, and \\ and \] stay as written.
# Expected: RFC 5424, which the README names: in values, ", \ and ] are escaped by a backslash,
# which is no part of the value (6.3.3); names without "@" are those of section 7; an element
# may have no parameters (6), and one parameter several values (ip in 7.2.1).
# Seen: messages that differ in their structured data only.
# Way out: read the structured data from the line (elements, below).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund nsyslog-parser@0.10.1 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import parse from 'nsyslog-parser';
const line = (data) => `<13>1 2026-01-05T00:00:00Z host app 1 ID ${data} text`;
const read = (data) => {
  const { structuredData, message } = parse(line(data));
  return `${JSON.stringify(structuredData)} ${message}`;
};
// the way out: the elements with their parameters in order
function elements(text) {
  const data = /^<\d+>1(?: \S+){6} ?/.exec(text)[0].replace(/\S+ ?$/, '').length;
  const found = [];
  const element = /\[([^ =\]"]+)((?: [^ =\]"]+="(?:[^"\\\]]|\\.)*")*)\]/y;
  element.lastIndex = data;
  for (let match; (match = element.exec(text));) {
    const parameters = [...match[2].matchAll(/ ([^=]+)="((?:[^"\\\]]|\\.)*)"/g)];
    found.push([match[1], ...parameters.map(([, name, value]) => [name, value.replace(/\\(["\\\]])/g, '$1')])]);
  }
  return JSON.stringify(found);
}
const rows = [
  // data, what the package makes of it, what it is
  ['[a@1 x="1"][b@1 y="2"]', '[{"$id":"a@1","x":"1"},{"$id":"b@1","y":"2"}] text', '[["a@1",["x","1"]],["b@1",["y","2"]]]'],
  ['[a@1 x="say \\"hi\\""][b@1 y="2"]', '[{"$id":"b@1","y":"2"}] text', '[["a@1",["x","say \\"hi\\""]],["b@1",["y","2"]]]'],
  ['[a@1][b@1 y="2"]', '[{"$id":"a@1][b@1","y":"2"}] text', '[["a@1"],["b@1",["y","2"]]]'],
  ['[b@1 y="2"][a@1]', '[{"$id":"b@1","y":"2"}] a@1] text', '[["b@1",["y","2"]],["a@1"]]'],
  ['[timeQuality tzKnown="1"]', '[] tzKnown="1"] text', '[["timeQuality",["tzKnown","1"]]]'],
  ['[a@1 x="1" x="2"]', '[{"$id":"a@1","x":"2"}] text', '[["a@1",["x","1"],["x","2"]]]'],
  ['[a@1 x="a\\]b"]', '[{"$id":"a@1","x":"a\\\\]b"}] text', '[["a@1",["x","a]b"]]]'],
];
let holds = true;
for (const [data, want, meant] of rows) {
  console.log(`${data}: ${read(data)}, meant ${elements(line(data))}`);
  holds &&= read(data) === want && elements(line(data)) === meant;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
