#!/usr/bin/env bash
# asl-validator 4.0.0: a field named Next, Default or StartAt is taken for a
# transition wherever it stands, in a state's data too: a Pass state with
# "Result": {"Next": "page-2"} is refused with MISSING_TRANSITION_TARGET, and so are
# such fields in Parameters, Arguments, Assign and Output, and a state whose name is
# Default (the message then speaks of "[object Object]").
# Expected: the States Language says that Result, Parameters and so on are any JSON,
# and a state's name is any text of up to 80 characters;
# amazon-states-language-service 1.16.1 (AWS's own) finds nothing in the same
# definitions.
# Seen: four valid definitions refused, the same with other names accepted.
# Way out: other names ("next"); in a template of JSONPath, "Next.$" is not looked
# at. Tools that validate with it have an option of their own: aws-local-stepfunctions
# has validationOptions.noValidate.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund asl-validator@4.0.0 amazon-states-language-service@1.16.1 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import validate from 'asl-validator';
import { createRequire } from 'node:module';
const { getLanguageService, TextDocument } = createRequire(import.meta.url)('amazon-states-language-service');
const service = getLanguageService({});
async function aws(definition) {
  const document = TextDocument.create('file:///m.asl.json', 'asl', 1, JSON.stringify(definition));
  const found = await service.doValidation(document, service.parseJSONDocument(document));
  return found.map((d) => d.message).join('; ') || 'valid';
}
const one = (state, more) => ({ ...more, StartAt: 'Page', States: { Page: { ...state, End: true } } });
const named = (name) => ({ StartAt: 'Page', States: { Page: { Type: 'Pass', Next: name }, [name]: { Type: 'Succeed' } } });
const task = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke' };
const pairs = {
  result: [one({ Type: 'Pass', Result: { Next: 'page-2' } }), one({ Type: 'Pass', Result: { next: 'page-2' } })],
  parameters: [one({ ...task, Parameters: { FunctionName: 'f', Payload: { Default: 1 } } }), one({ ...task, Parameters: { FunctionName: 'f', Payload: { default: 1 } } })],
  output: [one({ Type: 'Pass', Output: { Next: 'page-2' } }, { QueryLanguage: 'JSONata' }), one({ Type: 'Pass', Output: { next: 'page-2' } }, { QueryLanguage: 'JSONata' })],
  name: [named('Default'), named('Otherwise')],
};
let holds = true;
for (const [what, [refused, accepted]] of Object.entries(pairs)) {
  const official = [await aws(refused), await aws(accepted)];
  const [a, b] = [validate(refused), validate(accepted)];
  console.log(`${what}: ${a.errorsText()} | renamed: ${b.isValid} | AWS's: ${official}`);
  holds &&= a.errors.length === 1 && a.errorsText().startsWith('MISSING_TRANSITION_TARGET') && b.isValid && official.join() === 'valid,valid';
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
