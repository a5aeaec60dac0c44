#!/usr/bin/env bash
# @middy/event-normalizer 6.4.5: an image that a record of a DynamoDB stream does not have is an
# empty object afterwards: an INSERT has OldImage {}, a REMOVE has NewImage {}, and with a stream
# of keys only every record has both. "if (record.dynamodb.OldImage)" is true for a new item.
# Expected: Amazon's page on StreamRecord, where an image is there for a change that has one, and
# the middleware's own page, which has "Unmarshall Keys, OldImage, and NewImage" and nothing of
# images that are made.
# Seen: records of four kinds. Who tells what has happened by the images takes a new item for a
# changed one, and a removed one for an item without fields.
# Way out: eventName, which stays: INSERT, MODIFY or REMOVE; or StreamViewType.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @middy/core@6.4.5 @middy/event-normalizer@6.4.5 >/dev/null 2>&1
cat >t.mjs <<'EOF'
import middy from '@middy/core';
import normalizer from '@middy/event-normalizer';
const handler = middy().use(normalizer()).handler(async (event) => {
  const { OldImage, NewImage } = event.Records[0].dynamodb;
  return `old ${JSON.stringify(OldImage)}, new ${JSON.stringify(NewImage)}`;
});
const Keys = { id: { S: 'a' } };
const item = { id: { S: 'a' }, count: { N: '1' } };
const rows = [
  ['MODIFY', { Keys, OldImage: item, NewImage: item }, 'old {"id":"a","count":1}, new {"id":"a","count":1}'],
  ['INSERT', { Keys, NewImage: item }, 'old {}, new {"id":"a","count":1}'],
  ['REMOVE', { Keys, OldImage: item }, 'old {"id":"a","count":1}, new {}'],
  ['INSERT', { Keys, StreamViewType: 'KEYS_ONLY' }, 'old {}, new {}'],
];
let holds = true;
for (const [eventName, dynamodb, want] of rows) {
  const record = { eventSource: 'aws:dynamodb', eventName, dynamodb: structuredClone(dynamodb) };
  const got = await handler({ Records: [record] }, {});
  console.log(`${eventName} with ${Object.keys(dynamodb).join(', ')}: ${got}`);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOF
node t.mjs
