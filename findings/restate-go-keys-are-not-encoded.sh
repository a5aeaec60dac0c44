#!/usr/bin/env bash
# github.com/restatedev/sdk-go 1.2.0 (package ingress): keys of objects and ids of workflows
# are put into the path of the request as they are. The object "order#12" is asked as
# /cart/order, a "/" makes a longer path, "a%2Fb" is read as "a/b" by the server, which is
# another object, and "100%" gives an error about a URL. The same goes for the idempotency
# keys and workflow ids of handles.
# Expected: a key is any text (Restate's documentation of virtual objects; its HTTP API has
# the key as one segment of the path); the documentation of ingress.Object speaks of no
# encoding. @restatedev/restate-sdk-clients 1.17.2 encodes it.
# Seen: the paths and queries that a server on loopback is asked for, by both clients. A space
# and characters beyond ASCII are right in both.
# Way out: url.PathEscape(key), for these calls only: inside a handler, restate.Object takes
# the key as it is.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >keys.json <<'EOT'
["ann@example.com", "Zoë 1", "order#12", "a/b", "a?b", "a%2Fb", "100%"]
EOT
cat >main.go <<'EOT'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"

	"github.com/restatedev/sdk-go/ingress"
)

// ask gives the request that a call to the object of that key makes.
func ask(client *ingress.Client, asked *string, key string) string {
	*asked = "error"
	_, _ = ingress.Object[int, int](client, "cart", key, "add").Request(context.Background(), 1)
	return *asked
}

func main() {
	var asked string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.RequestURI
		fmt.Fprint(w, "1")
	}))
	defer server.Close()
	client := ingress.NewClient(server.URL)
	text, err := os.ReadFile("keys.json")
	if err != nil {
		panic(err)
	}
	var keys []string
	if err := json.Unmarshal(text, &keys); err != nil {
		panic(err)
	}
	for _, key := range keys {
		fmt.Println(ask(client, &asked, key), ask(client, &asked, url.PathEscape(key)))
	}
}
EOT
cat >go.mod <<'EOT'
module finding

go 1.26
EOT
go get github.com/restatedev/sdk-go@v1.2.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run . >go.txt
npm install --silent --no-audit --no-fund @restatedev/restate-sdk-clients@1.17.2 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { readFileSync } from 'node:fs';
import { connect } from '@restatedev/restate-sdk-clients';
const go = readFileSync('go.txt', 'utf8').trim().split('\n');
const keys = JSON.parse(readFileSync('keys.json', 'utf8'));
const want = [
  '/cart/ann@example.com/add',
  '/cart/Zo%C3%AB%201/add',
  '/cart/order',
  '/cart/a/b/add',
  '/cart/a?b/add',
  '/cart/a%2Fb/add',
  'error',
];
let asked;
const restate = connect({ url: 'http://restate.example.com', fetch: async (url) => ((asked = url.slice('http://restate.example.com'.length)), Response.json(1)) });
// right: one segment of the path that decodes to the key.
const right = (path, key) => path.split('/').length === 4 && !/[?#]/.test(path) && decodeURIComponent(path.split('/')[2]) === key;
let holds = go.length === keys.length;
for (const [i, key] of keys.entries()) {
  const [plain, escaped] = go[i].split(' ');
  await restate.objectClient({ name: 'cart' }, key).add(1);
  console.log(`${key}: Go ${plain}, escaped ${escaped}, TypeScript ${asked}`);
  holds &&= plain === want[i] && right(escaped, key) && right(asked, key);
  holds &&= i < 2 ? right(plain, key) : plain === 'error' || !right(plain, key);
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
