#!/usr/bin/env bash
# mqtt-pattern 2.1.1: "+" does not match a topic level that is empty: a subscription to
# "+/+" or "sensor/+/value" gets "/finance" and "sensor//value" from the broker, but
# matches() is false and exec() null for them. Levels in front of "#" are alike. With
# extract() the same level is there, as an empty text.
# Expected: MQTT 5.0 and 3.1.1 (4.7.1.3), where "/finance" matches "+/+" and "/+", and
# (4.7.1.1) a level may be of length zero. The README has matches() as whether a topic fits a
# pattern. mqtt-match 3.0.0 does.
# Seen: six filters in both; "/+" with an empty first level is right, since nothing stands
# for it. Who hands messages on by matches() drops what the broker delivered.
# Way out: matches() on filter and topic with a character in front of each level that is
# not a wildcard (below); the values of exec() then have it in front, too.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund mqtt-pattern@2.1.1 mqtt-match@3.0.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import match from 'mqtt-match';
import pattern from 'mqtt-pattern';
const topic = (text) => text.split('/').map((level) => `.${level}`).join('/');
const filter = (text) => text.split('/').map((level) => (/^[+#]/.test(level) ? level : `.${level}`)).join('/');
const rows = [
  ['sensor/+/value', 'sensor/7/value', true],
  ['+/+', '/finance', false],
  ['/+', '/finance', true],
  ['sensor/+', 'sensor/', false],
  ['sensor/+/value', 'sensor//value', false],
  ['sensor/+/#', 'sensor//value', false],
];
let holds = true;
for (const [wanted, name, want] of rows) {
  const got = pattern.matches(wanted, name);
  const other = match(wanted, name);
  const out = pattern.matches(filter(wanted), topic(name));
  console.log(`${wanted} and ${name}: ${got}, mqtt-match ${other}, with the way out ${out}`);
  holds &&= got === want && other === true && out === true;
}
holds &&= pattern.matches(filter('sensor/+'), topic('other/7')) === false;
holds &&= pattern.exec('sensor/+id/value', 'sensor//value') === null;
holds &&= pattern.extract('sensor/+id/value', 'sensor//value').id === '';
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
