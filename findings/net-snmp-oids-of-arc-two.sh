#!/usr/bin/env bash
# net-snmp 3.29.2 (with asn1-ber 1.2.2): object identifiers that begin with 2 and a second
# number above 39 are read as others: 2.40.1 as 3.0.1, and 2.49.0.1 (2.49 is the World
# Meteorological Organization's) as 3.9.0.1. From 2.48 on they are sent wrong as well: 2.999.3
# as 1.15.3. Who compares such a value finds nothing, or another; there is no error.
# Expected: X.690 (8.19.4), which SNMP uses (RFC 3417, section 8): the first two numbers are
# one, 40 times the first plus the second, and the first is 0, 1 or 2, so that all from 80 on
# are 2; like the others, that number may have several bytes.
# Seen: values of the package's agent and session, on loopback, and bytes as X.690 has them in
# its reader; 1.3.6.1 and 2.16 are right.
# Way out: for what is read, 2 and 40 * (first - 2) + second where first is above 2, which no
# name begins with (below); for what is sent from 2.48 on, the text in an OctetString.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund net-snmp@3.29.2 asn1-ber@1.2.2 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { createSocket } from 'node:dgram';
import ber from 'asn1-ber';
import snmp from 'net-snmp';
setTimeout(() => process.exit(1), 30_000).unref();
const free = await new Promise((resolve) => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1', () => {
    const { port } = socket.address();
    socket.close(() => resolve(port));
  });
});
const rows = [
  ['1.3.6.1.4.1.8072', '1.3.6.1.4.1.8072'],
  ['2.16.840.1', '2.16.840.1'],
  ['2.39.1', '2.39.1'],
  ['2.40.1', '3.0.1'],
  ['2.999.3', '1.15.3'],
];
// an identifier's bytes, what the reader makes of them, what they are
const bytes = [
  ['06032b0601', '1.3.6.1', '1.3.6.1'],
  ['06027801', '3.0.1', '2.40.1'],
  ['060481010001', '3.9.0.1', '2.49.0.1'],
  ['0603883703', '26.39.3', '2.999.3'],
];
// the way out
function mended(oid) {
  const [first, second, ...rest] = oid.split('.').map(Number);
  return first > 2 ? [2, 40 * (first - 2) + second, ...rest].join('.') : oid;
}
const fail = (error) => { if (error) throw error; };
const agent = snmp.createAgent({ address: '127.0.0.1', port: free, disableAuthorization: true }, fail);
const base = '1.3.6.1.4.1.32473';
rows.forEach(([oid], i) => {
  agent.getMib().registerProvider({
    name: `v${i}`, type: snmp.MibProviderType.Scalar, oid: `${base}.${i + 1}`, scalarType: snmp.ObjectType.OID,
    maxAccess: snmp.MaxAccess['read-only'],
  });
  agent.getMib().setScalarValue(`v${i}`, oid);
});
const session = snmp.createSession('127.0.0.1', 'public', { port: free, version: snmp.Version2c });
const values = await new Promise((resolve, reject) => {
  session.get(rows.map((_, i) => `${base}.${i + 1}.0`), (error, all) => (error ? reject(error) : resolve(all)));
});
let holds = true;
rows.forEach(([oid, want], i) => {
  console.log(`${oid}: ${values[i].value}`);
  holds &&= values[i].value === want;
});
for (const [hex, want, meant] of bytes) {
  const got = new ber.Ber.Reader(Buffer.from(hex, 'hex')).readOID();
  console.log(`${hex}: ${got}, mended ${mended(got)}`);
  holds &&= got === want && mended(got) === meant;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
timeout 60 node t.mjs
