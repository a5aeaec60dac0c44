// Handlers of the wait_for_condition requirements.
import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { fail } from './tries.mjs';

const durable = withDurableExecution;
const until = (done, seconds = 1) => (state) => (done(state) ? { shouldContinue: false } : { shouldContinue: true, delay: { seconds } });
const next = async (n) => n + 1;

const count = (from, name, seconds) => durable((event, context) => context.waitForCondition(name, next, {
  initialState: from, waitStrategy: until((n) => n >= event, seconds),
}));

export const r6_1 = count(0);
export const r6_2 = durable((event, context) => context.waitForCondition(async (n) => n, { initialState: 5, waitStrategy: until((n) => n >= 5) }));
export const r6_3 = count(0, 'poll-status');
export const r6_4 = count(5);
export const r6_5 = count(0, undefined, 2);
export const r6_6 = durable((event, context) => context.waitForCondition(next, {
  initialState: 0,
  waitStrategy: (state, attempt) => (attempt < 3 ? { shouldContinue: true, delay: { seconds: 1 } } : fail('max attempts exceeded')),
}));
export const r6_7 = durable((event, context) => context.waitForCondition(async () => fail(), { initialState: 0, waitStrategy: until(() => true) }));
export const r6_8 = durable(async (event, context) => {
  try {
    return await context.waitForCondition(async () => fail(), { initialState: 0, waitStrategy: until(() => true) });
  } catch {
    return 'recovered';
  }
});
export const r6_9 = durable((event, context) => context.waitForCondition(async ({ attempts }) => (
  attempts + 1 < 2 ? { status: 'PENDING', attempts: attempts + 1 } : { status: 'DONE', attempts: attempts + 1 }
), { initialState: { status: 'PENDING', attempts: 0 }, waitStrategy: until((state) => state.status !== 'PENDING') }));
export const r6_10 = durable((event, context) => context.waitForCondition(async () => null, { initialState: null, waitStrategy: until(() => true) }));
export const r6_11 = durable((event, context) => context.waitForCondition(async (text) => `${text}x`, {
  initialState: '',
  waitStrategy: until((text) => text.length >= 2),
  serdes: { serialize: async (text) => `state:${text}`, deserialize: async (text) => text.slice('state:'.length) },
}));
export const r6_12 = durable(async (event, context) => {
  const n = await context.waitForCondition(next, { initialState: 0, waitStrategy: until((v) => v >= event) });
  return context.step(async () => n * 10);
});
export const r6_13 = durable(async (event, context) => {
  const first = await context.waitForCondition(next, { initialState: 0, waitStrategy: until((v) => v >= 2) });
  return context.waitForCondition(next, { initialState: first, waitStrategy: until((v) => v >= 4) });
});
