#!/usr/bin/env bash
# immutable-json-patch 6.0.3: "test" compares texts, so an object is not equal to itself
# with its members in another order, {"x":1,"y":2} to {"y":2,"x":1}; and what RFC 6902 has
# fail succeeds: "replace" and "remove" of a member that is not there leave the document as
# it is, "add" at index 5 of a list of one appends, and "add" with the name "-" in an object
# makes a member "undefined".
# Expected: RFC 6902, which the README names as the standard: objects are equal if they have
# the same members (4.6), the target of replace and remove MUST exist (4.2, 4.3), an index
# MUST NOT be beyond the length (4.1), and "-" is the end of lists only (RFC 6901, 4).
# fast-json-patch 3.1.1 with validation does all of that.
# Seen: the same operations in both. A patch with a misspelt path is "done", and one that is
# guarded by the object that was read from a database may fail for its order of members.
# Way out: one "test" for each member, in front of replace and remove too: it fails where
# the member is not there.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund immutable-json-patch@6.0.3 fast-json-patch@3.1.1 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { immutableJSONPatch } from 'immutable-json-patch';
import fast from 'fast-json-patch';
const attempt = (run) => {
  try {
    return JSON.stringify(run());
  } catch {
    return 'fails';
  }
};
const size = { x: 1, y: 2 };
const rows = [
  ['test, another order', { size }, [{ op: 'test', path: '/size', value: { y: 2, x: 1 } }], 'fails', '{"size":{"x":1,"y":2}}'],
  ['replace, not there', { a: 1 }, [{ op: 'replace', path: '/b', value: 2 }], '{"a":1}', 'fails'],
  ['remove, not there', { a: 1 }, [{ op: 'remove', path: '/b' }], '{"a":1}', 'fails'],
  ['add beyond the end', { a: [1] }, [{ op: 'add', path: '/a/5', value: 2 }], '{"a":[1,2]}', 'fails'],
  ['add "-" in an object', { a: {} }, [{ op: 'add', path: '/a/-', value: 2 }], '{"a":{"undefined":2}}', '{"a":{"-":2}}'],
  ['replace', { a: 1 }, [{ op: 'replace', path: '/a', value: 2 }], '{"a":2}', '{"a":2}'],
  ['way out, each member', { size }, [{ op: 'test', path: '/size/y', value: 2 }, { op: 'test', path: '/size/x', value: 1 }],
    '{"size":{"x":1,"y":2}}', '{"size":{"x":1,"y":2}}'],
  ['way out, not there', { a: 1 }, [{ op: 'test', path: '/b', value: 1 }, { op: 'remove', path: '/b' }], 'fails', 'fails'],
];
let holds = true;
for (const [name, document, operations, want, right] of rows) {
  const got = attempt(() => immutableJSONPatch(document, operations));
  const other = attempt(() => fast.applyPatch(structuredClone(document), operations, true).newDocument);
  console.log(`${name}: ${got}, fast-json-patch ${other}`);
  holds &&= got === want && other === right;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
