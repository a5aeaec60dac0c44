#!/usr/bin/env bash
# go.opentelemetry.io/contrib/bridges/otelzap 0.21.0: a namespace that is opened in With ends
# with the fields of that With. logger.With(zap.Namespace("order")) has an empty "order" in
# each record, and what is logged afterwards stands beside it, at the top: {"order": {},
# "id": 4}. There it takes the place of a field of the same name: the id of the request that
# an outer With has given is lost.
# Expected: zap's Namespace: "All subsequent fields will be added to the new namespace",
# in a logger's context above all ("isolated scope within the logger's context"). The
# bridge's documentation says how fields become attributes, and nothing of namespaces.
# Seen: the same loggers with zap's JSON encoder (go.uber.org/zap 1.28.0) and with the bridge,
# whose records are written by a processor. In one call, Info("", zap.Namespace("order"),
# zap.Int("id", 4)), the namespace holds, and fields of the same With are in it.
# Way out: zap.Dict("order", ...) with all its fields in one call, or names such as
# "order.id".
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'EOT'
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"go.opentelemetry.io/contrib/bridges/otelzap"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/log"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// processor keeps the attributes of the last record.
type processor struct{ last string }

func (p *processor) OnEmit(_ context.Context, record *log.Record) error {
	var attributes []string
	record.WalkAttributes(func(kv attribute.KeyValue) bool {
		attributes = append(attributes, string(kv.Key)+"="+kv.Value.Emit())
		return true
	})
	p.last = strings.Join(attributes, " ")
	return nil
}
func (*processor) Enabled(context.Context, log.EnabledParameters) bool { return true }
func (*processor) Shutdown(context.Context) error                      { return nil }
func (*processor) ForceFlush(context.Context) error                    { return nil }

func main() {
	var text strings.Builder
	var bridged processor
	provider := log.NewLoggerProvider(log.WithProcessor(&bridged))
	both := zap.New(zapcore.NewTee(
		zapcore.NewCore(zapcore.NewJSONEncoder(zapcore.EncoderConfig{}), zapcore.AddSync(&text), zap.InfoLevel),
		otelzap.NewCore("finding", otelzap.WithLoggerProvider(provider)),
	))
	order, id, state := zap.Namespace("order"), zap.Int("id", 4), zap.String("state", "paid")
	holds := true
	for _, row := range []struct {
		name     string
		log      func()
		zap, got string
	}{
		{"in one call", func() { both.Info("", order, id) }, `{"order":{"id":4}}`, `order={"id":4}`},
		{"in one With", func() { both.With(order, id).Info("") }, `{"order":{"id":4}}`, `order={"id":4}`},
		{"after With", func() { both.With(order).Info("", id) }, `{"order":{"id":4}}`, `order={} id=4`},
		{"With and after", func() { both.With(order, id).Info("", state) }, `{"order":{"id":4,"state":"paid"}}`, `order={"id":4} state=paid`},
		{"with an outer id", func() { both.With(zap.String("id", "request 7")).With(order).Info("", id) }, `{"id":"request 7","order":{"id":4}}`, `id=4 order={}`},
	} {
		text.Reset()
		row.log()
		fmt.Printf("%s: zap %s, bridge %s\n", row.name, strings.TrimSpace(text.String()), bridged.last)
		holds = holds && strings.TrimSpace(text.String()) == row.zap && bridged.last == row.got
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
go get go.opentelemetry.io/contrib/bridges/otelzap@v0.21.0 go.opentelemetry.io/otel/sdk/log@v1.47.0 go.uber.org/zap@v1.28.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
