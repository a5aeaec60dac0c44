#!/usr/bin/env bash
# @restatedev/restate-sdk-clients 1.17.2: any name that is read from a client is a handler
# to call, "then" and "toJSON" too. A client that comes out of an async function or an await
# is taken for a promise, and the attempt to resolve it fails with "The second argument must
# be either Opts or SendOpts", though no options were given. JSON.stringify(client), which a
# logger does, asks the service for the handler toJSON and writes {}.
# Expected: the types, where a client has the handlers of its service and no then, so
# that TypeScript has an async function give the client itself, and nothing speaks of it.
# Seen: an object client is used where it was made, comes from an async function, and is
# written as JSON, with the requests of each. serviceClient, the send clients and
# workflowClient are of the same make, as are the clients of a handler's context.
# Way out: an async function gives an object around the client, { client }; or in place of
# clients the plain call({ service, handler, key, parameter }) of the ingress.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @restatedev/restate-sdk-clients@1.17.2 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { connect } from '@restatedev/restate-sdk-clients';
const asked = [];
const ingress = connect({
  url: 'http://restate.example.com',
  fetch: async (url) => (asked.push(new URL(url).pathname), Response.json(1)),
});
const make = () => ingress.objectClient({ name: 'counter' }, 'a');
// row runs step and tells what it gave and what was asked meanwhile.
async function row(step) {
  asked.length = 0;
  const gave = await step().catch((err) => err.message);
  await new Promise((resolve) => setTimeout(resolve, 10));
  return [gave, ...asked].join(', ');
}
const rows = {
  'used where it was made': [await row(async () => make().add(1)), '1, /counter/a/add'],
  'from an async function': [await row(async () => (await (async () => make())()).add(1)), 'The second argument must be either Opts or SendOpts'],
  'in an object': [await row(async () => (await (async () => ({ client: make() }))()).client.add(1)), '1, /counter/a/add'],
  'as JSON': [await row(async () => JSON.stringify({ client: make() })), '{"client":{}}, /counter/a/toJSON'],
  'call': [await row(async () => ingress.call({ service: 'counter', handler: 'add', key: 'a', parameter: 1 })), '1, /counter/a/add'],
};
let holds = true;
for (const [name, [got, want]] of Object.entries(rows)) {
  console.log(`${name}: ${got}`);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
