// Runs the handler that _HANDLER names (FILE.EXPORT) for the invocations that
// the Lambda Runtime API gives out, as the runtime of AWS does: a handler is
// async, or takes a callback, or is made by awslambda.streamifyResponse.
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import util from 'node:util';
import { pathToFileURL } from 'node:url';

const env = process.env;
const base = '/2018-06-01/runtime/';
const streaming = Symbol('streaming');
const json = { parse: JSON.parse, stringify: JSON.stringify };
const later = setImmediate;

// The Runtime API is spoken over a socket of our own: handlers replace
// http.request and what lies below it, which must not concern us.
class Api {
  constructor(address) {
    const at = address.lastIndexOf(':');
    this.address = address;
    this.waiting = [];
    this.data = Buffer.alloc(0);
    this.socket = net.connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)) });
    this.socket.setNoDelay(true);
    this.socket.on('data', (part) => {
      this.data = Buffer.concat([this.data, part]);
      this.read();
    });
    for (const end of ['error', 'close']) this.socket.on(end, () => process.exit(this.waiting.length > 0 ? 0 : undefined));
  }

  // read takes whole answers out of what has come.
  read() {
    for (;;) {
      const end = this.data.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [status, ...lines] = this.data.subarray(0, end).toString('latin1').split('\r\n');
      const headers = {};
      for (const line of lines) {
        const colon = line.indexOf(':');
        headers[line.slice(0, colon).toLowerCase()] = Buffer.from(line.slice(colon + 1).trim(), 'latin1').toString('utf8');
      }
      const length = Number(headers['content-length'] ?? 0);
      if (this.data.length < end + 4 + length) return;
      const body = this.data.subarray(end + 4, end + 4 + length);
      this.data = this.data.subarray(end + 4 + length);
      this.waiting.shift()?.({ status: Number(status.split(' ')[1]), headers, body });
    }
  }

  head(method, where, headers) {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    this.socket.write(`${method} ${base}${where} HTTP/1.1\r\nHost: ${this.address}\r\n${lines}\r\n`);
  }

  answer() {
    this.socket.ref();
    return new Promise((done) => { this.waiting.push(done); });
  }

  send(method, where, body = '', headers = {}) {
    this.head(method, where, { ...headers, 'Content-Length': Buffer.byteLength(body) });
    if (body.length > 0) this.socket.write(body);
    return this.answer();
  }

  chunk(part, done) {
    this.socket.write(`${part.length.toString(16)}\r\n`);
    this.socket.write(part);
    return this.socket.write('\r\n', done);
  }

  trail(trailers) {
    const lines = Object.entries(trailers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
    this.socket.write(`0\r\n${lines}\r\n`);
    return this.answer();
  }
}

const api = new Api(env.AWS_LAMBDA_RUNTIME_API);
let request; // the id of the invocation under way

// Logs, as AWS writes them.
const asJSON = env.AWS_LAMBDA_LOG_FORMAT === 'JSON';
const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
const least = levels.indexOf(env.AWS_LAMBDA_LOG_LEVEL ?? 'TRACE');

function write(level, args) {
  if (asJSON && levels.indexOf(level) < least) return;
  const time = new Date().toISOString();
  if (!asJSON) {
    process.stdout.write(`${time}\t${request}\t${level}\t${util.format(...args)}\n`);
    return;
  }
  const line = { timestamp: time, level, requestId: request };
  const error = args.find((one) => one instanceof Error);
  line.message = args.length === 1 && !(error && args[0] === error) ? args[0] : util.format(...args);
  if (error) Object.assign(line, { errorType: error.name, errorMessage: error.message, stackTrace: (error.stack ?? '').split('\n').slice(1) });
  let text;
  try {
    text = json.stringify(line);
  } catch {
    text = json.stringify({ ...line, message: util.format(...args) });
  }
  process.stdout.write(`${text}\n`);
}

for (const [name, level] of [['trace', 'TRACE'], ['debug', 'DEBUG'], ['info', 'INFO'], ['log', 'INFO'], ['warn', 'WARN'], ['error', 'ERROR'], ['fatal', 'FATAL']]) {
  console[name] = (...args) => write(level, args);
}

