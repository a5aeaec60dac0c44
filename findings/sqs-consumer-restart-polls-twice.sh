#!/usr/bin/env bash
# sqs-consumer 15.0.3: a consumer that is stopped and started again while a poll is
# under way polls the queue twice at a time afterwards: with the default batchSize of 1
# the handler runs for two messages at once, message after message. The poll that stop()
# lets finish finds the consumer running again and goes on beside the new one; the two
# become one only if both happen to end at the same moment.
# Expected: the README, "messages are processed one at a time", and stop() "prevents
# new polls from being scheduled". Only a poll that waits for its timer is taken back;
# one that waits for the queue (up to 20 seconds by default) or the handler is not.
# Seen: handlers at a time before and after a pause, against a queue on loopback that
# always has a message. The two that overlap at the pause itself are not counted.
# Way out: pollingCompleteWaitTimeMs above the longest poll and handler together, and
# start() no sooner than the event "stopped"; or a new consumer for each start.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund sqs-consumer@15.0.3 @aws-sdk/client-sqs@3.1175.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import http from 'node:http';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Consumer } from 'sqs-consumer';
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let received = 0;
const queue = http.createServer((request, response) => {
  request.resume().on('end', () => {
    const id = String(++received);
    const Messages = [{ MessageId: id, ReceiptHandle: id, Body: 'x', MD5OfBody: '9dd4e461268c8034f5c8564e155c67a6' }];
    response.setHeader('content-type', 'application/x-amz-json-1.0');
    response.end(JSON.stringify(request.headers['x-amz-target'].endsWith('ReceiveMessage') ? { Messages } : {}));
  });
});
await new Promise((resolve) => queue.listen(0, '127.0.0.1', resolve));
const endpoint = `http://127.0.0.1:${queue.address().port}`;
let [active, most, handled, errors] = [0, 0, 0, 0];
function consumer(more) {
  return Consumer.create({
    queueUrl: `${endpoint}/1/q`,
    sqs: new SQSClient({ region: 'us-east-1', endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }),
    async handleMessage(message) {
      most = Math.max(most, ++active);
      await wait(200);
      active--;
      handled++;
      return message;
    },
    ...more,
  }).on('error', () => { errors++; }).on('processing_error', () => { errors++; });
}
// The most handlers at a time among ten messages, after those under way and the next two.
async function observe() {
  const count = async (n) => { for (const to = handled + n; handled < to;) await wait(5); };
  await count(3);
  most = 0;
  await count(10);
  return most;
}
async function inHandler() {
  while (active === 0) await wait(1);
  await wait(100);
}

const plain = consumer();
plain.start();
const seen = [await observe()];
await inHandler();
plain.stop();
plain.start();
seen.push(await observe());
plain.stop();
do await wait(500); while (active > 0);

const careful = consumer({ pollingCompleteWaitTimeMs: 60_000 });
careful.start();
await inHandler();
const stopped = new Promise((resolve) => careful.once('stopped', resolve));
careful.stop();
await stopped;
careful.start();
seen.push(await observe());
careful.stop();

console.log(`handlers at a time: ${seen[0]}, after a pause ${seen[1]}, with the way out ${seen[2]}; errors ${errors}`);
const holds = seen.join() === '1,2,1' && errors === 0;
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
NODE_NO_WARNINGS=1 timeout 60 node t.mjs
