#!/usr/bin/env bash
# @serverlessworkflow/sdk 1.0.1: in the graph and in the Mermaid chart of a workflow,
# "then: end" inside a do, for, try or fork leads on to the task after that block, as if
# it were "then: exit": a branch that ends the workflow is drawn as one that ships the
# order. The two workflows below differ in that word and have one and the same chart.
# Expected: the Serverless Workflow DSL 1.0.0 (Flow Directive): exit completes the
# current scope, end completes the workflow.
# Seen: check's only way out goes to ship in both; at the top level end leads to the
# end node, as it should. The definitions are valid, and nothing is said.
# Way out: none in the chart; keep a task that ends the workflow at the top level, or
# add the edges oneself after buildGraph (the tasks with "then: end" are known).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @serverlessworkflow/sdk@1.0.1 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import sdk from '@serverlessworkflow/sdk';
const head = `document: {dsl: '1.0.0', namespace: shop, name: order, version: '1.0.0'}
do:
`;
const nested = (directive) => `${head}
  - check:
      do:
        - stock:
            switch:
              - none: {when: .stock == 0, then: ${directive}}
              - some: {then: exit}
  - ship: {set: {shipped: true}}
`;
const top = `${head}
  - stock:
      switch:
        - none: {when: .stock == 0, then: end}
        - some: {then: ship}
  - ship: {set: {shipped: true}}
`;
const read = (text) => sdk.Classes.Workflow.deserialize(text); // checks it against the schema
function edges(graph) {
  const inner = graph.nodes.filter((node) => node.nodes).flatMap(edges);
  return [...graph.edges.map((e) => `${e.sourceId} -> ${e.destinationId}`), ...inner];
}
const chart = (text) => new sdk.MermaidDiagram(read(text)).sourceCode();
const [inBlock, atTop] = [nested('end'), top].map((text) => edges(sdk.buildGraph(read(text))));
console.log(`in a block:\n  ${inBlock.join('\n  ')}\nat the top:\n  ${atTop.join('\n  ')}`);
const from = (list, id) => list.filter((e) => e.startsWith(`${id} -> `)).map((e) => e.split(' -> ')[1]).sort().join();
const same = chart(nested('end')) === chart(nested('exit'));
console.log('end and exit have the same chart:', same);
const holds = same
  && from(inBlock, '/do/0/check/do/0/stock') === '/do/0/check-exit-node'
  && from(inBlock, '/do/0/check-exit-node') === '/do/1/ship'
  && from(atTop, '/do/0/stock') === '/do/1/ship,root-exit-node';
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
