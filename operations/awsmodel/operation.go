package awsmodel

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/internal/lending"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/protocol"
)

// operation is one operation of a service.
type operation struct {
	service *service
	model   *model.Operation
	quirk   quirk // what the model does not tell

	protocol func() *protocol.Operation
	token    string // the parameter that is a token for idempotency; empty for none
	refused  string // why it cannot be called; empty where it can
	plain    bool   // takes or gives items of DynamoDB
	// hasOnePlace is true where no parameter says where a request goes.
	hasOnePlace bool
	labels      []string     // the parameters that stand in the path of a request
	savable     bool         // the body of its answer may be written to a file
	always      func() []int // the indexes of the result's members that are never null
}

func (s *service) operation(m *model.Operation) *operation {
	o := &operation{service: s, model: m, quirk: quirks.Get()[s.model.Name+"."+m.Name]}
	o.refused = refusal(s.model, m)
	o.plain = o.isPlain()
	o.protocol = sync.OnceValue(func() *protocol.Operation {
		p, err := s.speaks()
		if err != nil {
			return nil
		}
		return p.Operation(m)
	})
	o.always = sync.OnceValue(o.required)
	o.savable = s.streams(m.Output)
	o.hasOnePlace = len(m.Paths) == 0
	if m.Input != model.None {
		for _, member := range s.model.Shapes[m.Input].Members {
			if member.Flags&model.IdempotencyToken != 0 {
				o.token = spelled(member.Name)
			}
			o.hasOnePlace = o.hasOnePlace && member.ContextParam == ""
			if member.Location == model.InURI && s.model.Shapes[member.Shape].Kind == model.String {
				o.labels = append(o.labels, spelled(member.Name))
			}
		}
	}
	return o
}

// effects are the model's in the words of package connector.
var effects = [...]connector.Effect{
	model.Mutating: connector.EffectMutating, model.ReadOnly: connector.EffectReadOnly, model.Idempotent: connector.EffectIdempotent,
}

// public returns what flows see of an operation.
func (o *operation) public() *connector.Operation {
	short := awsapi.LowerCamel(o.model.Name)
	op := &connector.Operation{
		Name: o.service.model.Name + "." + short, Summary: awsapi.Words(o.model.Name) + ".",
		URL:         "https://docs.aws.amazon.com/goto/WebAPI/" + o.service.model.UID + "/" + o.model.Name,
		Effect:      effects[o.model.Effect],
		Annotations: iamFacts(o.model.IAMAction),
		Refused:     o.refused,
		OtherErrors: !listsErrors.Get()[o.service.model.Protocol],
		Describe:    o.describe,
		Check:       o.check(),
		Run:         o.run,
		SendsKey:    func(map[string]any) bool { return o.token != "" },
	}
	lending.PromiseCall(op)
	if short != o.model.Name {
		op.Aliases = []string{o.model.Name}
	}
	if o.model.Flags&model.OperationObsolete != 0 {
		op.Description = "AWS advises against this operation."
	}
	for _, i := range o.model.Errors {
		e := &o.service.model.Shapes[i]
		code := connector.ErrorCode{Code: e.Name, Class: awsapi.ClassOf(e.Name, e.Status)}
		if e.Code != "" && e.Code != e.Name {
			code = connector.ErrorCode{Code: e.Code, Class: awsapi.ClassOf(e.Code, e.Status), Aliases: []string{e.Name}}
		}
		op.Errors = append(op.Errors, code)
	}
	return op
}

// listsErrors are the protocols whose services list nearly all of their codes in
// their models. Of EC2 and of older services with XML, most codes are in none.
var listsErrors = late.Value[map[string]bool]{Make: func() map[string]bool {
	return map[string]bool{"json": true, "rest-json": true, "smithy-rpc-v2-cbor": true}
}}

// run makes one call.
func (o *operation) run(ctx context.Context, c *connector.Call) (any, error) {
	if o.refused != "" {
		return nil, notSupported(o.refused)
	}
	client, err := awsapi.Client[*client](c.Connection)
	if err != nil {
		return nil, err
	}
	params, err := o.prepare(c)
	if err != nil {
		return nil, err
	}
	ctx = awsapi.CallContext(ctx, c, effects[o.model.Effect])
	if _, stream := o.streamOut(); stream {
		awsapi.TakesAnything(ctx)
	}
	if limit, ok := awsapi.WantsPages(params); ok && o.pages() {
		pages, err := o.allPages(ctx, client, c, params, limit)
		return pages, awsapi.Counted(ctx, err)
	}
	result, err := o.once(ctx, client, isSingle(c), params)
	if err != nil {
		return nil, awsapi.Counted(ctx, err)
	}
	return o.finish(params, result)
}

// isSingle reports whether a call is one attempt.
func isSingle(c *connector.Call) bool { return c.MayRepeat() == connector.RepeatNothing }

