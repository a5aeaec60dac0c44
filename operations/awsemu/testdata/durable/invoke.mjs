// Handlers of the invoke requirements, and the functions that they invoke.
import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { fail } from './tries.mjs';

const durable = withDurableExecution;
const echoes = 'echo:$LATEST';
const fails = 'failing:$LATEST';

// A text as the input would be taken for the name of the function where the
// name of the operation is left out.
const call = (context, target, input, config) => context.invoke(undefined, target, input, config);

export const echo = durable(async (event) => event);
export const failing = durable(async () => fail('the target fails'));
export const size = durable(async (event) => ({ received: event.large.length }));

export const r5_1 = durable((event, context) => call(context, echoes, event));
export const r5_2 = durable((event, context) => context.invoke(event.name, echoes, event.payload));
export const r5_3 = r5_1;
export const r5_4 = durable((event, context) => call(context, echoes, null));
export const r5_5 = durable((event, context) => call(context, fails, event));
export const r5_6 = durable(async (event, context) => {
  try {
    return await call(context, fails, event);
  } catch {
    return 'fallback';
  }
});
export const r5_7 = durable((event, context) => call(context, 'size:$LATEST', { large: 'x'.repeat(1000 * 1000) }));
export const r5_8 = durable((event, context) => call(context, 'tenants:$LATEST', event.payload, { tenantId: event.tenantId }));
export const r5_9 = durable(async (event, context) => {
  const value = await call(context, echoes, 'cached');
  await context.wait({ seconds: 1 });
  return value;
});
export const r5_10 = durable(async (event, context) => {
  let value = 'not reached';
  try {
    await call(context, fails, event);
  } catch (error) {
    value = error.name;
  }
  await context.wait({ seconds: 1 });
  return value;
});
export const r5_11 = durable(async (event, context) => {
  const value = await context.step(async () => 'from the step');
  return call(context, echoes, value);
});
export const r5_12 = durable(async (event, context) => {
  const value = await call(context, echoes, 'from the target');
  return context.step(async () => `${value}, and the step`);
});
export const r5_13 = durable((event, context) => context.runInChildContext('invoking', (child) => call(child, echoes, 'in a child')));
export const r5_14 = durable(async (event, context) => {
  const first = await call(context, echoes, 'first');
  const second = await call(context, echoes, 'second');
  return [first, second];
});
export const r5_15 = durable((event, context) => call(context, echoes, event, {
  payloadSerdes: {
    serialize: async (value) => JSON.stringify({ data: value.data.toUpperCase() }),
    deserialize: async (text) => JSON.parse(text),
  },
}));
export const r5_16 = durable(async (event, context) => {
  const value = await call(context, echoes, event, {
    resultSerdes: { serialize: async (v) => JSON.stringify(v), deserialize: async (text) => text.toUpperCase() },
  });
  return value;
});
