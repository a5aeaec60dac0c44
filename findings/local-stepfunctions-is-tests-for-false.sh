#!/usr/bin/env bash
# aws-local-stepfunctions 3.0.0: a Choice rule whose test asks for false never
# matches: {"Variable": "$.x", "IsPresent": false} is not taken where x is absent,
# and IsNull, IsString, IsNumeric, IsBoolean and IsTimestamp with false are like it.
# The local run takes Default (or the next rule), Step Functions takes the rule.
# Expected: the States Language lets these operators have true or false, and the
# package's list of features names all six as fully supported. Its own check of the
# definition passes, since it is valid.
# Seen: every rule with false goes to Default, alone and inside And; the same with
# true matches.
# Way out: {"Not": {"Variable": "$.x", "IsPresent": true}}, the same for both.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund aws-local-stepfunctions@3.0.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { StateMachine } from 'aws-local-stepfunctions';
const end = (result) => ({ Type: 'Pass', Result: result, End: true });
async function run(rule, input) {
  const machine = new StateMachine({ StartAt: 'Choose', States: {
    Choose: { Type: 'Choice', Choices: [{ ...rule, Next: 'Rule' }], Default: 'Otherwise' },
    Rule: end('rule'), Otherwise: end('default') } });
  return machine.run(input).result;
}
const x = (test) => ({ Variable: '$.x', ...test });
const rows = [
  [x({ IsPresent: true }), { x: 1 }, 'rule'],
  [x({ IsPresent: false }), {}, 'default'],
  [{ And: [x({ IsPresent: false }), { Variable: '$.y', IsPresent: true }] }, { y: 1 }, 'default'],
  [x({ IsNull: false }), { x: 1 }, 'default'],
  [x({ IsString: false }), { x: 1 }, 'default'],
  [x({ IsNumeric: false }), { x: 'text' }, 'default'],
  [x({ IsBoolean: false }), { x: 1 }, 'default'],
  [x({ IsTimestamp: false }), { x: 'text' }, 'default'],
  [{ Not: x({ IsPresent: true }) }, {}, 'rule'],
];
let holds = true;
for (const [rule, input, want] of rows) {
  const got = await run(rule, input);
  console.log(JSON.stringify(rule), 'on', JSON.stringify(input), 'takes', got);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
