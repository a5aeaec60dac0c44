// Handlers of the child requirements.
import { withDurableExecution } from '@aws/durable-execution-sdk-js';
import { fail, once, sleep, tries, upTo, upper } from './tries.mjs';

const durable = withDurableExecution;
const give = (value) => async () => value;

export const r3_1 = durable((event, context) => context.runInChildContext((child) => child.step(give(event))));
export const r3_2 = durable((event, context) => context.runInChildContext(event.name, (child) => child.step(give(event.value))));
export const r3_3 = durable((event, context) => context.runInChildContext('two steps', async (child) => {
  const first = await child.step(give(event));
  return child.step(give(first));
}));
export const r3_4 = durable((event, context) => context.runInChildContext('failing', (child) => child.step(async () => fail(), once)));
export const r3_5 = durable(async (event, context) => {
  try {
    await context.runInChildContext((child) => child.step(async () => fail(), once));
  } catch {
    return context.step(give(event));
  }
  return 'not reached';
});
export const r3_6 = durable((event, context) => context.runInChildContext('outer', async (outer) => {
  await outer.step(give(event));
  return outer.runInChildContext('inner', (inner) => inner.step(give(event)));
}));
export const r3_7 = durable((event, context) => context.runInChildContext('retrying', (child) => child.step(async () => {
  if (tries(context) < 2) fail();
  return event;
}, upTo(3))));
export const r3_8 = durable((event, context) => context.runInChildContext('exhausted', (child) => child.step(async () => fail(), upTo(2))));
export const r3_9 = durable(async (event, context) => {
  const value = await context.runInChildContext((child) => child.step(give(event)));
  await context.wait({ seconds: 1 });
  return value;
});
export const r3_10 = durable((event, context) => context.runInChildContext('mixed', async (child) => {
  const value = await child.step(give(event));
  await child.wait({ seconds: 1 });
  return value;
}));
export const r3_11 = durable(async (event, context) => {
  context.configureLogger({ modeAware: false });
  const large = await context.runInChildContext('large', async (child) => {
    child.configureLogger({ modeAware: false });
    child.logger.info(`child body for ${event}`);
    const small = await child.step(give('x'));
    return small.repeat(300 * 1024);
  });
  await context.wait({ seconds: 1 });
  return large.length;
});
export const r3_12 = durable((event, context) => context.runInChildContext((child) => child.step(async () => {
  if (tries(context) < 2) {
    await sleep(3000); // until the start is checkpointed, also on a busy machine
    process.exit(1);
  }
  return event;
})));
export const r3_13 = durable(async (event, context) => {
  await context.runInChildContext('waiting', async (child) => {
    await child.wait({ seconds: 1 });
    return event;
  });
  return context.step(give(event));
});
export const r3_14 = durable((event, context) => context.runInChildContext('upper', (child) => child.step(give(event)), { serdes: upper }));
export const r3_15 = durable((event, context) => context.runInChildContext('throwing', async () => fail()));
export const r3_16 = durable((event, context) => context.runInChildContext('nothing', async () => null));
export const r3_17 = durable(async (event, context) => {
  context.configureLogger({ modeAware: false });
  const value = await context.runInChildContext('logging', async (child) => {
    child.logger.info(`child body for ${event}`);
    return event;
  });
  await context.wait({ seconds: 1 });
  return value;
});
export const r3_18 = durable(async (event, context) => {
  const value = await context.runInChildContext('mixed', async (child) => {
    const inner = await child.step(give(event));
    await child.wait({ seconds: 1 });
    return inner;
  });
  await context.step(give(value));
  await context.wait({ seconds: 1 });
  return value;
});
