#!/usr/bin/env bash
# rfc6902 5.4.0: "move" out of a list looks for its target before it has taken the value out.
# Where the target lies within a later element of the same list, the value goes into the
# element before the one that is meant: a line that is to go below line 1 of what is left
# ends below line 0. The list has moved up by one, and the patch counts on it.
# Expected: RFC 6902 (4.4), whose text stands above the function: move is identical to a
# "remove" at "from" followed immediately by an "add" at "path". The README calls the package
# a complete implementation. fast-json-patch 3.1.1 gives what remove and add give.
# Seen: one patch by both packages, and as the two operations; no error. A target that lies
# within an earlier element is right.
# Way out: "remove" and "add" in place of a "move" that leaves a list.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund rfc6902@5.4.0 fast-json-patch@3.1.1 >/dev/null 2>&1
cat >t.mjs <<'EOF'
import { applyPatch } from 'rfc6902';
import peer from 'fast-json-patch';
const order = () => ({ lines: [{ sku: 'gift' }, { sku: 'book' }, { sku: 'pen' }] });
const move = [{ op: 'move', from: '/lines/0', path: '/lines/1/extra' }];
const two = [{ op: 'remove', path: '/lines/0' }, { op: 'add', path: '/lines/1/extra', value: { sku: 'gift' } }];
const list = () => ({ lines: [['a'], ['b']] });
const last = [{ op: 'move', from: '/lines/1', path: '/lines/0/1' }];
function ours(doc, patch) {
  const errors = applyPatch(doc, patch).filter(Boolean);
  return errors.length > 0 ? errors[0].name : JSON.stringify(doc);
}
const others = (doc, patch) => JSON.stringify(peer.applyPatch(doc, patch).newDocument);
const onPen = '{"lines":[{"sku":"book"},{"sku":"pen","extra":{"sku":"gift"}}]}';
const onBook = '{"lines":[{"sku":"book","extra":{"sku":"gift"}},{"sku":"pen"}]}';
const rows = [
  ['move, rfc6902', ours(order(), move), onBook],
  ['move, fast-json-patch', others(order(), move), onPen],
  ['remove and add, rfc6902', ours(order(), two), onPen],
  ['into an earlier element', ours(list(), last), '{"lines":[["a",["b"]]]}'],
];
let holds = true;
for (const [name, got, want] of rows) {
  console.log(`${name}: ${got}`);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOF
node t.mjs
