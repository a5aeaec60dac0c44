#!/usr/bin/env bash
# @grpc/grpc-js 1.14.7: in a service config the part of a method's timeout after the point
# is taken for nanoseconds as it stands: "0.5s" is 5 nanoseconds, "0.25s" is 25 and "1.5s"
# is one second and 5 nanoseconds. A call with a timeout below a second fails at once with
# DEADLINE_EXCEEDED, "waiting for metadata filters", before anything is sent.
# Expected: gRPC's document on service configs has the timeout as a google.protobuf.Duration,
# whose JSON has "1.5s" for a second and a half (proto3's JSON mapping: 0, 3, 6 or 9 digits
# after the point, any number of them accepted); its example is "1.000000001s". The
# backoffs of a retryPolicy in the same config are read right.
# Seen: what a server that answers at once gives to a call, and the whole seconds that it
# sees left. The same durations with nine digits are right.
# Way out: nine digits after the point, "0.500000000s"; or timeout as the object
# { seconds: 0, nanos: 500000000 }, which only this package reads.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @grpc/grpc-js@1.14.7 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import grpc from '@grpc/grpc-js';
const text = { serialize: (value) => Buffer.from(value), deserialize: (bytes) => bytes.toString() };
const get = {
  path: '/shop.Shop/Get', requestStream: false, responseStream: false,
  requestSerialize: text.serialize, requestDeserialize: text.deserialize,
  responseSerialize: text.serialize, responseDeserialize: text.deserialize,
};
const server = new grpc.Server();
server.addService({ get }, { get: (call, answer) => answer(null, call.getDeadline() - Date.now() > 60_000 ? 'over 60s left' : 'under 60s left') });
const port = await new Promise((resolve, reject) => {
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (err, port) => (err ? reject(err) : resolve(port)));
});
const Shop = grpc.makeGenericClientConstructor({ get }, 'Shop');
// call calls Get once the connection is there, so that only the call itself takes time.
async function call(timeout) {
  const config = { methodConfig: [{ name: [{ service: 'shop.Shop' }], timeout }] };
  const client = new Shop(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), { 'grpc.service_config': JSON.stringify(config) });
  await new Promise((resolve, reject) => client.waitForReady(Date.now() + 30_000, (err) => (err ? reject(err) : resolve())));
  const got = await new Promise((resolve) => client.get('a', (err, answer) => resolve(err ? grpc.status[err.code] : answer)));
  client.close();
  return got;
}
const rows = [
  ['60s', 'under 60s left'],
  ['60.9s', 'under 60s left'],
  ['60.900000000s', 'over 60s left'],
  ['0.9s', 'DEADLINE_EXCEEDED'],
  ['0.900s', 'DEADLINE_EXCEEDED'],
  ['0.900000000s', 'under 60s left'],
];
let holds = true;
for (const [timeout, want] of rows) {
  const got = await call(timeout);
  console.log(`${timeout}: ${got}`);
  holds &&= got === want;
}
server.forceShutdown();
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
