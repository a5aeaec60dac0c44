#!/usr/bin/env bash
# json-logic-engine 5.0.7: a rule that build() has compiled can give another answer than
# run() gives for the same rule and data, where the data has null or lacks a list. "all"
# over a list that is missing is false in run and true in build; {"var": ["c", 5]} with c
# null is null in run and 5 in build; == of two variables that are null and 0 is true in
# run and false in build.
# Expected: the Readme has compilation as a matter of speed, 12.5 to 20 times as fast, and
# nothing else; AsyncLogicEngine differs in the same way. json-logic-js 2.0.5 is with run in
# the first two and with build in the third.
# Seen: five rules in the three. A rule that ships an order if all its items are in stock
# ships one that has no items once it is compiled.
# Way out: {"var": ["items", []]} in "all", {"??": [{"var": "c"}, 5]} for a default, and
# === in place of ==: these are the same in both.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund json-logic-engine@5.0.7 json-logic-js@2.0.5 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { AsyncLogicEngine, LogicEngine } from 'json-logic-engine';
import jsonLogic from 'json-logic-js';
const v = (name, ...rest) => ({ var: rest.length ? [name, ...rest] : name });
const inStock = { '>=': [v('stock'), 1] };
const rows = [
  [{ if: [{ all: [v('items'), inStock] }, 'ship', 'wait'] }, {}, '"wait"', '"ship"', '"wait"'],
  [v('c', 5), { c: null }, 'null', '5', 'null'],
  [{ '==': [v('c'), v('z')] }, { c: null, z: 0 }, 'true', 'false', 'false'],
  [{ if: [{ all: [v('items', []), inStock] }, 'ship', 'wait'] }, {}, '"wait"', '"wait"', '"wait"'],
  [{ '===': [v('c'), v('z')] }, { c: null, z: 0 }, 'false', 'false', 'false'],
];
const engine = new LogicEngine();
const later = new AsyncLogicEngine();
let holds = true;
for (const [rule, data, run, build, reference] of rows) {
  const got = [engine.run(rule, data), engine.build(rule)(data), jsonLogic.apply(rule, data)].map((x) => JSON.stringify(x));
  const async = [await later.run(rule, data), await (await later.build(rule))(data)].map((x) => JSON.stringify(x));
  console.log(`${JSON.stringify(rule)} with ${JSON.stringify(data)}: run ${got[0]}, build ${got[1]}, json-logic-js ${got[2]}`);
  holds &&= got.join() === [run, build, reference].join() && async.join() === [run, build].join();
}
const fallback = { '??': [v('c'), 5] };
holds &&= engine.run(fallback, { c: null }) === 5 && engine.build(fallback)({ c: null }) === 5;
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
