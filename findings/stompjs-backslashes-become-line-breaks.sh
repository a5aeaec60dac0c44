#!/usr/bin/env bash
# @stomp/stompjs 7.5.0: a header's value with a backslash before n, r or c is changed when a
# frame is read: C:\new, sent right as C\c\\new, comes in as "C:\", a line break and "ew", and
# C:\cash as "C:\:ash". The same for \\n in JSON texts, and for names of files and queues.
# Expected: STOMP 1.2 (Value Encoding): \n, \r, \c and \\ are read as what they stand for, so
# that \\ is a backslash wherever it is, whatever follows. The package undoes \r, \n and \c in
# the whole text first and \\ last.
# Seen: two ends of this package with the frame passed on as a broker does, and stompit 1.0.0,
# which reads the same bytes right.
# Way out: headers without backslashes, such as encodeURIComponent of the value, or what may
# have one in the body.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @stomp/stompjs@7.5.0 stompit@1.0.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { Client } from '@stomp/stompjs';
import stompit from 'stompit';
setTimeout(() => process.exit(1), 30_000).unref();
let sent;
// a socket with a broker behind it: CONNECTED, and each SEND as a MESSAGE, its headers as they are
class Socket {
  constructor() {
    this.readyState = 0;
    setTimeout(() => { this.readyState = 1; this.onopen(); });
  }
  send(text) {
    const command = text.slice(0, text.indexOf('\n'));
    if (command === 'CONNECT') this.answer('CONNECTED\nversion:1.2\n\n\0');
    if (command !== 'SEND') return;
    sent = text;
    this.answer(text.replace('SEND\n', 'MESSAGE\nsubscription:s\nmessage-id:1\n'));
  }
  answer(data) { setTimeout(() => this.onmessage({ data })); }
  close() { this.readyState = 3; this.onclose({ code: 1000 }); }
}
const client = new Client({
  webSocketFactory: () => new Socket(), heartbeatIncoming: 0, heartbeatOutgoing: 0, reconnectDelay: 0,
});
await new Promise((resolve) => { client.onConnect = resolve; client.activate(); });
let arrived;
client.subscribe('/queue/a', (message) => arrived(message.headers.path), { id: 's' });
const through = (path) => new Promise((resolve) => {
  arrived = resolve;
  client.publish({ destination: '/queue/a', headers: { path }, body: 'b' });
});
const other = (text) => new Promise((resolve, reject) => {
  const stream = new stompit.IncomingFrameStream();
  stream.setVersion('1.2');
  stream.on('error', reject);
  stream.on('data', (frame) => resolve(frame.headers.path));
  stream.write(Buffer.from(text));
});
const rows = [
  ['C:\\temp', 'C:\\temp'],
  ['line\nbreak', 'line\nbreak'],
  ['C:\\new', 'C:\\\new'],
  ['C:\\reports', 'C:\\\reports'],
  ['C:\\cash', 'C:\\:ash'],
  [encodeURIComponent('C:\\new'), 'C%3A%5Cnew'],
];
let holds = true;
for (const [value, want] of rows) {
  const got = await through(value);
  const read = await other(sent);
  console.log(`${JSON.stringify(value)}: ${JSON.stringify(got)}, stompit ${JSON.stringify(read)}`);
  holds &&= got === want && read === value;
}
client.deactivate();
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
timeout 60 node t.mjs
