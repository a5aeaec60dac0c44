#!/usr/bin/env bash
# http-link-header 1.1.4: where a link ends in a space or a tab before the comma, the link that
# follows becomes the name of a parameter of the one before: '<a>; rel="next" , <b>; rel="last"'
# is one link, with {', <b>; rel': 'last'}. There is no error, and the last page is not there.
# (Parameters without a value do the same, which has a finding of its own.)
# Expected: RFC 8288, which the README names: Link is a list, and lists have white space before
# their commas, too (RFC 9110, 5.6.1).
# Seen: parse() of fields with and without it; @web3-storage/parse-link-header 3.1.0 gives both
# links. The README's chapter on deviations speaks of relative targets only.
# Way out: take the white space before commas out (in texts in quotes as well, which changes
# no target).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund http-link-header@1.1.4 @web3-storage/parse-link-header@3.1.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import LinkHeader from 'http-link-header';
import { parseLinkHeader } from '@web3-storage/parse-link-header';
const both = '{"next":"a","last":"b"}';
const names = (field) => LinkHeader.parse(field).refs.map((ref) => [ref.rel, ref.uri]);
const other = (field) => Object.entries(parseLinkHeader(field)).map(([rel, link]) => [rel, link.url]);
const tight = (field) => field.replace(/[ \t]+,/g, ',');
const rows = [
  ['<a>; rel="next", <b>; rel="last"', both],
  ['<a>; rel="next" , <b>; rel="last"', '{"next":"a"}'],
  ['<a>; rel="next"\t,<b>; rel="last"', '{"next":"a"}'],
  [tight('<a>; rel="next" , <b>; rel="last"'), both],
];
let holds = LinkHeader.parse(rows[1][0]).refs[0][', <b>; rel'] === 'last';
for (const [field, want] of rows) {
  const got = JSON.stringify(Object.fromEntries(names(field)));
  console.log(`${JSON.stringify(field)}: ${got}`);
  holds &&= got === want && JSON.stringify(Object.fromEntries(other(field))) === both;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
