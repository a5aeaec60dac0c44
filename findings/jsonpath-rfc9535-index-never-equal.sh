#!/usr/bin/env bash
# jsonpath-rfc9535 1.3.0: a comparison in a filter is false whenever one side has an index
# in it: $[?@.lines[0].sku == 'A'] finds nothing, nor do $[?@[0] == 1], $[?@[-1] > 1] and
# $[?@ == $[0]]. There is no error, and with != such a filter lets everything through that
# it was to leave out.
# Expected: RFC 9535 (2.3.5.1, singular queries: names and indexes may stand in a
# comparison), which the README says is passed to 100 % by the compliance test suite;
# json-p3 2.3.1 finds the elements. As a test of existence, $[?@.lines[1]], the same query
# works here, too.
# Seen: the same expressions and document in both.
# Way out: value() around the query, $[?value(@.lines[0].sku) == 'A'].
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund jsonpath-rfc9535@1.3.0 json-p3@2.3.1 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { query } from 'jsonpath-rfc9535';
import { jsonpath } from 'json-p3';
const orders = [
  { id: 1, lines: [{ sku: 'A' }, { sku: 'B' }] },
  { id: 2, lines: [{ sku: 'C' }] },
];
const points = [[1, 2], [3, 4]];
const rows = [
  ["$[?@.lines[0].sku == 'A'].id", orders, [], [1]],
  ["$[?@.lines[0].sku != 'A'].id", orders, [1, 2], [2]],
  ['$[?@[0] == 1][*]', points, [], [1, 2]],
  ['$[?@[-1] > 2][*]', points, [], [3, 4]],
  ['$[?@ == $[0]][*]', points, [], [1, 2]],
  ["$[?value(@.lines[0].sku) == 'A'].id", orders, [1], [1]],
  ['$[?@.lines[1]].id', orders, [1], [1]],
];
let holds = true;
for (const [path, document, ...want] of rows) {
  const got = [query(document, path), jsonpath.query(path, document).values()];
  console.log(`${path}: ${JSON.stringify(got[0])}, json-p3 ${JSON.stringify(got[1])}`);
  holds &&= JSON.stringify(got) === JSON.stringify(want);
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
