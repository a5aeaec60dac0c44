#!/usr/bin/env bash
# @a2a-js/sdk 1.3.0: with InMemoryTaskStore, a list of tasks that is read page by page ends
# early if the last task of a page gets a new status before the next page is asked for. The
# token is looked up as a task with that very timestamp and id; where it is gone, the next
# page is empty and has no token, which reads as "that was all".
# Expected: A2A's specification has lists sorted by the last update and tokens as cursors:
# a task that moves to the front may be missed or seen twice, but tasks that nothing
# happened to stay behind the cursor. (The SDK's DatabaseTaskStore compares with "<" there,
# by its source.) totalSize says 6 all the while.
# Seen: six tasks in pages of two; between the pages one of the first two is updated. The
# other one does no harm: only the task that the token was made of matters.
# Way out: count what came against totalSize and begin again; pages of 100, the largest
# there are; or a store of one's own, whose list() compares.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @a2a-js/sdk@1.3.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { InMemoryTaskStore, ServerCallContext } from '@a2a-js/sdk/server';
const context = new ServerCallContext();
const working = 2;
const at = (seconds) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();
const task = (id, seconds) => ({
  id, contextId: 'c', status: { state: working, message: undefined, timestamp: at(seconds) },
  artifacts: [], history: [], metadata: {},
});
async function pages(between) {
  const store = new InMemoryTaskStore();
  for (let n = 1; n <= 6; n++) await store.save(task(`t${n}`, n), context);
  const seen = [];
  let answer = { nextPageToken: undefined };
  do {
    answer = await store.list({ pageSize: 2, pageToken: answer.nextPageToken }, context);
    seen.push(answer.tasks.map((t) => t.id).join('+'));
    if (seen.length === 1) await between(store);
  } while (answer.nextPageToken);
  return `${seen.join(' | ')} of ${answer.totalSize}`;
}
const rows = [
  ['no update', () => {}, 't6+t5 | t4+t3 | t2+t1 of 6'],
  ['t6 updated', (store) => store.save(task('t6', 60), context), 't6+t5 | t4+t3 | t2+t1 of 6'],
  ['t5 updated', (store) => store.save(task('t5', 60), context), 't6+t5 |  of 6'],
];
let holds = true;
for (const [name, between, want] of rows) {
  const got = await pages(between);
  console.log(`${name}: ${got}`);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
