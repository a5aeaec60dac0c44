// Handlers of the callback and wait_for_callback requirements.
import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { fail, upTo } from './tries.mjs';

const durable = withDurableExecution;
const submit = async () => {};

export const r4_1 = durable(async (event, context) => {
  const [result] = await context.createCallback(event);
  return result;
});
export const r4_2 = durable(async (event, context) => {
  const [result] = await context.createCallback('approval');
  return result;
});
export const r4_3 = durable(async (event, context) => {
  const [result] = await context.createCallback(event, { timeout: { seconds: 5 } });
  return result;
});
export const r4_4 = durable(async (event, context) => {
  const [result] = await context.createCallback(event, { heartbeatTimeout: { seconds: 5 } });
  return result;
});
export const r4_5 = durable(async (event, context) => {
  const [result] = await context.createCallback(event, { heartbeatTimeout: { seconds: 10 } });
  return result;
});
export const r4_6 = r4_1;
export const r4_7 = durable(async (event, context) => {
  const [result] = await context.createCallback(event);
  await context.step(async () => 'between');
  return result;
});
export const r4_8 = durable(async (event, context) => {
  const [result] = await context.createCallback(event, { timeout: { seconds: 5 } });
  await context.step(async () => 'between');
  return result;
});
export const r4_9 = durable(async (event, context) => {
  const [result] = await context.createCallback(event);
  await context.wait({ seconds: 5 });
  return result;
});
export const r4_10 = r4_9;
export const r4_11 = durable(async (event, context) => {
  const [result] = await context.createCallback(event, { timeout: { seconds: 3 } });
  await context.wait({ seconds: 6 });
  return result;
});
export const r4_12 = durable(async (event, context) => {
  const [result] = await context.createCallback(event);
  const value = await result;
  await context.wait({ seconds: 2 });
  return value;
});

const caught = (config) => durable(async (event, context) => {
  const [result] = await context.createCallback(event, config);
  let message = 'not reached';
  try {
    await result;
  } catch (error) {
    message = error.message;
  }
  await context.wait({ seconds: 2 });
  return message;
});

export const r4_13 = caught();
export const r4_14 = caught({ timeout: { seconds: 3 } });
export const r4_15 = durable(async (event, context) => {
  const [result] = await context.createCallback(event, {
    serdes: {
      deserialize: async (text) => {
        const value = JSON.parse(text);
        return { ...value, timestamp: Date.parse(value.timestamp) / 1000 };
      },
    },
  });
  return { received: await result };
});
export const r4_16 = durable(async (event, context) => {
  const [result] = await context.createCallback(event, { serdes: { deserialize: async (text) => Number(text) } });
  const count = await result;
  return { count, doubled: 2 * count };
});
export const r4_17 = durable(async ([a, b], context) => {
  const [first] = await context.createCallback(a);
  const one = await first;
  const [second] = await context.createCallback(b);
  return [one, await second];
});
export const r4_18 = durable(async ([a, b], context) => {
  const [first] = await context.createCallback(a);
  const [second] = await context.createCallback(b);
  return [await first, await second];
});
export const r4_19 = durable(async ([a, b], context) => {
  const [first] = await context.createCallback(a);
  const [second] = await context.createCallback(b);
  const two = await second;
  return [await first, two];
});

export const r7_1 = durable((event, context) => context.waitForCallback(event, submit));
export const r7_2 = durable((event, context) => context.waitForCallback('approval', submit));
export const r7_3 = durable((event, context) => context.waitForCallback(async () => {}));
export const r7_4 = r7_1;
export const r7_5 = durable((event, context) => context.waitForCallback(event, submit, { timeout: { seconds: 3 } }));
export const r7_6 = durable(async (event, context) => {
  try {
    return await context.waitForCallback(event, submit);
  } catch {
    return 'recovered';
  }
});
export const r7_7 = durable((event, context) => context.waitForCallback(event, async () => fail(), upTo(2)));
export const r7_8 = durable((event, context) => context.runInChildContext('wrapper', (child) => child.waitForCallback(event, submit)));
export const r7_9 = durable(async (event, context) => {
  await context.waitForCallback('first', submit);
  return context.waitForCallback('second', submit);
});
export const r7_10 = durable(async (event, context) => {
  await context.wait({ seconds: 1 });
  await context.step(async () => ({ fixed: 'data' }));
  return context.waitForCallback(event, submit);
});
export const r7_11 = durable(async (event, context) => {
  const value = await context.waitForCallback(event, submit, { serdes: { deserialize: async (text) => JSON.parse(text) } });
  return value.status;
});
export const r7_12 = durable((event, context) => context.waitForCallback(event, submit, { heartbeatTimeout: { seconds: 5 } }));
export const r7_13 = durable((event, context) => context.waitForCallback(event, submit, { heartbeatTimeout: { seconds: 10 } }));
export const r7_14 = durable(async (event, context) => {
  try {
    return await context.waitForCallback(event, submit, { timeout: { seconds: 3 } });
  } catch {
    return 'timed-out-handled';
  }
});
export const r7_15 = r7_1;
