#!/usr/bin/env bash
# github.com/tmaxmax/go-sse 0.12.0: the client hands on events that have no data: a lone
# "retry: 50", a lone "id: 1" and a lone "event: ping" each call the subscriber with an event
# whose Data is empty, the first two as messages without a type. Read() does it for the last
# two. Who decodes Data as JSON gets "unexpected end of JSON input" from a heartbeat.
# Expected: the README, fully spec-compliant; HTML's chapter on server-sent events (dispatch
# the event): where the data buffer is empty, nothing is dispatched. An example program of
# the module adds data to an event for that reason. eventsource 5.1.5 gives one event for
# the same stream.
# Seen: one stream of four blocks on loopback in both.
# Way out: a subscriber that leaves out events whose Data is empty.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/tmaxmax/go-sse"
)

const stream = "retry: 50\n\nid: 1\n\nevent: ping\n\ndata: {}\n\n"

// serve sends the stream once and ends it.
func serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	io.WriteString(w, stream)
}

func main() {
	server := httptest.NewServer(http.HandlerFunc(serve))
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	if err != nil {
		panic(err)
	}
	var subscribed, read []string
	client := sse.Client{Backoff: sse.Backoff{MaxRetries: -1}}
	connection := client.NewConnection(request)
	connection.SubscribeToAll(func(e sse.Event) {
		subscribed = append(subscribed, fmt.Sprintf("%q %q", e.Type, e.Data))
		if e.Data != "" {
			cancel()
		}
	})
	_ = connection.Connect() // ends with the context
	for e, err := range sse.Read(strings.NewReader(stream), nil) {
		if err != nil {
			panic(err)
		}
		read = append(read, fmt.Sprintf("%q %q", e.Type, e.Data))
	}
	out, err := exec.Command("node", "t.mjs", server.URL).Output()
	if err != nil {
		panic(err)
	}
	holds := true
	for _, row := range []struct{ name, got, want string }{
		{"Connection", strings.Join(subscribed, ", "), `"" "", "" "", "ping" "", "" "{}"`},
		{"Read", strings.Join(read, ", "), `"" "", "ping" "", "" "{}"`},
		{"eventsource", strings.TrimSpace(string(out)), `"message" "{}"`},
	} {
		fmt.Printf("%s: %s\n", row.name, row.got)
		holds = holds && row.got == row.want
	}
	if !holds {
		fmt.Println("changed")
		os.Exit(1)
	}
	fmt.Println("holds")
}
EOT
cat >t.mjs <<'EOT'
import { EventSource } from 'eventsource';
const source = new EventSource(process.argv[2]);
const got = [];
const take = (event) => got.push(`${JSON.stringify(event.type)} ${JSON.stringify(event.data)}`);
source.addEventListener('message', take);
source.addEventListener('ping', take);
source.onerror = () => {
  source.close();
  console.log(got.join(', '));
};
setTimeout(() => process.exit(1), 30_000).unref();
EOT
npm install --silent --no-audit --no-fund eventsource@5.1.5 >/dev/null 2>&1
cat >go.mod <<'EOT'
module finding

go 1.26
EOT
go get github.com/tmaxmax/go-sse@v0.12.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
