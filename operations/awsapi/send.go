package awsapi

import (
	"context"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi/internal/direct"
)

// callOptions is what one call changes of its client.
type callOptions struct {
	single bool   // one attempt
	token  string // for idempotency; empty for the SDK's own
}

func (o *operation) callOptions(call *connector.Call) callOptions {
	h := callOptions{single: call.MayRepeat() == connector.RepeatNothing}
	if o.traits().takesToken {
		h.token = call.IdempotencyKey
	}
	return h
}

// token is what the SDK puts where an input has a token for idempotency and
// none is given: the same for each attempt of a step.
type token string

// GetIdempotencyToken returns the token.
func (t token) GetIdempotencyToken() (string, error) { return string(t), nil }

// send makes a call. One that was refused because of this machine's clock is
// made once more, whatever the step's retry: the client has corrected its time
// meanwhile, and the SDK does that only where it may send a request twice.
func (o *operation) send(ctx *calling, conn *Connection, h callOptions, in any) (any, error) {
	client := o.client(conn)
	out, err := o.sendBy(ctx, conn, client, h, in)
	if err == nil || ctx.corrected || !wrongClock(err) {
		return out, err
	}
	ctx.corrected = true
	ctx.again(ctx, err)
	return o.sendBy(ctx, conn, client, h, in)
}

// sendBy makes a call by a client, directly where that is the same as the
// SDK's.
func (o *operation) sendBy(ctx *calling, conn *Connection, client reflect.Value, h callOptions, in any) (any, error) {
	if why := o.detour(conn, h); why != "" {
		conn.tell(ctx, o.name, why)
		return o.invoke(ctx, client, in, o.options(conn, h)...)
	}
	way := o.wayOf(conn, h)
	out, err := way.Do(ctx, in)
	if why := way.Why(); why != "" {
		conn.tell(ctx, o.name, why)
	} else if why := conn.transport.Detour(); why != "" {
		conn.tell(ctx, o.name, "net/http sends the requests: "+why)
	}
	return out, err
}

func (o *operation) options(conn *Connection, h callOptions) []reflect.Value {
	var options []reflect.Value
	if h.single {
		options = append(options, conn.service.single())
	}
	if h.token != "" {
		options = append(options, conn.service.with("IdempotencyTokenProvider", token(h.token)))
	}
	return options
}

// invoke calls the method of a client of the SDK.
func (o *operation) invoke(ctx context.Context, client reflect.Value, in any, options ...reflect.Value) (any, error) {
	args := append(make([]reflect.Value, 0, 8), reflect.ValueOf(ctx), reflect.ValueOf(in))
	answer := o.method.of(client).Call(append(args, options...))
	if err, _ := answer[1].Interface().(error); err != nil {
		return nil, err
	}
	return answer[0].Interface(), nil
}

// client returns the client to call. Event streams of one client share state in
// the SDK that nothing guards, so that reading two at once is a data race: each
// gets a client of its own.
func (o *operation) client(conn *Connection) reflect.Value {
	if o.traits().streams {
		return conn.again()
	}
	return conn.sdk
}

// calls are the ways in which one operation is called on one client.
type calls struct{ retried, single *direct.Operation }

// wayOf returns the one of a call; nil where the SDK makes it in any case.
func (o *operation) wayOf(conn *Connection, h callOptions) *direct.Operation {
	if o.detour(conn, h) != "" {
		return nil
	}
	c := conn.callsOf(o)
	if h.single {
		return c.single
	}
	return c.retried
}

// callsOf returns those of an operation, made at the first call.
func (c *client) callsOf(o *operation) *calls {
	if made, ok := c.calls.Load(o); ok {
		return made.(*calls)
	}
	target := &direct.Client{
		Package: c.service.client.Elem().PkgPath(), Options: c.options, HTTP: c.http, Alone: c.alone,
		Renewer: c.renew, Generation: c.renew.current, Resume: withGeneration,
	}
	method := func(ctx context.Context, in any, set ...direct.Setting) (any, error) {
		return o.invoke(ctx, c.sdk, in, c.service.settings(set)...)
	}
	in, out := reflect.New(o.input).Interface(), reflect.New(o.output).Interface()
	var model direct.Model
	if o.Model != nil {
		model = direct.Model{Operation: o.Model, Input: modelOf(o.input), Output: modelOf(o.output), Bare: o.bare()}
	}
	made, _ := c.calls.LoadOrStore(o, &calls{
		retried: direct.New(target, method, in, out, model),
		single:  direct.New(target, method, in, out, model, direct.Setting{Option: "Retryer", Value: aws.NopRetryer{}}),
	})
	return made.(*calls)
}

// options returns the Options of the SDK's client, nil where it has none.
func (c *client) options() any {
	method := c.sdk.MethodByName("Options")
	if !method.IsValid() || method.Type().NumIn() != 0 || method.Type().NumOut() != 1 {
		return nil
	}
	return method.Call(nil)[0].Interface()
}

// settings returns the options of a call that set members of its Options.
func (s *service) settings(list []direct.Setting) []reflect.Value {
	options := make([]reflect.Value, len(list))
	for i, set := range list {
		if set.Value == any(aws.NopRetryer{}) {
			options[i] = s.single()
			continue
		}
		options[i] = s.with(set.Option, set.Value)
	}
	return options
}
