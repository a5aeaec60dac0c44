#!/usr/bin/env bash
# github.com/cloudevents/sdk-go/v2 2.16.2: a JSON event whose data is in data_base64 cannot
# be read if there is a space after that field's colon and no datacontenttype before it:
# "illegal base64 data at input byte 0". Such a value is put aside as it stands in the text,
# with the space, and its first and last byte are then cut off as if they were the quotes.
# An escape in it (\/, as PHP writes a slash) is not undone on this way either.
# Expected: RFC 8259, where white space around values and the order of fields say nothing;
# the JSON format of CloudEvents has datacontenttype as optional beside data_base64.
# cloudevents 10.0.0 (JavaScript) reads the bytes from all of them.
# Seen: one event, written in five ways that mean the same. Indented events have that space,
# as do those of Python's json.dumps; with data in place of data_base64 it does no harm.
# Way out: json.Compact before json.Unmarshal (not for \/); or let the sender put a
# datacontenttype before data_base64.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >events.json <<'EOT'
[
  ["compact, no content type", "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data_base64\":\"aGk/\"}", "hi?"],
  ["space, no content type", "{\"specversion\": \"1.0\", \"id\": \"1\", \"source\": \"/s\", \"type\": \"t\", \"data_base64\": \"aGk/\"}", "illegal base64 data at input byte 0"],
  ["slash escaped, no content type", "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"t\",\"data_base64\":\"aGk\\/\"}", "illegal base64 data at input byte 3"],
  ["space, content type before", "{\"specversion\": \"1.0\", \"id\": \"1\", \"source\": \"/s\", \"type\": \"t\", \"datacontenttype\": \"text/plain\", \"data_base64\": \"aGk/\"}", "hi?"],
  ["space, content type after", "{\"specversion\": \"1.0\", \"id\": \"1\", \"source\": \"/s\", \"type\": \"t\", \"data_base64\": \"aGk/\", \"datacontenttype\": \"text/plain\"}", "illegal base64 data at input byte 0"]
]
EOT
cat >main.go <<'EOT'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/cloudevents/sdk-go/v2/event"
)

func main() {
	text, err := os.ReadFile("events.json")
	if err != nil {
		panic(err)
	}
	var rows [][3]string
	if err := json.Unmarshal(text, &rows); err != nil {
		panic(err)
	}
	for _, row := range rows {
		var e event.Event
		if err := json.Unmarshal([]byte(row[1]), &e); err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s\n", e.Data())
	}
}
EOT
cat >go.mod <<'EOT'
module finding

go 1.26
EOT
go get github.com/cloudevents/sdk-go/v2@v2.16.2 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run . >go.txt
npm install --silent --no-audit --no-fund cloudevents@10.0.0 >/dev/null 2>&1
cat >t.mjs <<'EOT'
import { readFileSync } from 'node:fs';
import { HTTP } from 'cloudevents';
const rows = JSON.parse(readFileSync('events.json', 'utf8'));
const go = readFileSync('go.txt', 'utf8').trimEnd().split('\n');
let holds = go.length === rows.length;
for (const [i, [name, body, want]] of rows.entries()) {
  const event = HTTP.toEvent({ headers: { 'content-type': 'application/cloudevents+json' }, body });
  const js = event.data_base64 && Buffer.from(event.data_base64, 'base64').toString();
  console.log(`${name}: Go ${go[i]}, JavaScript ${js}`);
  holds &&= go[i] === want && js === 'hi?';
}
console.log(holds ? 'holds' : 'changed');
process.exit(holds ? 0 : 1);
EOT
node t.mjs
