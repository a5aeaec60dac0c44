#!/usr/bin/env bash
# @aws-lambda-powertools/idempotency 2.35.0: a handler that changes its event, as by adding a
# default, is not idempotent. The key is made of the event once before the handler runs and once
# more after it: the answer is kept under another key, and the first record stays in progress.
# The repeat of the event is an error ("already an execution in progress") until the time that
# the first run had is over; then (by the source of the DynamoDB layer) the order runs once more.
# Expected: the package's purpose, "idempotent and safe to retry", and its documentation, where
# the whole event is the key if no eventKeyJmesPath is given; that the event must stay as it
# came is not said. Powertools for Python keeps a deep copy of it for this.
# Seen: the same event twice, for a handler that changes it, one that copies it, and one that
# changes a part that is not in the key.
# Way out: structuredClone(event) as the handler's first line; or an eventKeyJmesPath of what
# the handler does not touch.
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
async function twice(handler, eventKeyJmesPath) {
  const store = new Memory();
  const idempotent = makeIdempotent(handler, { persistenceStore: store, config: new IdempotencyConfig({ eventKeyJmesPath }) });
  const answers = [];
  for (let n = 0; n < 2; n++) {
    const event = { order: 7, lines: ['a'] };
    answers.push(await idempotent(event, { getRemainingTimeInMillis: () => 60_000 }).catch((error) => error.name));
  }
  return `${answers.join(', ')}; ${store.records.size} records`;
}
const changes = async (event) => {
  event.currency ??= 'EUR';
  return 'shipped';
};
const rows = [
  ['changes the event', changes, '', 'shipped, IdempotencyAlreadyInProgressError; 2 records'],
  ['copies it first', async (event) => changes(structuredClone(event)), '', 'shipped, shipped; 1 records'],
  ['key of what stays', changes, 'order', 'shipped, shipped; 1 records'],
];
let holds = true;
for (const [name, handler, path, want] of rows) {
  const got = await twice(handler, path);
  console.log(`${name}: ${got}`);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOF
POWERTOOLS_DEV='' AWS_LAMBDA_FUNCTION_NAME=f node t.mjs
