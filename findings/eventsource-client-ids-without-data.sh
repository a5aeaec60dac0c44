#!/usr/bin/env bash
# eventsource-client 1.2.0: an id that comes without data is not remembered. A server that
# marks how far the client has come with "id: 42" and a blank line, as heartbeats do, is
# asked after a break for what comes after the id of the last message with data.
# Expected: HTML's chapter on server-sent events (dispatch the event): the last event id is
# set first, and only then is an event without data dropped. The package's type has
# lastEventId as the "Last seen event ID". eventsource 5.1.5, by the same people, does so
# (by eventsource-parser 4; this one has the parser's version 3).
# Seen: Last-Event-ID of the second request in both, from a server on loopback that sends
# ids 1 (with data) and 42 (without) and closes. Messages are delivered twice.
# Way out: an empty data line for each id ("data"), in an event type of its own that the
# client leaves out.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund eventsource-client@1.2.0 eventsource@5.1.5 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { createServer } from 'node:http';
import { createEventSource } from 'eventsource-client';
import { EventSource } from 'eventsource';

setTimeout(() => process.exit(1), 60_000).unref();

// second opens a stream and says which id its second request names.
function second(first, open) {
  return new Promise((resolve) => {
    let requests = 0;
    let close;
    const server = createServer((request, response) => {
      requests++;
      if (requests === 1) {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(first);
        return;
      }
      response.writeHead(204).end();
      if (requests > 2) return;
      close();
      server.close();
      resolve(request.headers['last-event-id']);
    });
    server.listen(0, '127.0.0.1', () => {
      close = open(`http://127.0.0.1:${server.address().port}/`);
    });
  });
}
const client = (url) => {
  const source = createEventSource({ url });
  return () => source.close();
};
const standard = (url) => {
  const source = new EventSource(url);
  source.onerror = () => {};
  return () => source.close();
};
const bare = 'retry: 10\n\nid: 1\ndata: a\n\nid: 42\n\n';
const withData = 'retry: 10\n\nid: 1\ndata: a\n\nevent: seen\nid: 42\ndata\n\n';
const rows = [
  ['eventsource-client', await second(bare, client), '1'],
  ['eventsource', await second(bare, standard), '42'],
  ['eventsource-client, with data', await second(withData, client), '42'],
];
let holds = true;
for (const [name, got, want] of rows) {
  console.log(`${name}: Last-Event-ID ${got}`);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
