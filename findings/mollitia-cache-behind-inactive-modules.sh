#!/usr/bin/env bash
# mollitia 0.1.1: a Cache gives the answer for other parameters while a module that comes after
# it is inactive. The parameters are what is left of a call when two places for each later
# module are taken off; an inactive one has no places there but is counted, so one switched-off
# Retry takes up to two parameters off, and account 2 is answered with what account 1 has.
# Expected: the guide, the cache is "for the same parameters", and active is "whether the
# module is active or not", which a service may switch while it runs. Without that module,
# or with it active, each account has its own answer.
# Seen: the same two calls with five lists of modules. The params of "execute" events are
# short in the same way.
# Way out: put modules that may be inactive before the Cache, or leave them out of the list.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund mollitia@0.1.1 >/dev/null 2>&1
cat >t.mjs <<'EOF'
import { Cache, Circuit, Retry, Timeout } from 'mollitia';
const cache = () => new Cache({ ttl: 60_000, cacheClearInterval: 0 });
async function answers(modules) {
  const circuit = new Circuit({ func: async (id, year) => `${id}/${year}`, options: { modules } });
  const got = [await circuit.execute('acc-1', 2025), await circuit.execute('acc-2', 2026)];
  circuit.dispose();
  return got.join(' ');
}
const rows = [
  ['cache alone', [cache()], 'acc-1/2025 acc-2/2026'],
  ['cache, then an active retry', [cache(), new Retry({ attempts: 1 })], 'acc-1/2025 acc-2/2026'],
  ['cache, then an inactive retry', [cache(), new Retry({ attempts: 1, active: false })], 'acc-1/2025 acc-1/2025'],
  ['cache, then an inactive timeout', [cache(), new Timeout({ delay: 500, active: false })], 'acc-1/2025 acc-1/2025'],
  ['inactive retry, then the cache', [new Retry({ attempts: 1, active: false }), cache()], 'acc-1/2025 acc-2/2026'],
];
let holds = true;
for (const [name, modules, want] of rows) {
  const got = await answers(modules);
  console.log(`${name}: ${got}`);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOF
node t.mjs
