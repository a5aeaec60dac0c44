#!/usr/bin/env bash
# nmea-simple 3.3.0: empty fields are read as 0: a receiver without a fix, whose GGA and RMC
# sentences have no position, is at latitude 0 and longitude 0, in the Gulf of Guinea, at an
# altitude of 0 and a speed of 0. A sentence with a fix but without an altitude or a magnetic
# variation has 0 for them too, as if it were measured.
# Expected: NMEA 0183: a field that is empty (null field) says that the value is not available.
# gps 0.9.0 has null for them.
# Seen: sentences that receivers send when they start. In GGA, fixType "none" says that there
# is no position, and in RMC status "warning"; for single fields nothing does.
# Way out: heed fixType and status before positions, and for other fields whether the
# sentence's own field is empty: sentence.split(',')[n] === ''.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund nmea-simple@3.3.0 gps@0.9.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import gps from 'gps';
import { parseNmeaSentence } from 'nmea-simple';
const GPS = gps.GPS ?? gps;
function sentence(text) {
  const sum = [...text].reduce((all, c) => all ^ c.charCodeAt(0), 0);
  return `$${text}*${sum.toString(16).toUpperCase().padStart(2, '0')}`;
}
const values = (object, names) => names.map((name) => object[name]).join(' ');
const rows = [
  ['GPGGA,120000.00,5400.0000,N,00800.0000,E,1,08,0.9,12.5,M,46.9,M,,', ['fixType', 'latitude', 'longitude', 'altitudeMeters'],
    'fix 54 8 12.5', ['lat', 'lon', 'alt'], '54 8 12.5'],
  ['GPGGA,120000.00,,,,,0,00,99.99,,,,,,', ['fixType', 'latitude', 'longitude', 'altitudeMeters'],
    'none 0 0 0', ['lat', 'lon', 'alt'], '  '],
  ['GPGGA,120000.00,5400.0000,N,00800.0000,E,1,08,0.9,,M,,M,,', ['fixType', 'latitude', 'longitude', 'altitudeMeters'],
    'fix 54 8 0', ['lat', 'lon', 'alt'], '54 8 '],
  ['GPRMC,120000.00,V,,,,,,,050126,,,N', ['status', 'latitude', 'longitude', 'speedKnots', 'trackTrue'],
    'warning 0 0 0 0', ['lat', 'lon', 'speed', 'track'], '   '],
];
let holds = true;
for (const [text, names, want, others, meant] of rows) {
  const got = values(parseNmeaSentence(sentence(text)), names);
  const other = values(GPS.Parse(sentence(text)), others);
  console.log(`${text}: ${got} (gps: ${JSON.stringify(other)})`);
  holds &&= got === want && other === meant;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
