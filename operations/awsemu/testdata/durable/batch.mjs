// Handlers of the parallel and map requirements.
import { NestingType, withDurableExecution } from '@aws/durable-execution-sdk-js';
import { fail } from './tries.mjs';

const durable = withDurableExecution;
const give = (value) => async () => value;
const broken = async () => fail();
const one = { maxConcurrency: 1 };
const pick = (batch, ...names) => Object.fromEntries(names.map((name) => [name, batch[name]]));
const whole = (batch) => pick(batch, 'completionReason', 'status', 'successCount', 'failureCount', 'totalCount');
const counts = (batch) => pick(batch, 'completionReason', 'successCount', 'failureCount', 'totalCount');
const results = (batch) => batch.getResults();

// parallel makes a handler of branches; map makes one of a function and items,
// which are the event where none are given.
const parallel = (name, branches, config, then = results) => durable(async (event, context) => then(await context.parallel(name, branches, { ...one, ...config })));
const map = (name, func, items, config, then = results) => durable(async (event, context) => then(await context.map(name, items ?? event, func, { ...one, ...config })));
const completion = (config) => ({ completionConfig: config });

export const r8_1 = parallel('parallel', [(c) => c.step(give('task-1')), (c) => c.step(give('task-2'))]);
export const r8_2 = durable(async (event, context) => results(await context.parallel([give('alpha'), give('beta')], one)));
export const r8_3 = parallel('named', [{ name: 'first', func: give('one') }, { name: 'second', func: give('two') }]);
export const r8_4 = parallel('types', [give('hello'), give(42), give({ k: 'v' })]);
export const r8_5 = parallel('empty', []);
export const r8_6 = parallel('fail-fast', [give('ok'), broken, give('never')], completion({ toleratedFailureCount: 0 }), whole);
export const r8_7 = parallel('rethrow', [broken, give('never')], completion({ toleratedFailureCount: 0 }), (batch) => {
  batch.throwIfError();
  return 'not reached';
});
export const r8_8 = parallel('enough', [give('a'), give('b'), give('c'), give('d')], completion({ minSuccessful: 2 }),
  (batch) => pick(batch, 'completionReason', 'successCount', 'totalCount'));
export const r8_9 = parallel('tolerant', [give('a'), broken, give('c')], completion({ toleratedFailureCount: 1 }), whole);
export const r8_10 = parallel('exceeded', [broken, broken, give('never')], completion({ toleratedFailureCount: 1 }), counts);
export const r8_11 = parallel('two at once', [give('r0'), give('r1'), give('r2')], { maxConcurrency: 2 });
export const r8_12 = parallel('flat', [(c) => c.step(give('fa')), (c) => c.step(give('fb'))], { nesting: NestingType.FLAT });
export const r8_13 = parallel('percentage', [broken, broken, give('c'), give('d')], completion({ toleratedFailurePercentage: 25 }), counts);
export const r8_14 = parallel('waiting', [(c) => c.step(give('b0')), async (c) => {
  await c.wait({ seconds: 2 });
  return 'b1';
}]);
export const r8_15 = parallel('wrapped', [give('x'), give('y')], {
  itemSerdes: { serialize: async (v) => JSON.stringify({ wrapped: v }), deserialize: async (text) => JSON.parse(text).wrapped },
});
export const r8_16 = parallel('all fail', [broken, broken, broken], completion({ toleratedFailureCount: 3 }), whole);
export const r8_17 = parallel('not enough', [give('a'), broken, give('c')], completion({ minSuccessful: 3 }), whole);
export const r8_18 = parallel('both', [broken, broken, give('c'), give('d')], completion({ minSuccessful: 3, toleratedFailureCount: 1 }), counts);
export const r8_19 = parallel('bad-concurrency', [give('a'), give('b')], { maxConcurrency: 0 });
export const r8_20 = parallel('accessors', [give('a'), broken, give('c')], completion({ toleratedFailureCount: 1 }), (batch) => ({
  hasFailure: batch.hasFailure, successCount: batch.succeeded().length, failureCount: batch.failed().length, errorCount: batch.getErrors().length,
}));
export const r8_21 = parallel('outer', [async (c) => results(await c.parallel('inner', [(d) => d.step(give('i1')), (d) => d.step(give('i2'))], one))]);
export const r8_22 = parallel('at the edge', [broken, give('b'), give('c'), give('d')], completion({ toleratedFailurePercentage: 25 }), whole);

