#!/usr/bin/env bash
# @aws-lambda-powertools/idempotency 2.35.0: where eventKeyJmesPath is a list or an object, as in
# '[user, order]', events that have none of its fields all have one key: the second one is not
# handled, but answered with what the first one's handler gave. A single path, 'order', lets both
# run. The log says "No value found for idempotency_key" in front of the wrong answer.
# Expected: the documentation of throwOnNoIdempotencyKey (false by default): if no key is found
# "the request will continue without idempotency". [null, null] is no key to the check behind that
# log line, but it is one to the check that lets a request go on without.
# Seen: two events of other kinds, without user and order, by three expressions and by
# throwOnNoIdempotencyKey.
# Way out: throwOnNoIdempotencyKey: true, which finds them; or "(user && order) && [user, order]".
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @aws-lambda-powertools/idempotency@2.35.0 >/dev/null 2>&1
cat >t.mjs <<'EOF'
import { IdempotencyConfig, IdempotencyItemAlreadyExistsError, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { BasePersistenceLayer, IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';

class Memory extends BasePersistenceLayer {
  records = new Map();
  async _getRecord(key) { return this.records.get(key); }
  async _putRecord(record) {
    const old = this.records.get(record.idempotencyKey);
    if (old) throw new IdempotencyItemAlreadyExistsError('there', old);
    this.records.set(record.idempotencyKey, record);
  }
  async _updateRecord(record) { this.records.set(record.idempotencyKey, new IdempotencyRecord({ ...record, status: 'COMPLETED' })); }
  async _deleteRecord(record) { this.records.delete(record.idempotencyKey); }
}
async function two(options) {
  const idempotent = makeIdempotent(async (event) => `did ${event.type}`, {
    persistenceStore: new Memory(), config: new IdempotencyConfig(options),
  });
  const answers = [];
  for (const type of ['refund', 'cancel']) {
    answers.push(await idempotent({ type }, { getRemainingTimeInMillis: () => 60_000 }).catch((error) => error.message));
  }
  return answers.join(', ');
}
console.warn = () => {};
const rows = [
  [{ eventKeyJmesPath: 'order' }, 'did refund, did cancel'],
  [{ eventKeyJmesPath: '[user, order]' }, 'did refund, did refund'],
  [{ eventKeyJmesPath: '{user: user, order: order}' }, 'did refund, did refund'],
  [{ eventKeyJmesPath: '(user && order) && [user, order]' }, 'did refund, did cancel'],
];
let holds = true;
for (const [options, want] of rows) {
  const got = await two(options);
  console.log(`${options.eventKeyJmesPath}: ${got}`);
  holds &&= got === want;
}
const strict = await two({ eventKeyJmesPath: '[user, order]', throwOnNoIdempotencyKey: true });
console.log(`throwOnNoIdempotencyKey: ${strict}`);
holds &&= !strict.includes('did');
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOF
POWERTOOLS_DEV='' AWS_LAMBDA_FUNCTION_NAME=f node t.mjs
