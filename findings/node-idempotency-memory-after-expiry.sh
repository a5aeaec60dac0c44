#!/usr/bin/env bash
# @node-idempotency/storage-adapter-memory 1.0.2 (with @node-idempotency/core 1.0.11): the first
# request that comes for a key after its time (cacheTTLMS) is let through without the key
# being taken: of two requests that come then at once both run, and the first one's repeat
# runs again. setIfNotExists takes the expired entry for one that exists; only the get after
# it sees the time, deletes the entry and finds nothing, which core takes for "go on".
# Expected: the README, "race condition free" and consistent with concurrent requests, too;
# before the time is over the second and third are refused. An entry that is over does not
# exist any more: the Redis adapter leaves that to SET with PX and NX.
# Seen: three requests with one key, then three more after the time, none finished.
# Way out: an adapter of one's own around it whose setIfNotExists calls get before, which
# deletes what is over (below).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @node-idempotency/core@1.0.11 @node-idempotency/storage-adapter-memory@1.0.2 >/dev/null 2>&1
cat >t.mjs <<'EOF'
import { Idempotency } from '@node-idempotency/core';
import { MemoryStorageAdapter } from '@node-idempotency/storage-adapter-memory';
import { setTimeout as sleep } from 'node:timers/promises';
class Careful extends MemoryStorageAdapter {
  async setIfNotExists(key, value, options) {
    await this.get(key);
    return super.setIfNotExists(key, value, options);
  }
}
const payment = { method: 'POST', path: '/payments', headers: { 'idempotency-key': 'k-1' }, body: { amount: 5 } };
async function three(idempotency, cacheTTLMS) {
  const one = () => idempotency.onRequest({ ...payment, options: { cacheTTLMS } }).then(() => 'runs', () => 'refused');
  return [await one(), await one(), await one()].join(' ');
}
async function seen(storage) {
  const idempotency = new Idempotency(storage);
  const first = await three(idempotency, 1000);
  await sleep(1200);
  return `${first}, later ${await three(idempotency, 600_000)}`;
}
const rows = [
  ['as it is', new MemoryStorageAdapter(), 'runs refused refused, later runs runs refused'],
  ['way out', new Careful(), 'runs refused refused, later runs refused refused'],
];
let holds = true;
for (const [name, storage, want] of rows) {
  const got = await seen(storage);
  console.log(`${name}: ${got}`);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOF
node t.mjs