const item = async (c, value) => value;
const failAt = (...bad) => async (c, value, i) => (bad.includes(i) ? fail() : value);
const upperItem = async (c, value) => value.toUpperCase();
const operationSerdes = {
  serialize: async (batch) => `OPSERDE:${batch.getResults().join(',')}`,
  deserialize: async (text) => {
    const list = text.slice('OPSERDE:'.length).split(',');
    return { getResults: () => list };
  },
};
const thenWait = (name, func, items, config, then = results) => durable(async (event, context) => {
  const batch = await context.map(name, items, func, { ...one, ...config });
  await context.wait({ seconds: 1 });
  return then(batch);
});

export const r9_1 = map('map', (c, name) => c.step(give(`Hello, ${name}!`)));
export const r9_2 = durable(async (event, context) => results(await context.map(event, async (c, n) => 2 * n, one)));
export const r9_3 = map('indices', async (c, n, i) => n + i);
export const r9_4 = map('empty', item);
export const r9_5 = map('fail-fast', failAt(1), ['ok', 'bad', 'never'], completion({ toleratedFailureCount: 0 }), whole);
export const r9_6 = map('rethrow', failAt(0), ['bad', 'never'], completion({ toleratedFailureCount: 0 }), (batch) => {
  batch.throwIfError();
  return 'not reached';
});
export const r9_7 = map('enough', item, ['a', 'b', 'c', 'd'], completion({ minSuccessful: 2 }), (batch) => pick(batch, 'completionReason', 'successCount', 'totalCount'));
export const r9_8 = map('tolerant', failAt(1), ['a', 'b', 'c'], completion({ toleratedFailureCount: 1 }), whole);
export const r9_9 = map('exceeded', failAt(0, 1), ['a', 'b', 'c'], completion({ toleratedFailureCount: 1 }), counts);
export const r9_10 = map('percentage', failAt(0, 1), ['a', 'b', 'c', 'd'], completion({ toleratedFailurePercentage: 25 }), counts);
export const r9_11 = map('two at once', item, ['r0', 'r1', 'r2'], { maxConcurrency: 2 });
export const r9_12 = map('flat', (c, value) => c.step(give(value)), ['fa', 'fb'], { nesting: NestingType.FLAT });
export const r9_13 = map('named-items', async (c, n) => n * 10, undefined, { itemNamer: (n) => `item-${n}` });
export const r9_14 = map('wrapped', upperItem, ['x', 'y'], {
  itemSerdes: { serialize: async (v) => `wrapped:${v}`, deserialize: async (text) => text.slice('wrapped:'.length) },
});
export const r9_15 = map('waiting', async (c, value, i) => {
  if (i > 0) await c.wait({ seconds: 1 });
  return c.step(give(value));
}, ['r0', 'r1']);
export const r9_16 = map('large', async () => 'x'.repeat(70 * 1024), [0, 1, 2, 3], {}, (batch) => pick(batch, 'successCount', 'totalCount'));
export const r9_17 = thenWait('then wait', upperItem, ['a', 'b']);
export const r9_18 = thenWait('failed, then wait', failAt(1), ['ok', 'bad'], completion({ toleratedFailureCount: 1 }), whole);
export const r9_19 = map('operation', upperItem, ['x', 'y'], { serdes: operationSerdes });
export const r9_20 = thenWait('operation, then wait', upperItem, ['x', 'y'], { serdes: operationSerdes });
