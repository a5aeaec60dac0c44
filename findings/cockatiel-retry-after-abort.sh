#!/usr/bin/env bash
# cockatiel 4.0.0: a retry that is cancelled while it waits between two attempts is not
# cancelled: it waits the whole backoff and then calls the function once more. The signal
# is looked at only after an attempt has failed, before the wait.
# Expected: the README on retry.execute: "If the function doesn't succeed before the
# backoff ceases or cancellation is requested, the last error thrown will be bubbled up".
# p-retry 7.1.1 stops at the abort, in the middle of its wait.
# Seen: alone, the call comes back when the wait is over, after a second attempt. Inside
# an aggressive timeout the caller has had its TaskCancelledError, and has gone on, when
# the function is called again behind its back; an order may be sent that nobody waits for.
# Way out: signal.throwIfAborted() as the function's first statement. The wait cannot be
# cut short, so keep maxDelay below what a cancelled call may linger.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund cockatiel@4.0.0 p-retry@7.1.1 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { retry, handleAll, ConstantBackoff, TaskCancelledError, timeout, TimeoutStrategy, wrap } from 'cockatiel';
import pRetry from 'p-retry';
const wait = 1500;
const policy = retry(handleAll, { maxAttempts: 1, backoff: new ConstantBackoff(wait) });
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
// run aborts after the first attempt, and tells in which order things happened.
async function run(call, watch) {
  const abort = new AbortController();
  const seen = [];
  const attempt = () => {
    seen.push('attempt');
    setTimeout(() => abort.abort(new Error('cancelled')), 50);
    throw new Error('unavailable');
  };
  abort.signal.addEventListener('abort', () => seen.push('abort'));
  await call(attempt, abort.signal).then(() => seen.push('done'), (err) => seen.push(err instanceof TaskCancelledError ? 'timed out' : err.message));
  if (watch) await sleep(2 * wait);
  return seen.join(', ');
}
const rows = {
  retry: [await run((f, signal) => policy.execute(f, signal)), 'attempt, abort, attempt, unavailable'],
  timeout: [await run((f) => wrap(timeout(500, TimeoutStrategy.Aggressive), policy).execute(f), true), 'attempt, abort, timed out, attempt'],
  'p-retry': [await run((f, signal) => pRetry(f, { retries: 1, minTimeout: wait, signal })), 'attempt, abort, cancelled'],
};
let holds = true;
for (const [name, [got, want]] of Object.entries(rows)) {
  console.log(`${name}: ${got}`);
  holds &&= got === want;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
