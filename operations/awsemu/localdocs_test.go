package awsemu_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/durable"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/fixture"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/lambdasvc"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/sqssvc"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/stssvc"
)

const (
	localDocs = "../../docs/local-aws.md"
	begin     = "<!-- generated: UPDATE=1 go test ./operations/awsemu -run TestLocalAWSPage -->\n"
	end       = "<!-- end of what is generated -->\n"
)

// The tables of docs/local-aws.md are made of the tables of the code. UPDATE=1
// writes them anew.
func TestLocalAWSPage(t *testing.T) {
	page := string(ok(os.ReadFile(localDocs))(t))
	tables := []string{keyTable(), operationTable(), limitTable()}
	parts := strings.Split(page, begin)
	if len(parts) != len(tables)+1 {
		t.Fatalf("%s has %d places for tables, want %d", localDocs, len(parts)-1, len(tables))
	}
	var b strings.Builder
	b.WriteString(parts[0])
	for i, part := range parts[1:] {
		_, after, found := strings.Cut(part, end)
		if !found {
			t.Fatalf("a table of %s does not end", localDocs)
		}
		b.WriteString(begin + tables[i] + end + after)
	}
	if b.String() == page {
		return
	}
	if os.Getenv("UPDATE") == "" {
		t.Fatalf("the tables of %s are not those of the code: write them anew with UPDATE=1", localDocs)
	}
	if err := os.WriteFile(localDocs, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func keyTable() string {
	var b strings.Builder
	of := ""
	for _, k := range fixture.Keys() {
		if k.Of != of {
			of = k.Of
			fmt.Fprintf(&b, "\n### Keys of %s\n\n| key | value | meaning |\n| --- | --- | --- |\n", of)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.Name, k.Value, k.Meaning)
	}
	return b.String() + "\n"
}

func operationTable() string {
	var b strings.Builder
	b.WriteString("\n| operation | the emulator |\n| --- | --- |\n")
	kinds := map[string]string{"real": "real", "constant": "the constant answer of an account without any", "refused": "refused with 501"}
	for _, one := range lambdasvc.Operations() {
		fmt.Fprintf(&b, "| lambda.%s | %s |\n", one.Name, kinds[one.Kind])
	}
	there, refused := stssvc.Names()
	for _, name := range there {
		fmt.Fprintf(&b, "| sts.%s | real |\n", name)
	}
	for _, name := range refused {
		fmt.Fprintf(&b, "| sts.%s | %s |\n", name, kinds["refused"])
	}
	there, refused = sqssvc.Names()
	for _, name := range there {
		fmt.Fprintf(&b, "| sqs.%s | real |\n", name)
	}
	for _, name := range refused {
		fmt.Fprintf(&b, "| sqs.%s | %s |\n", name, kinds["refused"])
	}
	return b.String() + "\n"
}

func limitTable() string {
	limits := durable.AWSLimits()
	rows := [][3]string{
		{"payload of a call that waits, both ways", "6 MiB", "the same"},
		{"payload of an event", "1 MiB", "the same"},
		{"response stream", "200 MB", "200 MiB"},
		{"zipped, unzipped code", "50 MiB, 250 MiB", "the same"},
		{"concurrent executions of an account in a region", "1,000", "the same; `concurrentExecutions`"},
		{"execution environments of a version", "as many as there are calls", "8 processes; more calls wait, up to 30 s (Go: `Options.Processes`, `QueueLimit`)"},
		{"start of an execution environment", "10 s, then once more under the function's timeout", "the same"},
		{"retries of an event", "2, after 1 and 2 minutes", "2, after 1 and 2 s (Go: `Options.EventDelays`)"},
		{"memory", "held to", "held to on Linux"},
		{"operations of a durable execution", fmt.Sprint(limits.Operations), "the same; `durableOperations`"},
		{"data of a durable execution", fmt.Sprintf("%d MB", limits.Bytes>>20), "the same in MiB; `durableBytes`"},
		{"one payload or error of a durable execution", fmt.Sprintf("%d MB", limits.Payload>>20), "the same in MiB; `durablePayloadBytes`"},
		{"a call that waits for a durable execution", "15 minutes", "the same"},
		{"executions that have ended", "kept for 1 to 90 days", "the same, and at the most about 256 MiB of them"},
		{"requests a second", "limited", "not limited; `faults` throttles"},
		{"messages of a standard queue in flight", "120,000", "the same"},
		{"messages of SQS together", "not limited", "256 MiB, then `OverLimit`"},
		{"queues", "not limited", "1,000 of an account in a region"},
		{"session of STS", "up to 12 h, chained 1 h", "the same; `session`"},
	}
	var b strings.Builder
	b.WriteString("\n| limit | AWS | the emulator |\n| --- | --- | --- |\n")
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", row[0], row[1], row[2])
	}
	return b.String() + "\n"
}
