package awsapi

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/lending"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsapi/internal/direct"
	"github.com/medlar-flow/medlar/schema"
)

// operation is one method of a client, with what the tables say of it.
type operation struct {
	Operation
	builder *builder
	name    string
	effect  connector.Effect
	method  method
	input   reflect.Type
	output  reflect.Type

	planning, looking sync.Once
	planned           plan            // see plan
	seen              operationTraits // see nature
}

// operationTraits is what the types of an operation tell beside its parameters, found
// out when it is first used.
type operationTraits struct {
	paging *paging // nil where the operation has no pages
	// takesToken is true where the SDK makes up a token for idempotency.
	takesToken bool
	// streams is true where the answer is an event stream.
	streams bool
}

// plan is how a call is made: compiled at the first one.
type plan struct {
	set  *structSetter
	read *structReader
}

// operation makes the operation of a method, and what flows see of it, of which the tables
// have written theirs.
func (b *builder) operation(o *operation, public *connector.Operation, m method) {
	o.builder, o.name, o.method = b, m.name, m
	o.input, o.output = m.input(), m.output().Elem()
	if o.effect = effectOf(m.name); o.Effect != nil {
		o.effect = *o.Effect
	}
	o.publish(public)
}

func (o *operation) traits() operationTraits {
	o.looking.Do(func() {
		_, streams := o.method.output().MethodByName("GetStream")
		o.seen = operationTraits{
			paging: pagingOf(o.input, o.output), streams: streams,
			takesToken: o.builder.service.makesTokens() && hasToken(o.input),
		}
	})
	return o.seen
}

func (o *operation) plan() plan {
	o.planning.Do(func() {
		o.planned = plan{
			set:  newSetters(o.builder.unions).forStruct(o.input).with(o.Bytes),
			read: make(readers).forStruct(o.output).payloads(o.ExtraResults),
		}
	})
	return o.planned
}

func (o *operation) publish(op *connector.Operation) {
	b := o.builder
	short := LowerCamel(o.name)
	op.Name = b.connector.Name + "." + short
	op.Summary, op.Description = o.Summary, o.Description
	if op.Summary == "" {
		op.Summary = Words(o.name) + "."
	}
	op.Effect, op.Hints = o.effect, b.hints
	op.Annotations = connector.Annotations{IAM(or(o.IAMAction, b.iamPrefix+":"+o.name))}
	op.Describe, op.Run, op.Check = o.describe, o.run, o.Check
	op.SendsKey = func(map[string]any) bool { return o.traits().takesToken && sendsToken(o.input) }
	switch {
	case o.lends():
		lending.Promise(op)
	case o.Prepare == nil && o.bare():
		lending.PromiseCall(op)
	}
	op.EndsInTime, op.IgnoresKey = o.endsInTime, func() bool { return !o.traits().takesToken }
	if short != o.name {
		op.Aliases = []string{o.name}
	}
	if b.reference != "" {
		op.URL = b.referenceTo(o.name)
	}
	op.OtherErrors = o.OtherErrors
	if len(o.Errors) > 0 {
		op.Errors = make([]connector.ErrorCode, len(o.Errors))
	}
	for i, code := range o.Errors {
		op.Errors[i] = connector.ErrorCode{Code: code, Class: ClassOf(code, 0), Aliases: typeNames(code)}
	}
}

// endsInTime reports whether a call ends with its context: a client of ours sees to that
// for all that the SDK does, and hooks where their row says so.
func (o *operation) endsInTime(conn connector.Connection) bool {
	c, ok := conn.(*Connection)
	return ok && c.alone && !o.traits().streams && (o.Simple || o.Prepare == nil && o.Finish == nil)
}

// referenceTo returns the address of an operation's reference page.
func (b *builder) referenceTo(operation string) string {
	before, behind, _ := strings.Cut(b.reference, "%s")
	return before + operation + behind
}

func or(text, fallback string) string {
	if text != "" {
		return text
	}
	return fallback
}

func (o *operation) describe() connector.Shape {
	return connector.Shape{Params: o.describeParams(), Result: o.describeResult()}
}

