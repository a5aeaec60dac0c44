#!/usr/bin/env bash
# @hatchet-dev/typescript-sdk 1.33.2: a duration that is a number is in milliseconds but is sent
# in whole seconds, cut: executionTimeout: 1999 is "1s", and anything below 1000 is "0s".
# That is so for timeouts, refreshTimeout and the sleeps of conditions and of durable tasks;
# the SDK's own sleep, sleep(500) in a task, waits 500 milliseconds.
# Expected: the type Duration, "A number is treated as milliseconds"; Hatchet's durations are
# Go's, where 500ms and 1.5s can be said, and the SDK sends 0.5s for { seconds: 0.5 }.
# The documentation of waitFor has the example { sleepFor: 5 }, which is a sleep of "0s".
# Seen: what a worker registers with a server on loopback that keeps the requests.
# Way out: { seconds: 0.5 } or "1.5s", which are sent as they are, or whole seconds.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @hatchet-dev/typescript-sdk@1.33.2 >/dev/null 2>&1
cat >t.cjs <<'EOT'
const { createServer } = require('nice-grpc');
const { HatchetClient } = require('@hatchet-dev/typescript-sdk');
const { AdminServiceDefinition } = require('@hatchet-dev/typescript-sdk/protoc/v1/workflows');

async function main() {
  const registered = new Map();
  const putWorkflow = async (request) => (registered.set(request.name, request.tasks[0]), {});
  const methods = Object.keys(AdminServiceDefinition.methods).map((name) => [name, async () => ({})]);
  const server = createServer();
  server.add(AdminServiceDefinition, { ...Object.fromEntries(methods), putWorkflow });
  const address = `127.0.0.1:${await server.listen('127.0.0.1:0')}`;

  // The client reads the addresses from the token, whose signature only a server looks at.
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = [part({ alg: 'none' }), part({ sub: 'tenant', server_url: 'http://127.0.0.1:9', grpc_broadcast_address: address }), ''].join('.');
  const hatchet = HatchetClient.init({ token, host_port: address, api_url: 'http://127.0.0.1:9', tls_config: { tls_strategy: 'none' }, log_level: 'OFF' });

  const rows = [
    ['executionTimeout: 500', { executionTimeout: 500 }, '0s'],
    ['executionTimeout: 1999', { executionTimeout: 1999 }, '1s'],
    ['executionTimeout: 90500', { executionTimeout: 90500 }, '1m30s'],
    ['executionTimeout: { seconds: 0.5 }', { executionTimeout: { seconds: 0.5 } }, '0.5s'],
    ['executionTimeout: "1.5s"', { executionTimeout: '1.5s' }, '1.5s'],
    ['waitFor: [{ sleepFor: 5 }]', { waitFor: [{ sleepFor: 5 }] }, '0s'],
  ];
  const workflows = rows.map(([name, options], i) => {
    const workflow = hatchet.workflow({ name: `w${i}` });
    workflow.task({ name: 'task', fn: () => ({}), ...options });
    return workflow;
  });
  await hatchet.worker('worker', { workflows });
  let holds = true;
  for (const [i, [name, , want]] of rows.entries()) {
    const task = registered.get(`w${i}`);
    const got = task.conditions?.sleepConditions?.[0]?.sleepFor ?? task.timeout;
    console.log(`${name}: ${got}`);
    holds &&= got === want;
  }
  await server.forceShutdown();
  console.log(holds ? 'holds' : 'changed');
  process.exit(holds ? 0 : 1);
}
main();
EOT
node t.cjs
