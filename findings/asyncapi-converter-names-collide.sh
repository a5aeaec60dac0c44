#!/usr/bin/env bash
# @asyncapi/converter 2.0.2: convertOpenAPI gives servers and channels names of its own
# and keeps the last of those that get the same one: of https://eu.example.com/v1 and
# https://us.example.com/v1 only the second server is left (the name is made of the last
# two labels of the host and the first of the path), and of the paths /a/b and /a_b only
# the second channel, where the operation of the first now points, too.
# Expected: the README, "easy transition of existing OpenAPI 3.0 documents"; its section
# on limitations names references only. The two servers and paths are different ones.
# Seen: one server and one channel of two each, no error and no warning. With servers of
# other domains all are there.
# Way out: count servers and channels afterwards; add the missing ones by hand, or
# convert with one server and write the list of servers oneself.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @asyncapi/converter@2.0.2 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { convertOpenAPI } from '@asyncapi/converter';
const get = (operationId) => ({ get: { operationId, responses: { 200: { description: 'ok' } } } });
function convert(urls, paths) {
  const api = {
    openapi: '3.0.0', info: { title: 'Orders', version: '1' },
    servers: urls.map((url) => ({ url })), paths: Object.fromEntries(paths.map((path, i) => [path, get(`get${i}`)])),
  };
  const { servers, channels, operations } = convertOpenAPI(api, '3.0.0');
  return {
    hosts: Object.values(servers).map((s) => s.host).join(),
    addresses: Object.values(channels).map((c) => c.address).join(),
    channelOf: Object.values(operations).map((o) => channels[o.channel.$ref.split('/').pop()].address).join(),
  };
}
const rows = [
  [['https://eu.example.com/v1', 'https://us.example.com/v1'], ['/a/b', '/a_b'],
    { hosts: 'us.example.com', addresses: '/a_b', channelOf: '/a_b,/a_b' }],
  [['https://eu.example.com/v1', 'https://us.example.org/v1'], ['/a/b', '/c'],
    { hosts: 'eu.example.com,us.example.org', addresses: '/a/b,/c', channelOf: '/a/b,/c' }],
];
let holds = true;
for (const [urls, paths, want] of rows) {
  const got = convert(urls, paths);
  console.log(urls.join(), paths.join(), 'become', got);
  holds &&= JSON.stringify(got) === JSON.stringify(want);
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