func (o *operation) describeParams() *schema.Schema {
	d := &describer{
		required: required(o.method.of(o.builder.service.probe()), o.input),
		tables:   o.builder.params,
		own:      o.Params,
		public:   o.builder.public,
		unions:   o.builder.unions,
		used:     map[string]bool{},
	}
	fields := d.fields(o.input, modelOf(o.input), "")
	if unknown := d.unused(o.Params); len(unknown) > 0 {
		panic(fmt.Sprintf("awsapi: %s has no parameters %s", o.name, strings.Join(unknown, ", ")))
	}
	for name := range o.Bytes {
		if !slices.ContainsFunc(membersOf(o.input), func(m member) bool { return m.name == name && m.typ == bytesType }) {
			panic(fmt.Sprintf("awsapi: %s takes no bytes as %s", o.name, name))
		}
	}
	MarkNarrowing(o.name, o.effect, fields)
	for _, path := range value.SortedKeys(o.Spellings) {
		fields = append(fields, spelling(fields, path, o.Spellings[path]))
	}
	for _, extra := range o.builder.extra {
		fields = replace(fields, extra(o.name))
	}
	if o.traits().paging != nil {
		fields = append(fields, PaginateField())
	}
	return schema.MustNew(replace(fields, o.Extra)...)
}

// spelling returns the field that lets names stand for the parameter at path.
func spelling(fields []*schema.Field, path string, names []string) *schema.Field {
	into := strings.Split(path, ".")
	var target *schema.Field
	for _, name := range into {
		i := slices.IndexFunc(fields, func(f *schema.Field) bool { return f.Name == name })
		if i < 0 {
			panic(fmt.Sprintf("awsapi: no parameter %s for the spelling %s", path, names[0]))
		}
		target = fields[i]
		fields = target.Members.Fields()
	}
	f := *target
	f.Name, f.Aliases, f.Into, f.Required, f.Default = names[0], names[1:], into, false, nil
	return &f
}

// replace puts each extra field in the place of the one with its name, or last.
func replace(fields, extra []*schema.Field) []*schema.Field {
	for _, f := range extra {
		i := slices.IndexFunc(fields, func(old *schema.Field) bool { return old.Name == f.Name })
		if i < 0 {
			fields = append(fields, f)
			continue
		}
		fields[i] = f
	}
	return fields
}

func (o *operation) describeResult() *schema.Field {
	d := &describer{
		result: true,
		tables: o.builder.results,
		own:    o.Results,
		public: o.builder.public,
		unions: o.builder.unions,
		used:   map[string]bool{},
		always: waysTo(o.Needs),
	}
	fields := d.fields(o.output, modelOf(o.output), "")
	if unknown := d.unused(o.Results); len(unknown) > 0 {
		panic(fmt.Sprintf("awsapi: the result of %s has no members %s", o.name, strings.Join(unknown, ", ")))
	}
	for path, found := range d.always {
		if !found {
			panic(fmt.Sprintf("awsapi: the result of %s has no member %s", o.name, path))
		}
	}
	fields = replace(fields, o.ExtraResults)
	return &schema.Field{Type: schema.Object, Members: schema.MustNew(fields...)}
}

// run makes one call.
func (o *operation) run(ctx context.Context, call *connector.Call) (any, error) {
	conn, err := o.connection(call)
	if err != nil {
		return nil, err
	}
	params := call.Params
	if o.Prepare != nil {
		params = maps.Clone(params)
		if err := o.Prepare(params); err != nil {
			return nil, invalid(err)
		}
	}
	how, calling := o.callOptions(call), newCalling(ctx, call, o.effect)
	if o.Traced {
		calling.trace[0] = connector.XRayOf(ctx)
	}
	var result any
	if pages, ok := WantsPages(params); ok && o.traits().paging != nil {
		result, err = o.allPages(calling, conn, how, params, pages)
	} else {
		result, err = o.once(calling, conn, how, params)
	}
	if err != nil {
		return nil, calling.counted(err)
	}
	return result, nil
}

func (o *operation) connection(call *connector.Call) (*Connection, error) {
	conn, ok := call.Connection.(*Connection)
	if !ok || conn.service.client != o.builder.service.client {
		return nil, &connector.Error{
			Code: codeConnection, Class: connector.ClassInvalid,
			Message: fmt.Sprintf("%s needs a connection of the connector %s", o.name, o.builder.connector.Name),
		}
	}
	return conn, nil
}

