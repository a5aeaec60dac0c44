#!/usr/bin/env bash
# @opentelemetry/otlp-transformer 0.301.1 (what @opentelemetry/exporter-trace-otlp-http
# sends): a whole number beyond 64 bits, such as 2**63, 1e21 or Number.MAX_VALUE, becomes
# an "intValue" in OTLP's JSON, which no reader can take: go.opentelemetry.io/collector/pdata
# 1.71.0, the Collector's decoder, refuses the request, and so the other spans of the batch
# are lost as well. One attribute is enough, in a list or not.
# Expected: int_value is an int64 and double_value is there (opentelemetry.proto.common.v1,
# AnyValue). The package's own ProtobufTraceSerializer has the same attributes as doubles,
# which the Collector reads; an attribute's type in the API is number.
# Seen: a batch of two spans in both encodings, decoded in Go.
# Way out: the exporter for protobuf (@opentelemetry/exporter-trace-otlp-proto), or such
# numbers as texts, setAttribute(key, String(n)).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund @opentelemetry/otlp-transformer@0.301.1 \
	@opentelemetry/sdk-trace@3.1.1 @opentelemetry/api@1.10.0 >/dev/null 2>&1
cat >send.mjs <<'EOT'
import { writeFileSync } from 'node:fs';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
const rows = { small: 2 ** 40, beyond: 2 ** 63, power: 1e21, list: [1, 1e20], text: String(1e21) };
for (const [name, value] of Object.entries(rows)) {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const tracer = provider.getTracer('finding');
  tracer.startSpan('other').end();
  tracer.startSpan('one').setAttribute('n', value).end();
  await provider.forceFlush();
  writeFileSync(`${name}.json`, JsonTraceSerializer.serializeRequest(exporter.getFinishedSpans()));
  writeFileSync(`${name}.pb`, ProtobufTraceSerializer.serializeRequest(exporter.getFinishedSpans()));
}
EOT
node send.mjs
cat >main.go <<'EOT'
package main

import (
	"fmt"
	"os"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

func read(name string, decode func(ptraceotlp.ExportRequest, []byte) error) string {
	text, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	request := ptraceotlp.NewExportRequest()
	if decode(request, text) != nil {
		return "refused"
	}
	spans := request.Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans()
	for _, span := range spans.All() {
		if n, ok := span.Attributes().Get("n"); ok {
			return fmt.Sprintf("%d spans, %s %s", spans.Len(), n.Type(), n.AsString())
		}
	}
	return "no attribute"
}

func main() {
	holds := true
	for _, row := range [][3]string{
		{"small", "2 spans, Int 1099511627776", "2 spans, Int 1099511627776"},
		{"beyond", "refused", "2 spans, Double 9223372036854776000"},
		{"power", "refused", "2 spans, Double 1e+21"},
		{"list", "refused", "2 spans, Slice [1,100000000000000000000]"},
		{"text", "2 spans, Str 1e+21", "2 spans, Str 1e+21"},
	} {
		inJSON := read(row[0]+".json", ptraceotlp.ExportRequest.UnmarshalJSON)
		inProto := read(row[0]+".pb", ptraceotlp.ExportRequest.UnmarshalProto)
		fmt.Printf("%s: JSON %s | protobuf %s\n", row[0], inJSON, inProto)
		holds = holds && inJSON == row[1] && inProto == row[2]
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
go get go.opentelemetry.io/collector/pdata@v1.71.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go run .
