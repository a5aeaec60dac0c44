#!/usr/bin/env bash
# @redocly/cli 2.77.0 (redocly respect, the Arazzo runner): an object that one step
# hands on to the next has other field names afterwards: every hyphen in a name has
# become an underscore, at any depth outside lists. Where the answer was
# {"content-type": ...}, the next step sends {"content_type": ...}.
# Expected: the Arazzo Specification 1.0.1 (Runtime Expressions): $response.body is the
# body, and an expression keeps what it refers to. A JSON Pointer does: the object that
# $steps.find.outputs.file#/meta reaches has its own names.
# Seen: by the server that is asked in the second step. All checks of the run pass and
# the exit code is 0. Objects in a list keep their names, so one body has both.
# Way out: a pointer at both ends, in the step's output ($response.body#/file) and where
# the output is used ($steps.find.outputs.file#/meta); without one of them the names
# are changed.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @redocly/cli@2.77.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
const found = { file: { meta: { 'content-type': 'text/csv' }, parts: [{ 'content-type': 'text/csv' }] } };
let sent;
const server = http.createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => { body += chunk; }).on('end', () => {
    if (request.method === 'POST') sent = JSON.parse(body);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(found));
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const answer = '{description: ok, content: {application/json: {schema: {type: object}}}}';
writeFileSync('api.yaml', `
openapi: 3.1.0
info: {title: Files, version: "1"}
servers: [{url: "http://127.0.0.1:${server.address().port}"}]
paths:
  /file:
    get: {operationId: find, responses: {"200": ${answer}}}
    post:
      operationId: send
      requestBody: {content: {application/json: {schema: {type: object}}}}
      responses: {"200": ${answer}}
`);
writeFileSync('flow.yaml', `
arazzo: 1.0.1
info: {title: Copy, version: "1"}
sourceDescriptions: [{name: files, type: openapi, url: api.yaml}]
workflows:
  - workflowId: copy
    steps:
      - stepId: find
        operationId: files.find
        outputs: {body: $response.body, file: $response.body#/file}
      - stepId: send
        operationId: files.send
        requestBody:
          contentType: application/json
          payload: {body: $steps.find.outputs.body, file: $steps.find.outputs.file, meta: $steps.find.outputs.file#/meta}
`);
const run = spawn('node_modules/.bin/redocly', ['respect', 'flow.yaml'], {
  stdio: 'ignore', env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
});
const code = await new Promise((resolve) => run.on('exit', resolve));
server.close();
console.log('exit code', code);
const renamed = '{"meta":{"content_type":"text/csv"},"parts":[{"content-type":"text/csv"}]}';
const want = { body: `{"file":${renamed}}`, file: renamed, meta: '{"content-type":"text/csv"}' };
let holds = code === 0;
for (const [name, text] of Object.entries(want)) {
  const got = JSON.stringify(sent?.[name]);
  console.log(`${name}: ${got}`);
  holds &&= got === text;
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