// describe is an error as the Runtime API gets it.
function describe(error) {
  const plain = (text) => text?.replace(/\x7F/g, '%7F');
  try {
    if (util.types.isNativeError(error) || (error?.name && error.message && error.stack)) {
      return { errorType: plain(error.name), errorMessage: plain(error.message), trace: plain(error.stack ?? '').split('\n') };
    }
    return { errorType: typeof error, errorMessage: error.toString(), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage: 'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
      trace: [],
    };
  }
}

function logged(what, told, error) {
  const line = { ...told, stack: told.trace, ...(util.types.isNativeError(error) ? { ...error } : {}) };
  delete line.trace;
  if (asJSON) {
    write('ERROR', [line]);
    return;
  }
  write('ERROR', [`${what} \t${json.stringify(line)}`]);
}

// A name need not be one that a header can hold.
const nameable = (kind) => (/^[\x21-\x7e][\x20-\x7e]*$/.test(kind ?? '') ? kind : 'Error');

function report(where, told) {
  return api.send('POST', where, json.stringify(told), {
    'Content-Type': 'application/json',
    'Lambda-Runtime-Function-Error-Type': nameable(told.errorType),
  });
}

function named(kind, message, stack) {
  const error = Object.assign(new Error(message), { name: kind });
  if (stack) error.stack = stack;
  return error;
}

// missing says what to do about a package that AWS brings along.
function missing(error) {
  const found = /Cannot find (?:package|module) '(@(?:aws-sdk|smithy)\/[^']+)'/.exec(error?.message ?? '');
  if (!found) return undefined;
  return `${found[1]} is not installed. AWS has it in its runtime for Node, the emulator does not: install it into the function's code or a layer.`;
}

// Errors that nobody caught end the process, with their own type.
async function die(kind, status, error) {
  const told = kind ? { errorType: kind, errorMessage: String(error?.stack ? `${error.name}: ${error.message}` : error), trace: describe(error).trace, reason: describe(error) } : describe(error);
  logged(kind ? 'Unhandled Promise Rejection' : 'Uncaught Exception', told, error);
  await report(request === undefined ? 'init/error' : `invocation/${request}/error`, told);
  process.exit(status);
}

process.on('uncaughtException', (error) => { die(undefined, 129, error); });
process.on('unhandledRejection', (reason) => { die('Runtime.UnhandledPromiseRejection', 128, reason); });

// Streams: what HttpResponseStream.from writes first are the status and the
// headers of an answer over HTTP.
globalThis.awslambda = {
  streamifyResponse: (handler, options) => Object.assign(handler, { [streaming]: options ?? {} }),
  HttpResponseStream: {
    from(stream, metadata) {
      stream.setContentType('application/vnd.awslambda.http-integration-response');
      stream.before = () => Buffer.concat([Buffer.from(json.stringify(metadata ?? {})), Buffer.alloc(8)]);
      return stream;
    },
  },
};

const { Writable } = await import('node:stream');

class ResponseStream extends Writable {
  constructor(id) {
    super();
    this.id = id;
    this.type = 'application/octet-stream';
    this.begun = false;
    this.sent = new Promise((done) => { this.told = done; });
  }

  setContentType(type) { this.type = type; }

  begin() {
    if (this.begun) return;
    this.begun = true;
    api.head('POST', `invocation/${this.id}/response`, {
      'Content-Type': this.type,
      'Lambda-Runtime-Function-Response-Mode': 'streaming',
      'Transfer-Encoding': 'chunked',
      Trailer: 'Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body',
    });
    if (this.before) api.chunk(this.before());
  }

  _write(part, encoding, done) {
    this.begin();
    if (part.length === 0) done();
    else api.chunk(part, () => done());
  }

  _final(done) {
    this.close({});
    done();
  }

  close(trailers) {
    if (this.closed_) return;
    this.closed_ = true;
    this.begin();
    api.trail(trailers).then(this.told);
  }

  fail(error) {
    const told = describe(error);
    logged('Invoke Error', told, error);
    if (!this.begun) {
      this.closed_ = this.begun = true;
      report(`invocation/${this.id}/error`, told).then(this.told);
      return;
    }
    this.close({
      'Lambda-Runtime-Function-Error-Type': nameable(told.errorType),
      'Lambda-Runtime-Function-Error-Body': Buffer.from(json.stringify(told)).toString('base64'),
    });
  }
}

