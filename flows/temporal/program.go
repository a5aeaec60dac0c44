package temporal

import (
	"context"
	"errors"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// Program returns the flow that a run began with, as the server's history of it
// holds it; no worker is asked. The error is an *UnknownRunError for a run that
// the server does not know, or knows no longer, an *UnreachableError, or says why
// the program cannot be read or is not accepted.
func (c *Client) Program(ctx context.Context, id string, registry *connector.Registry) (*flows.Flow, error) {
	s, err := c.readStart(ctx, id)
	if err != nil {
		return nil, err
	}
	flow, err := flows.LoadForResume(wire.Files(s.files), s.file, registry)
	if err != nil {
		return nil, fmt.Errorf("the program of run %s is not accepted: %w", id, err)
	}
	return flow, nil
}

var errNoFlow = errors.New("it is no run of a flow")

// readStart reads what a run began with from its history.
func (c *Client) readStart(ctx context.Context, id string) (*start, error) {
	history := c.sdk.GetWorkflowHistory(ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	event, err := history.Next()
	if err != nil {
		return nil, c.notDone(id, "reading the history of", err)
	}
	begun := event.GetWorkflowExecutionStartedEventAttributes()
	given := begun.GetInput().GetPayloads()
	if begun.GetWorkflowType().GetName() != flowWorkflow || len(given) == 0 {
		return nil, fmt.Errorf("run %s: %w", id, errNoFlow)
	}
	var text []byte
	payload, err := c.stored(ctx, given[0])
	if err == nil {
		data, _ := c.options.Keys.Converters()
		err = data.FromPayload(payload, &text)
	}
	if err != nil {
		return nil, fmt.Errorf("what run %s began with: %w", id, err)
	}
	s, err := readStart(text)
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", id, err)
	}
	return s, nil
}

// messageType is where the SDK says of what kind a payload of its own is.
const messageType = "messageType"

// stored returns the payload that a reference to the store stands for; others as
// they are. The SDK does that itself, but for histories.
func (c *Client) stored(ctx context.Context, p *commonpb.Payload) (*commonpb.Payload, error) {
	var ref sdkpb.ExternalStorageReference
	if string(p.GetMetadata()[messageType]) != string(ref.ProtoReflect().Descriptor().FullName()) {
		return p, nil
	}
	if c.options.Store == nil {
		return nil, errors.New("it is in a store for large values, and this process has none: name it with --store FOLDER, Options.Store in Go")
	}
	if err := protojson.Unmarshal(p.GetData(), &ref); err != nil {
		return nil, fmt.Errorf("the reference to the store cannot be read: %w", err)
	}
	d := driver{c.options.Store}
	found, err := d.Retrieve(converter.StorageDriverRetrieveContext{Context: ctx}, []converter.StorageDriverClaim{{ClaimData: ref.GetClaimData()}})
	if err != nil {
		return nil, err
	}
	return found[0], nil
}
