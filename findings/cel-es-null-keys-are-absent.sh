#!/usr/bin/env bash
# @bufbuild/cel 0.6.1: a map's key whose value is null is not in the map: has(m.a) and
# 'a' in m are false for {"a": null}, though m.a == null is true, size(m) is 1 and
# m.exists(k, k == 'a') is true. 0, false and "" are present as they should be.
# Expected: CEL's language definition, where has(e.f) of a map and "in" tell whether
# the key is there, and null is a value; @marcbachmann/cel-js 8.0.0 says true for the
# same expressions and input (so does cel.dev/cel-go 0.33.2).
# Seen: a rule that is to let a field be cleared, has(patch.email) && patch.email ==
# null, is false for {"email": null}, and a rule that wants the field absent is true.
# Way out: patch.exists(k, k == 'email'), which is right for null as well.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @bufbuild/cel@0.6.1 @bufbuild/protobuf@2.12.0 @marcbachmann/cel-js@8.0.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { run } from '@bufbuild/cel';
import { evaluate } from '@marcbachmann/cel-js';
const input = { patch: JSON.parse('{"email": null, "name": ""}') };
const rows = [
  // expression, @bufbuild/cel, @marcbachmann/cel-js
  ['has(patch.email)', false, true],
  ["'email' in patch", false, true],
  ['has(patch.email) && patch.email == null', false, true],
  ['!has(patch.email)', true, false],
  ['patch.email == null', true, true],
  ['size(patch) == 2', true, true],
  ["patch.exists(k, k == 'email')", true, true],
  ['has(patch.name)', true, true],
  ['has(patch.phone)', false, false],
];
let holds = true;
for (const [expression, ...want] of rows) {
  const got = [run(expression, input), evaluate(expression, input)];
  console.log(`${expression}: @bufbuild/cel ${got[0]}, cel-js ${got[1]}`);
  holds &&= got.join() === want.join();
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