async function load() {
  const text = env._HANDLER;
  const dot = text.indexOf('.', text.lastIndexOf('/') + 1);
  if (dot < 0) throw named('Runtime.MalformedHandlerName', 'Bad handler');
  const stem = path.resolve(env.LAMBDA_TASK_ROOT, text.slice(0, dot));
  const file = ['', '.js', '.mjs', '.cjs'].map((end) => stem + end).find((name) => fs.statSync(name, { throwIfNoEntry: false })?.isFile());
  if (!file) throw named('Runtime.ImportModuleError', `Error: Cannot find module '${text.slice(0, dot)}'`);
  let module;
  try {
    module = await import(pathToFileURL(file).href);
  } catch (error) {
    if (error instanceof SyntaxError) throw named('Runtime.UserCodeSyntaxError', `${error}`, error.stack);
    if (error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND') {
      throw named('Runtime.ImportModuleError', missing(error) ?? `Error: ${error.message}`, error.stack);
    }
    throw error;
  }
  const names = text.slice(dot + 1).split('.');
  const find = (from) => names.reduce((value, name) => value?.[name], from);
  const handler = find(module) ?? find(module.default);
  if (handler === undefined) throw named('Runtime.HandlerNotFound', `${text} is undefined or not exported`);
  if (typeof handler !== 'function') throw named('Runtime.HandlerNotFound', `${text} is not a function`);
  return handler;
}

function parsed(text) {
  return text === undefined || text === '' ? undefined : json.parse(text);
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed(headers['lambda-runtime-client-context']),
    identity: parsed(headers['lambda-runtime-cognito-identity']),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    tenantId: headers['lambda-runtime-aws-tenant-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

// call runs a handler. One that gives no promise answers by its callback; what
// it returns is nothing to AWS, and once nothing is left to do the answer is
// null.
function call(handler, event, context) {
  return new Promise((resolve, reject) => {
    let end = () => resolve(null);
    const drained = () => end();
    process.once('beforeExit', drained);
    const settle = (done) => {
      process.removeListener('beforeExit', drained);
      done();
    };
    let called = false;
    const callback = (error, value) => {
      if (called) return;
      called = true;
      const done = () => (error === undefined || error === null ? resolve(value) : reject(error));
      if (context.callbackWaitsForEmptyEventLoop) end = done;
      else later(() => settle(done));
    };
    const now = (error, value) => {
      context.callbackWaitsForEmptyEventLoop = false;
      callback(error, value);
    };
    context.succeed = (value) => now(null, value);
    context.fail = (error) => now(error ?? 'handled');
    context.done = (error, value) => now(error, value);
    api.socket.unref(); // so that it shows when nothing is left to do
    let value;
    try {
      value = handler(event, context, callback);
    } catch (error) {
      settle(() => reject(error));
      return;
    }
    if (typeof value?.then === 'function') {
      value.then((v) => settle(() => resolve(v)), (e) => settle(() => reject(e)));
    }
  });
}

function stringify(value) {
  try {
    return json.stringify(value === undefined ? null : value) ?? 'null';
  } catch {
    throw named('Error', 'Unable to stringify response body');
  }
}

async function serve(handler) {
  const next = await api.send('GET', 'invocation/next');
  request = next.headers['lambda-runtime-aws-request-id'];
  if (request === undefined) process.exit(0);
  const trace = next.headers['lambda-runtime-trace-id'];
  if (trace) env._X_AMZN_TRACE_ID = trace;
  else delete env._X_AMZN_TRACE_ID;
  const where = `invocation/${request}/`;
  try {
    const context = contextOf(next.headers);
    const event = json.parse(next.body.toString('utf8'));
    if (handler[streaming]) {
      const stream = new ResponseStream(request);
      try {
        await handler(event, stream, context);
        if (!stream.writableEnded) stream.end();
      } catch (error) {
        stream.fail(error);
      }
      await stream.sent;
      return;
    }
    const body = stringify(await call(handler, event, context));
    await api.send('POST', `${where}response`, body, { 'Content-Type': 'application/json' });
  } catch (error) {
    const help = missing(error);
    if (help) write('ERROR', [help]);
    const told = describe(error);
    logged('Invoke Error', told, error);
    await report(`${where}error`, told);
  }
}

let handler;
try {
  handler = await load();
} catch (error) {
  const told = describe(error);
  logged('Uncaught Exception', told, error);
  await report('init/error', told);
  process.exit(1);
}
for (;;) await serve(handler);
