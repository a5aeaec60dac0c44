#!/usr/bin/env bash
# @remix-run/headers 0.21.1: Accept looks for the range of the highest weight that covers a
# type, not for the one that names it best, so that a type's own lower weight is lost: for
# "*/*, application/json;q=0.5" JSON weighs 1 and is preferred to HTML, and for
# "text/*, text/csv;q=0" accepts('text/csv') is true. AcceptEncoding and AcceptLanguage are
# alike: "*, br;q=0" accepts br, "*, de;q=0" accepts de.
# Expected: RFC 9110 (12.5.1), the most specific range has precedence, and (12.4.2) a weight
# of 0 is "not acceptable". The README has accepts() as whether a type is accepted and
# getWeight() as the type's weight. negotiator 1.1.0 is with the RFC.
# Seen: the same headers in both. A service answers with what the client has ruled out.
# Way out: where accept.has(type), its own get(type) is the weight; else getWeight(type);
# and a weight of 0 is no.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @remix-run/headers@0.21.1 negotiator@1.1.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { Accept, AcceptEncoding, AcceptLanguage } from '@remix-run/headers';
import Negotiator from 'negotiator';
const weight = (accept, type) => (accept.has(type) ? accept.get(type) : accept.getWeight(type));
const types = (accept, list) => new Negotiator({ headers: { accept } }).mediaTypes(list);
const both = ['application/json', 'text/html'];
const wide = Accept.from('*/*, application/json;q=0.5');
const without = Accept.from('text/*, text/csv;q=0');
const rows = [
  ['weight of JSON', wide.getWeight('application/json'), 1],
  ['preferred', wide.getPreferred(both), 'application/json'],
  ['negotiator prefers', types('*/*, application/json;q=0.5', both)[0], 'text/html'],
  ['CSV is accepted', without.accepts('text/csv'), true],
  ['its weight', without.getWeight('text/csv'), 1],
  ['negotiator accepts', types('text/*, text/csv;q=0', ['text/csv', 'text/html']).join(), 'text/html'],
  ['br beside *', AcceptEncoding.from('*, br;q=0').accepts('br'), true],
  ['de beside *', AcceptLanguage.from('*, de;q=0').accepts('de'), true],
  ['JSON, way out', weight(wide, 'application/json'), 0.5],
  ['CSV, way out', weight(without, 'text/csv'), 0],
  ['HTML, way out', weight(without, 'text/html'), 1],
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
