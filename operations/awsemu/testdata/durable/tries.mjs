// Counts what has happened in an execution, across invocations and crashes.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

// tries gives 1 the first time that an execution asks, 2 the second time.
export function tries(context) {
  const arn = context.executionContext.durableExecutionArn;
  const file = path.join(os.tmpdir(), `tries-${createHash('sha256').update(arn).digest('hex')}`);
  fs.appendFileSync(file, '.');
  return fs.statSync(file).size;
}

export const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });

// once never tries again.
export const once = { retryStrategy: () => ({ shouldRetry: false }) };

// upTo tries that often, a second apart.
export const upTo = (most) => ({
  retryStrategy: (_, attempt) => (attempt < most ? { shouldRetry: true, delay: { seconds: 1 } } : { shouldRetry: false }),
});

export const upper = {
  serialize: async (value) => (typeof value === 'string' ? value.toUpperCase() : JSON.stringify(value)),
  deserialize: async (text) => text,
};

export const fail = (text = 'told to fail') => { throw new Error(text); };