// prepare returns the parameters as the protocol takes them.
func (o *operation) prepare(c *connector.Call) (map[string]any, error) {
	params := c.Params
	whole := serviceQuirks.Get()[o.service.model.Name].prepare
	if err := o.missesLabel(params); err != nil {
		return nil, invalid(err)
	}
	if o.token == "" && o.quirk.prepare == nil && whole == nil && !o.plain {
		return params, nil
	}
	params = maps.Clone(params)
	if params == nil {
		params = map[string]any{}
	}
	if o.token != "" && params[o.token] == nil {
		params[o.token] = tokenOf(c.IdempotencyKey)
	}
	if o.plain {
		if err := o.typedItems(params); err != nil {
			return nil, invalid(err)
		}
	}
	if whole != nil {
		whole(params)
	}
	if o.quirk.prepare != nil {
		if err := o.quirk.prepare(params); err != nil {
			return nil, invalid(err)
		}
	}
	return params, nil
}

// notSupported is the error of what is not done here; nothing was sent.
func notSupported(why string) *connector.Error {
	return &connector.Error{Code: "NotSupported", Class: connector.ClassInvalid, Outcome: connector.OutcomeFailed, Message: why}
}

func invalid(err error) *connector.Error {
	return &connector.Error{Code: "InvalidParameter", Class: connector.ClassInvalid, Message: err.Error(), Err: err}
}

// once makes one call and gives its result. A body that breaks off is asked for
// again as often as the connection's retries say.
func (o *operation) once(ctx context.Context, c *client, single bool, params map[string]any) (map[string]any, error) {
	if from, ok, err := o.fileOf(params); err != nil {
		return nil, invalid(err)
	} else if ok {
		return o.sendFile(ctx, c, single, params, from)
	}
	var to *target
	if path, ok := params[saveToParameter].(string); ok && o.savable {
		var err error
		if to, err = newTarget(path); err != nil {
			return nil, invalid(fmt.Errorf("%s: %w", saveToParameter, err))
		}
		defer to.close()
	}
	for n := 1; ; n++ {
		result, err := o.attempt(ctx, c, single, params, to)
		var broken *streamError
		if !errors.As(err, &broken) {
			return result, err
		}
		if n >= c.attempts || single || ctx.Err() != nil || effects[o.model.Effect] == connector.EffectMutating {
			return nil, broken.public(ctx, effects[o.model.Effect])
		}
		if !pause(ctx, n) {
			return nil, awsapi.Error(ctx, ctx.Err(), effects[o.model.Effect])
		}
	}
}

// pause waits before an attempt; it is false where the context ends first.
func pause(ctx context.Context, n int) bool {
	timer := time.NewTimer(time.Duration(n) * 100 * time.Millisecond)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// attempt sends one request and reads its answer.
func (o *operation) attempt(ctx context.Context, c *client, single bool, params map[string]any, to *target) (map[string]any, error) {
	call := &call{op: o, params: params, single: single}
	closeBody, err := call.openBody()
	if err != nil {
		return nil, invalid(err)
	}
	defer closeBody()
	if err := c.do(ctx, call); err != nil {
		return nil, awsapi.Error(ctx, err, effects[o.model.Effect])
	}
	if call.stream != nil {
		if err := call.readStream(to); err != nil {
			return nil, o.unread(ctx, err)
		}
	}
	if name := o.lacks(call.result); name != "" {
		return nil, awsapi.Lacking(o.model.Name, name, effects[o.model.Effect])
	}
	if o.quirk.verify != nil {
		if err := o.quirk.verify(params, call.result); err != nil {
			return nil, awsapi.Error(ctx, err, effects[o.model.Effect])
		}
	}
	return call.result, nil
}

// unread returns the error of a body that was not read, or not written; one that
// broke off stays a *streamError.
func (o *operation) unread(ctx context.Context, err error) error {
	var broken *streamError
	var unsaved *saveError
	switch {
	case errors.As(err, &broken):
		return broken
	case errors.As(err, &unsaved):
		return unsaved.public(effects[o.model.Effect])
	}
	return awsapi.Error(ctx, err, effects[o.model.Effect])
}

// required returns the indexes of the result's members that the model requires.
// Lists, maps and bytes are none of them: where they are empty, services leave
// them out.
func (o *operation) required() (list []int) {
	if o.model.Output == model.None {
		return nil
	}
	for i, m := range o.service.model.Shapes[o.model.Output].Members {
		switch o.service.model.Shapes[m.Shape].Kind {
		case model.List, model.Map, model.Blob:
			continue
		default:
		}
		if m.Flags&model.Required != 0 {
			list = append(list, i)
		}
	}
	return list
}

// lacks returns the name of a member that the model requires and an answer does
// not have; empty for none.
func (o *operation) lacks(result map[string]any) string {
	for _, i := range o.always() {
		name := capital(o.service.model.Shapes[o.model.Output].Members[i].Name)
		if result[name] == nil {
			return name
		}
	}
	return ""
}

// finish returns the step's result.
func (o *operation) finish(params, result map[string]any) (any, error) {
	if o.quirk.finish != nil {
		o.quirk.finish(params, result)
	}
	if o.plain && params[plainParameter] == true {
		o.plainItems(result)
	}
	return result, nil
}

// iamFacts returns the permission that a call needs as facts; nil where it is not
// known.
func iamFacts(action string) connector.Annotations {
	if action == "" {
		return nil
	}
	return connector.Annotations{awsapi.IAM(action)}
}
