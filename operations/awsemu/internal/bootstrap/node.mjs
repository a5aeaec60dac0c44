// Runs the handler that _HANDLER names (FILE.EXPORT) for the invocations that
// the Lambda Runtime API gives out. A handler is async, or takes a callback, or
// is made by awslambda.streamifyResponse.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const base = '/2018-06-01/runtime/';
const streaming = Symbol('streaming');

globalThis.awslambda = {
  streamifyResponse: (handler) => Object.assign(handler, { [streaming]: true }),
  HttpResponseStream: { from: (stream) => stream },
};

function open(method, where, headers, done) {
  return http.request({ host, port, agent, method, path: base + where, headers }, done);
}

function send(method, where, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const request = open(method, where, { ...headers, ...length }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

function describe(error) {
  if (!(error instanceof Error)) {
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  }
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') };
}

function report(where, error) {
  const told = describe(error);
  return send('POST', where, JSON.stringify(told), { 'Lambda-Runtime-Function-Error-Type': told.errorType });
}

function named(kind, message) {
  return Object.assign(new Error(message), { name: kind });
}

async function load() {
  const text = process.env._HANDLER;
  const dot = text.indexOf('.', text.lastIndexOf('/') + 1);
  if (dot < 0) throw named('Runtime.MalformedHandlerName', 'Bad handler: expected FILE.EXPORT');
  const stem = path.resolve(process.env.LAMBDA_TASK_ROOT, text.slice(0, dot));
  const file = ['.mjs', '.js', '.cjs'].map((end) => stem + end).find((name) => fs.existsSync(name));
  if (!file) throw named('Runtime.ImportModuleError', `Cannot find module '${text.slice(0, dot)}'`);
  const module = await import(pathToFileURL(file).href);
  const names = text.slice(dot + 1).split('.');
  const find = (from) => names.reduce((value, name) => value?.[name], from);
  const handler = find(module) ?? find(module.default);
  if (typeof handler !== 'function') {
    throw named('Runtime.HandlerNotFound', `${text} is undefined or not exported`);
  }
  return handler;
}

function context(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  const env = process.env;
  const clientContext = headers['lambda-runtime-client-context'];
  return {
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: clientContext && JSON.parse(clientContext),
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

function call(handler, event, about) {
  return new Promise((resolve, reject) => {
    const callback = (error, value) => (error ? reject(error) : resolve(value));
    about.succeed = resolve;
    about.fail = reject;
    about.done = callback;
    const value = handler(event, about, callback);
    if (typeof value?.then === 'function') value.then(resolve, reject);
    else if (handler.length < 3 && value !== undefined) resolve(value);
    else if (handler.length < 2) resolve(value);
  });
}

function stream(handler, event, about, where) {
  return new Promise((resolve, reject) => {
    const headers = {
      'Lambda-Runtime-Function-Response-Mode': 'streaming',
      'Transfer-Encoding': 'chunked',
      Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
    };
    const request = open('POST', where, headers, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    request.on('error', reject);
    request.setContentType = () => {};
    Promise.resolve()
      .then(() => handler(event, request, about))
      .catch((error) => {
        const told = describe(error);
        request.addTrailers({
          'Lambda-Runtime-Function-Error-Type': told.errorType,
          'Lambda-Runtime-Function-Error-Body': Buffer.from(JSON.stringify(told)).toString('base64'),
        });
      })
      .finally(() => request.writableEnded || request.end());
  });
}

async function serve(handler) {
  const next = await send('GET', 'invocation/next');
  const id = next.headers['lambda-runtime-aws-request-id'];
  if (id === undefined) process.exit(0);
  const about = context(next.headers);
  try {
    const event = JSON.parse(next.body.toString('utf8'));
    if (handler[streaming]) {
      await stream(handler, event, about, `invocation/${id}/response`);
      return;
    }
    const value = await call(handler, event, about);
    await send('POST', `invocation/${id}/response`, JSON.stringify(value) ?? 'null');
  } catch (error) {
    console.error(error);
    await report(`invocation/${id}/error`, error);
  }
}

let handler;
try {
  handler = await load();
} catch (error) {
  console.error(error);
  await report('init/error', error);
  process.exit(1);
}
for (;;) await serve(handler);
