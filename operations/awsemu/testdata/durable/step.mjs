// Handlers of the step and wait requirements, one for each: r1_1 is of 1-1.
import { JitterStrategy, StepSemantics, createRetryStrategy, withDurableExecution } from '@aws/durable-execution-sdk-js';
import { fail, once, sleep, tries, upTo, upper } from './tries.mjs';

const durable = withDurableExecution;

export const r1_1 = durable((event, context) => context.step(async () => `Hello, ${event}!`));
export const r1_2 = durable((event, context) => context.step('custom_step_name', async () => `Hello, ${event}!`));
export const r1_3 = durable(async (event, context) => {
  const first = await context.step(async () => 'first');
  return context.step(async () => `${first}_second`);
});
export const r1_4 = durable((event, context) => context.step(async () => ({ user: { name: event.name, tags: event.tags }, count: event.tags.length })));
export const r1_5 = durable((event, context) => context.step(async () => null));
export const r1_6 = durable((event, context) => context.step(async () => event, { serdes: upper }));
export const r1_7 = durable((event, context) => context.step(async (step) => {
  step.logger.info(`Greeting step started for: ${event}`);
  const greeting = `Hello, ${event}!`;
  step.logger.info(`Greeting step completed with: ${greeting}`);
  return greeting;
}));
export const r1_8 = durable(async (event, context) => {
  const computed = await context.step(async () => 'computed');
  await context.wait({ seconds: 2 });
  return computed;
});
export const r1_9 = durable(async (event, context) => {
  const cached = await context.step(async () => {
    console.log('step executed');
    return 'cached_value';
  });
  await context.wait({ seconds: 1 });
  return cached;
});
export const r1_10 = durable(async (event, context) => {
  try {
    await context.step(async () => {
      console.log('step executed');
      fail();
    }, once);
  } catch (error) {
    await context.wait({ seconds: 1 });
    return `caught ${error.name}`;
  }
  return 'not reached';
});
export const r1_11 = durable((event, context) => context.step(async () => {
  if (tries(context) < 2) fail();
  return 'Operation succeeded';
}, upTo(3)));
export const r1_12 = durable((event, context) => context.step(async () => fail(), upTo(4)));
export const r1_13 = durable((event, context) => context.step(async () => {
  if (tries(context) < 3) fail();
  return 'done';
}));
export const r1_14 = durable((event, context) => context.step(async () => {
  if (tries(context) < 3) fail();
  return 'done';
}, { retryStrategy: createRetryStrategy({ maxAttempts: 5, initialDelay: { seconds: 2 }, backoffRate: 3, jitter: JitterStrategy.NONE }) }));

class TransientError extends Error {
  name = 'TransientError';
}

export const r1_15 = durable((event, context) => context.step(async () => {
  if (tries(context) < 2) throw new TransientError('for now');
  return 'done';
}, { retryStrategy: (error, attempt) => ({ shouldRetry: error instanceof TransientError && attempt < 3, delay: { seconds: 1 } }) }));
export const r1_16 = durable((event, context) => context.step(async () => {
  throw new TransientError('for now');
}, { retryStrategy: (error) => ({ shouldRetry: !(error instanceof TransientError), delay: { seconds: 1 } }) }));
export const r1_17 = durable((event, context) => context.step('at_most_once_flaky_step', async (step) => {
  step.logger.info(`flaky step for ${event}`);
  process.exit(1);
}, { ...once, semantics: StepSemantics.AtMostOncePerRetry }));
export const r1_18 = durable((event, context) => context.step(async (step) => {
  step.logger.info(`flaky step for ${event}`);
  if (tries(context) < 2) process.exit(1);
  return 'succeeded on second attempt';
}, { ...upTo(3), semantics: StepSemantics.AtMostOncePerRetry }));
export const r1_19 = durable((event, context) => context.step(async () => fail(), once));
export const r1_20 = durable(async (event, context) => {
  let value = 'not reached';
  try {
    await context.step(async () => fail(), once);
  } catch {
    value = 'fallback_result';
  }
  return context.step(async () => value);
});

export const r2_1 = durable(async (event, context) => { await context.wait({ seconds: 2 }); });
export const r2_2 = durable(async (event, context) => { await context.wait('custom_wait_name', { seconds: 2 }); });
export const r2_3 = durable(async (event, context) => {
  await context.wait('wait-1', { seconds: 2 });
  await context.wait('wait-2', { seconds: 2 });
  return { completedWaits: 2 };
});
export const r2_4 = durable(async (event, context) => { await context.wait({ minutes: 1 }); });
export const r2_5 = durable(async (event, context) => { await context.wait({ hours: 1 }); });

// More for tests of this package: a step with a side effect that can be counted.
export const effects = durable(async (event, context) => {
  for (let i = 0; i < event.steps; i++) {
    await context.step(`s${i}`, async () => {
      await sleep(event.ms ?? 0);
      return i;
    });
  }
  return event.steps;
});
