#!/usr/bin/env bash
# @middy/event-normalizer 6.4.5: a message's own fields are taken for another service's
# event. An SQS body with an empty list named Records, records, messages, tasks or events
# fails the whole batch with "Cannot read properties of undefined (reading 'eventSource')",
# ahead of the handler, so that it comes back until it is given up; and in a list "tasks" whose
# first element has a text s3Key that text is changed: "+" becomes a space.
# Expected: the page of the middleware has, for SQS, the body parsed as JSON, and events that
# AWS services put into one another. An order with "events": [] is none of these, and its
# author cannot know of the names; with one element in the list it is left as it was.
# Seen: seven bodies, each in an event of one message.
# Way out: JSON.parse of each record in the handler, where bodies are not events of AWS.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @middy/core@6.4.5 @middy/event-normalizer@6.4.5 >/dev/null 2>&1
cat >t.mjs <<'EOF'
import middy from '@middy/core';
import normalizer from '@middy/event-normalizer';
const handler = middy().use(normalizer()).handler(async (event) => JSON.stringify(event.Records[0].body));
async function seen(body) {
  const event = { Records: [{ eventSource: 'aws:sqs', messageId: 'm-1', body: JSON.stringify(body) }] };
  return handler(event, {}).catch((error) => error.message);
}
const fails = "Cannot read properties of undefined (reading 'eventSource')";
const task = { s3Key: 'a+b', title: 'scan' };
const rows = [
  [{ order: 7, lines: [] }, '{"order":7,"lines":[]}'],
  [{ order: 7, events: ['paid'] }, '{"order":7,"events":["paid"]}'],
  [{ order: 7, events: [] }, fails],
  [{ order: 7, messages: [] }, fails],
  [{ order: 7, tasks: [] }, fails],
  [{ order: 7, records: [] }, fails],
  [{ order: 7, tasks: [task] }, '{"order":7,"tasks":[{"s3Key":"a b","title":"scan"}]}'],
];
let holds = true;
for (const [body, want] of rows) {
  const got = await seen(body);
  console.log(`${JSON.stringify(body)}: ${got}`);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOF
node t.mjs
