package temporal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/fstest"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/report"
	"github.com/medlar-flow/medlar/flows/temporal"
	"github.com/medlar-flow/medlar/internal/devserver"
)

// startWorker works on a server until the test ends.
func startWorker(t testing.TB, server *devserver.Server, queue string, reg *connector.Registry, options ...temporal.Option) *temporal.Client {
	t.Helper()
	c, err := temporal.Connect(t.Context(), temporal.Options{Address: server.Address, TaskQueue: queue})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- c.Work(ctx, reg, temporal.WorkOptions{}, nil, options...) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		c.Close()
	})
	return c
}

func loadFlow(t testing.TB, text string, reg *connector.Registry) *flows.Flow {
	t.Helper()
	flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", reg)
	if err != nil {
		t.Fatal(err)
	}
	return flow
}

// TestRecordHistories writes testdata anew, with UPDATE=1 and a server: only
// when runs under way need not go on, since theirs would be refused like these.
func TestRecordHistories(t *testing.T) {
	if os.Getenv("UPDATE") == "" {
		t.Skip("histories are recorded with UPDATE=1")
	}
	server := devserver.Start(t)
	reg := testRegistry(t)
	sdk, err := client.Dial(client.Options{HostPort: server.Address})
	if err != nil {
		t.Fatal(err)
	}
	defer sdk.Close()
	clients := map[string]*temporal.Client{
		"whole": startWorker(t, server, "whole", reg), "parts": startWorker(t, server, "parts", reg, recordLimits),
	}
	for kind, c := range clients {
		for name, text := range recordedFlows {
			id := kind + "-" + name
			result, err := c.Run(t.Context(), loadFlow(t, text, reg), nil, temporal.StartOptions{}, flows.WithRunID(id))
			var failure *report.RunError
			if err != nil && !errors.As(err, &failure) {
				t.Fatal(err)
			}
			t.Log(id, result, err)
		}
	}
	time.Sleep(2 * time.Second) // until all of them can be listed
	counts := map[string]int{}
	list, err := sdk.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{PageSize: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll("testdata", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, e := range list.GetExecutions() {
		id := e.GetExecution().GetWorkflowId()
		name := regexp.MustCompile(`^(whole|parts)-\w+`).FindString(id)
		save(t, sdk, id, e.GetExecution().GetRunId(), fmt.Sprintf("%s.%d.json", name, counts[name]))
		counts[name]++
	}
}

func save(t *testing.T, sdk client.Client, id, run, name string) {
	t.Helper()
	history := &historypb.History{}
	events := sdk.GetWorkflowHistory(t.Context(), id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		history.Events = append(history.Events, event)
	}
	text, err := temporalproto.CustomJSONMarshalOptions{}.Marshal(history)
	if err != nil {
		t.Fatal(err)
	}
	// Processes and machines are of no interest.
	text = regexp.MustCompile(`"identity":\s*"[^"]*"`).ReplaceAll(text, []byte(`"identity":"worker"`))
	text = regexp.MustCompile(`"name":\s*"[^"]*:[0-9a-f]{8}-[0-9a-f-]*"`).ReplaceAll(text, []byte(`"name":"sticky"`))
	var compact any
	if err := json.Unmarshal(text, &compact); err != nil {
		t.Fatal(err)
	}
	if text, err = json.Marshal(compact); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("testdata", name), append(text, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
}
