#!/usr/bin/env bash
# swiftmessageparser 1.2.1 (MT 940): of a full :86:, six lines of 65 characters, the last five
# are lost: details are cut at 390 characters, of which the line breaks are five. The end of a
# purpose or of an IBAN is gone, without an error, and from structuredDetails as well, which
# has no line breaks.
# Expected: SWIFT's MT 940, field 86: 6*65x, six lines of 65 characters each, which are 390
# without what parts the lines.
# Seen: details of six full lines, of six with 60 and of five full ones.
# Way out: the field from the message itself (below).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund swiftmessageparser@1.2.1 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import parser from 'swiftmessageparser';
const lines = (n, length) => Array.from({ length: n }, (_, i) => `${i}`.repeat(length - 3) + 'end');
function message(text) {
  return [
    ':20:STATEMENT', ':25:DE02120300000000202051', ':28C:1/1', ':60F:C260105EUR100,00', ':61:260105C1,50NTRFNONREF',
    `:86:${text.join('\r\n')}`, ':62F:C260105EUR101,50', '-', '',
  ].join('\r\n');
}
const read = (text) => parser.parse({ type: 'mt940', data: message(text), validate: true })[0].transactions[0].details;
// the way out: the first :86: of the message
const field = (data) => /^:86:([\s\S]*?)(?=\r?\n(?::\d\d[A-Z]?:|-))/m.exec(data)[1].replaceAll('\r\n', '\n');
let holds = true;
for (const [n, length, lost] of [[5, 65, 0], [6, 60, 0], [6, 65, 5]]) {
  const text = lines(n, length);
  const sent = text.join('\n');
  const got = read(text);
  console.log(`${n} lines of ${length}: ${got.length} of ${sent.length} characters, ends in ${got.slice(-4)}`);
  holds &&= got === sent.slice(0, sent.length - lost) && field(message(text)) === sent;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
