#!/usr/bin/env bash
# x12-parser 1.3.0: where the first piece of a stream is shorter than the ISA segment (106
# characters with its terminator), the delimiters are not found and not looked for again:
# the whole interchange comes out as one segment, and nothing of it is separated.
# Expected: the README, a parser for native streams, which may be other ones than files as
# long as the data is unmodified; how a stream is cut is no part of the data (node:stream).
# Seen: pieces of 106 bytes give the nine segments, pieces of 105, 64 and 1 give one, and no
# error. Files come in pieces of 64 KiB; a socket, a decompressor or a multipart upload may
# begin with a few bytes, now and then.
# Way out: put the first pieces together until there are 106 bytes (below).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund x12-parser@1.3.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { Readable } from 'node:stream';
import { X12parser } from 'x12-parser';
const isa = ['ISA', '00', ' '.repeat(10), '00', ' '.repeat(10), 'ZZ', 'SENDER'.padEnd(15), 'ZZ', 'RECEIVER'.padEnd(15),
  '260101', '1200', '^', '00501', '000000001', '0', 'P', ':'].join('*');
const text = [isa, 'GS*HP*S*R*20260101*1200*1*X*005010X221A1', 'ST*835*0001', 'SVC*HC:99213:25*100', 'CAS*CO*45**10',
  'REF*1W*A1', 'SE*5*0001', 'GE*1*1', 'IEA*1*000000001', ''].join('~');

function* pieces(size) {
  for (let i = 0; i < text.length; i += size) yield Buffer.from(text.slice(i, i + size));
}

// joined is the way out: its first piece has the whole ISA.
async function* joined(source) {
  let head = Buffer.alloc(0);
  for await (const piece of source) {
    if (head === undefined) {
      yield piece;
      continue;
    }
    head = Buffer.concat([head, piece]);
    if (head.length < 106) continue;
    yield head;
    head = undefined;
  }
  if (head?.length) yield head;
}

async function segments(source) {
  const all = [];
  for await (const segment of Readable.from(source, { objectMode: false }).pipe(new X12parser())) all.push(segment.name);
  return all;
}

let holds = isa.length === 105;
for (const [size, want] of [[1000, 9], [106, 9], [105, 1], [64, 1], [1, 1]]) {
  const got = await segments(pieces(size));
  const out = await segments(joined(pieces(size)));
  console.log(`pieces of ${size}: ${got.length} segments, with the way out ${out.length}`);
  holds &&= got.length === want && out.join() === 'ISA,GS,ST,SVC,CAS,REF,SE,GE,IEA';
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
timeout 60 node t.mjs
