#!/usr/bin/env bash
# @aws-lambda-powertools/jmespath 2.36.0 (used here by
# @aws-lambda-powertools/idempotency 2.35.0): sort() and reverse() change the list
# in the document that is searched. An expression that is only to find the key of
# an event, eventKeyJmesPath: 'sort(items)', changes the event itself: the handler
# is given its items in another order than they were sent in.
# Expected: JMESPath's functions return a new value ("returns the sorted elements");
# jmespath 0.16.0 leaves the document as it is, and search()'s documentation speaks
# of extracting only.
# Seen: {sorted: sort(a), plain: a} gives the same list twice, and the handler gets
# ["a","b","c"] for the event's ["c","a","b"].
# Way out: sort_by(items, &@), which copies; or search in structuredClone(event).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @aws-lambda-powertools/jmespath@2.36.0 @aws-lambda-powertools/idempotency@2.35.0 jmespath@0.16.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { search } from '@aws-lambda-powertools/jmespath';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';
import jmespath from 'jmespath';

// Nothing is kept: every event is a new one.
class Nothing extends BasePersistenceLayer {
  async _getRecord() { throw new Error('not asked for'); }
  async _putRecord() {}
  async _updateRecord() {}
  async _deleteRecord() {}
}
async function handled(eventKeyJmesPath) {
  const handler = makeIdempotent(async (event) => event.items.join(''), {
    persistenceStore: new Nothing(), config: new IdempotencyConfig({ eventKeyJmesPath }),
  });
  return handler({ items: ['c', 'a', 'b'] }, { getRemainingTimeInMillis: () => 9e4 });
}
const twice = '{sorted: sort(a), plain: a}';
const seen = {
  powertools: JSON.stringify(search(twice, { a: [3, 1, 2] })),
  jmespath: JSON.stringify(jmespath.search({ a: [3, 1, 2] }, twice)),
  reversed: JSON.stringify(search('[reverse(a), a]', { a: [3, 1, 2] })),
  handlerAfterSort: await handled('sort(items)'),
  handlerAfterSortBy: await handled('sort_by(items, &@)'),
};
console.log(seen);
const holds = seen.powertools === '{"sorted":[1,2,3],"plain":[1,2,3]}' && seen.jmespath === '{"sorted":[1,2,3],"plain":[3,1,2]}'
  && seen.reversed === '[[2,1,3],[2,1,3]]' && seen.handlerAfterSort === 'abc' && seen.handlerAfterSortBy === 'cab';
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
POWERTOOLS_DEV='' AWS_LAMBDA_FUNCTION_NAME=f node t.mjs
