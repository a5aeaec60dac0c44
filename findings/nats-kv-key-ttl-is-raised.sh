#!/usr/bin/env bash
# github.com/nats-io/nats-server/v2 2.15.3 with github.com/nats-io/nats.go 1.55.0: in a
# key-value bucket with a History of more than 1, a key's own TTL is raised to the bucket's
# LimitMarkerTTL where it is shorter: a lock that is created with KeyTTL(1s) in a bucket
# whose markers are kept for an hour is held for an hour. With History 1 it is a second.
# Expected: KeyTTL is "the time after which the key will be automatically deleted", and
# LimitMarkerTTL how long markers are kept once a key is removed; neither speaks of the
# other's length, nor of History (jetstream package; ADR-48 of NATS neither).
# Seen: Create gives no error, and the stored message has another Nats-TTL than was sent.
# After three seconds the key is there, and Create says that it exists.
# Way out: History 1 for buckets with locks, or a LimitMarkerTTL no longer than the shortest
# KeyTTL (1s is the least).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// must gives up on errors that have nothing to do with the finding.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// lock creates a key with a TTL of a second and says which TTL is stored and whether it is
// gone within twenty seconds; one that is kept for an hour is asked for three seconds only.
func lock(ctx context.Context, js jetstream.JetStream, config jetstream.KeyValueConfig) string {
	bucket, err := js.CreateKeyValue(ctx, config)
	must(err)
	_, err = bucket.Create(ctx, "lock", []byte("me"), jetstream.KeyTTL(time.Second))
	must(err)
	stream, err := js.Stream(ctx, "KV_"+config.Bucket)
	must(err)
	message, err := stream.GetMsg(ctx, 1)
	must(err)
	stored := message.Header.Get("Nats-TTL")
	patience := 20 * time.Second
	if stored == "3600" {
		patience = 3 * time.Second
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(200 * time.Millisecond) {
		if _, err := bucket.Get(ctx, "lock"); errors.Is(err, jetstream.ErrKeyNotFound) {
			return stored + ", gone"
		}
	}
	_, err = bucket.Create(ctx, "lock", []byte("other"), jetstream.KeyTTL(time.Second))
	return fmt.Sprintf("%s, held: %t", stored, errors.Is(err, jetstream.ErrKeyExists))
}

func main() {
	dir, err := os.MkdirTemp(".", "store")
	must(err)
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: dir, NoLog: true, NoSigs: true})
	must(err)
	s.Start()
	defer s.Shutdown()
	if !s.ReadyForConnections(20 * time.Second) {
		panic("the server is not ready")
	}
	nc, err := nats.Connect(s.ClientURL())
	must(err)
	defer nc.Close()
	js, err := jetstream.New(nc)
	must(err)
	rows := []struct {
		history uint8
		marker  time.Duration
		want    string
		got     string
	}{
		{history: 1, marker: time.Hour, want: "1s, gone"},
		{history: 2, marker: time.Hour, want: "3600, held: true"},
		{history: 2, marker: time.Second, want: "1s, gone"},
	}
	var all sync.WaitGroup
	for i := range rows {
		row := &rows[i]
		all.Go(func() {
			row.got = lock(context.Background(), js, jetstream.KeyValueConfig{
				Bucket: fmt.Sprintf("b%d", i), History: row.history, LimitMarkerTTL: row.marker, Storage: jetstream.MemoryStorage,
			})
		})
	}
	all.Wait()
	holds := true
	for _, row := range rows {
		fmt.Printf("History %d, LimitMarkerTTL %v: Nats-TTL %s\n", row.history, row.marker, row.got)
		holds = holds && row.got == row.want
	}
	if !holds {
		fmt.Println("changed")
		os.Exit(1)
	}
	fmt.Println("holds")
}
EOT
cat >go.mod <<'EOT'
module finding

go 1.26
EOT
go get github.com/nats-io/nats-server/v2@v2.15.3 github.com/nats-io/nats.go@v1.55.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
