// Makes the calls on standard input with the AWS SDK for JavaScript of the
// folder that the command line names, and prints what they gave.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(path.join(process.argv[2], 'here.js'));
const services = { lambda: require('@aws-sdk/client-lambda'), sts: require('@aws-sdk/client-sts') };
const clients = {
  lambda: new services.lambda.LambdaClient({ maxAttempts: 1 }),
  sts: new services.sts.STSClient({ maxAttempts: 1 }),
};

const blobs = new Set(['ZipFile', 'Payload']);
const reviver = (key, value) => (blobs.has(key) && typeof value === 'string' ? Buffer.from(value, 'base64') : value);

function plain(value) {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return value;
}

async function call({ Service, Operation, Input }) {
  const Command = services[Service][`${Operation}Command`];
  try {
    const { $metadata, ...output } = await clients[Service].send(new Command(Input));
    return { Output: plain(output), Status: $metadata.httpStatusCode };
  } catch (error) {
    // STS has codes on the wire that the classes do not have for a name.
    return { Error: error.Code ?? error.name, Message: error.message, Status: error.$metadata?.httpStatusCode };
  }
}

const calls = JSON.parse(fs.readFileSync(0, 'utf8'), reviver);
const results = [];
for (const one of calls) results.push(await call(one));
Object.values(clients).forEach((client) => client.destroy());
process.stdout.write(JSON.stringify(results));
