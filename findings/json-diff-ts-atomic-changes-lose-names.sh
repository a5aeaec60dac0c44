#!/usr/bin/env bash
# json-diff-ts 4.10.4: a field whose name has a dot in it does not survive atomizeChangeset and
# unatomizeChangeset, unless it is at the top. The path of the change is
# $.labels[app.kubernetes.io/name], which is read back as one name: applied, the change leaves
# the label as it was and adds a field "labels[app.kubernetes.io/name]" to the document's top.
# Expected: the README has the two functions as a way to a list of atomic changes and back,
# each described by a JSONPath (where such a name stands in quotes, RFC 9535, 2.3.1.1). The
# changes that diff gives are right, and applied as they are they give the new document.
# Seen: four documents by both ways; no error. Labels and annotations of Kubernetes, metric
# names, and translations have such names.
# Way out: store and apply the changeset of diff itself; where single changes are to be
# picked, pick in its tree.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund json-diff-ts@4.10.4 >/dev/null 2>&1
cat >t.mjs <<'EOF'
import { applyChangeset, atomizeChangeset, diff, unatomizeChangeset } from 'json-diff-ts';
const label = 'app.kubernetes.io/name';
const rows = [
  ['a plain name', { labels: { name: 'a' } }, { labels: { name: 'b' } }, '{"labels":{"name":"b"}}'],
  ['at the top', { [label]: 'a' }, { [label]: 'b' }, `{"${label}":"b"}`],
  ['below', { labels: { [label]: 'a' } }, { labels: { [label]: 'b' } }, `{"labels":{"${label}":"a"},"labels[${label}]":"b"}`],
  ['added below', { labels: {} }, { labels: { [label]: 'b' } }, `{"labels":{},"labels[${label}]":"b"}`],
];
let holds = true;
for (const [name, before, after, want] of rows) {
  const changes = diff(before, after);
  const direct = JSON.stringify(applyChangeset(structuredClone(before), changes));
  const atomic = atomizeChangeset(changes);
  const back = JSON.stringify(applyChangeset(structuredClone(before), unatomizeChangeset(atomic)));
  console.log(`${name}, ${atomic[0].path}: ${direct}, by atomic changes ${back}`);
  holds &&= direct === JSON.stringify(after) && back === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOF
node t.mjs