// once sends one request and gives its result.
func (o *operation) once(ctx *calling, conn *Connection, how callOptions, params map[string]any) (any, error) {
	way := o.wayOf(conn, how)
	in := o.newInput(way)
	ctx.lends = way != nil && o.lends()
	if err := o.plan().set.fill(reflect.ValueOf(in).Elem(), params); err != nil {
		return nil, invalid(err)
	}
	var few [1]*value.Payload
	borrowed := o.borrowed(few[:0], reflect.ValueOf(in).Elem(), params)
	output, err := o.send(ctx, conn, how, in)
	if err != nil {
		ctx.count(ctx, err)
		return nil, toError(ctx, err, o.effect)
	}
	ctx.requests++
	result, err := o.finish(ctx, params, reflect.ValueOf(output))
	if way != nil && o.bare() {
		way.Done(output)
	}
	if err == nil && ctx.lends && ctx.memory.Free {
		o.over(&ctx.memory, borrowed, result)
	}
	return result, err
}

// newInput returns a pointer to an empty input.
func (o *operation) newInput(way *direct.Operation) any {
	if way != nil {
		return way.NewInput()
	}
	return reflect.New(o.input).Interface()
}

// bare reports whether nobody but what reads the result sees the SDK's output.
func (o *operation) bare() bool { return o.Finish == nil || o.Simple }

// lends reports whether calls keep nothing of what they are given and give, so that the
// memory of payloads can serve others one day: no row of the operation sees to it.
func (o *operation) lends() bool { return len(o.Bytes) > 0 && o.bare() && o.Prepare == nil }

// borrowed appends the payloads whose own bytes stand in an input.
func (o *operation) borrowed(to []*value.Payload, in reflect.Value, params map[string]any) []*value.Payload {
	for name := range o.Bytes {
		if p, ok := params[name].(*value.Payload); ok && p.Holds(in.Field(o.plan().set.members[name].index).Bytes()) {
			to = append(to, p)
		}
	}
	return to
}

// over says of a call that went well what nobody has any more: the payloads that it
// borrowed, and the SDK's output, whose payload the result has.
func (o *operation) over(m *direct.Memory, borrowed []*value.Payload, result any) {
	for _, p := range borrowed {
		p.Return()
	}
	members, _ := result.(map[string]any)
	for _, f := range o.ExtraResults {
		if p, ok := members[f.Name].(*value.Payload); ok && f.Payload {
			p.Lend(m.Answer)
		}
	}
	*m = direct.Memory{}
}

func (o *operation) finish(ctx context.Context, params map[string]any, output reflect.Value) (any, error) {
	result, err := o.plan().read.read(output.Elem())
	if err != nil {
		return nil, toError(ctx, fmt.Errorf("reading the answer: %w", err), o.effect)
	}
	for _, path := range o.Needs {
		if !holds(result, path) {
			return nil, toError(ctx, Lacking(o.name, path, o.effect), o.effect)
		}
	}
	if o.Finish == nil {
		return result, nil
	}
	v, err := o.Finish(Answer{Params: params, Result: result, Output: output.Interface()})
	if err != nil {
		return nil, o.unfinished(ctx, toError(ctx, err, o.effect))
	}
	return v, nil
}

// Lacking is the failure of an answer without a member that the operation always
// gives: it is none, so nobody knows what was done.
func Lacking(operation, path string, effect connector.Effect) *connector.Error {
	e := &connector.Error{
		Code: codeAnswer, Class: connector.ClassUnavailable, Outcome: connector.OutcomeUnknown,
		Message: "the answer holds no " + path + ", which " + operation + " always gives",
	}
	if effect == connector.EffectReadOnly {
		e.Outcome = connector.OutcomeFailed
	}
	return e
}

// holds reports whether a result has a member that is neither null nor empty.
func holds(result map[string]any, path string) bool {
	name, rest, deeper := strings.Cut(path, ".")
	switch v := result[name].(type) {
	case nil:
		return false
	case string:
		return v != ""
	case map[string]any:
		return !deeper || holds(v, rest)
	}
	return true
}

// unfinished is the failure of an answer that could not be read to its end. The
// end of the call is the reason where that came first: an answer that is read
// while it comes then breaks off.
func (o *operation) unfinished(ctx context.Context, e *connector.Error) *connector.Error {
	if ctx.Err() == nil || !o.traits().streams {
		return e
	}
	ended := *connector.AsError(ctx.Err())
	ended.Details, ended.Err = e.Details, e
	return &ended
}
