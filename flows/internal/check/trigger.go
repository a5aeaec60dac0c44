package check

import (
	"errors"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/schedule"
	"github.com/medlar-flow/medlar/schema"
)

// The keys of a trigger: those of both kinds, and those of each.
var (
	triggerKeys  = []string{"name", "if", "id", "with"}
	routeKeys    = append([]string{"http", "auth", "respond", "answerWithin", "limit", "concurrency", "cors"}, triggerKeys...)
	scheduleKeys = append([]string{"schedule", "timezone", "overlap", "missed", "concurrency"}, triggerKeys...)
	kindKeys     = []string{"http", "schedule", "tool"}
)

const howToTrigger = "write ‹- http: POST /orders›, or ‹- schedule: \"30 2 * * *\"›"

// maxTriggers bounds the triggers of a flow.
const maxTriggers = 100

// triggers checks what starts runs of the flow where it is served.
func (c *checker) triggers(n *node) {
	if n == nil || n.IsNull() {
		return
	}
	if n.Kind != listNode {
		c.fail(n, "wrong-type", howToTrigger, "triggers must be a list, found %s", describe(n))
		return
	}
	if len(n.Items()) > maxTriggers {
		c.fail(n, "out-of-range", "serve several flows", "a flow has at most %d triggers, found %d", maxTriggers, len(n.Items()))
		return
	}
	names := map[string]*node{}
	for _, item := range n.Items() {
		if t := c.trigger(item); t != nil {
			c.triggerNamed(t, item, names)
			c.program.Triggers = append(c.program.Triggers, t)
		}
	}
}

// triggerNamed finds the name of a trigger, which no other one may have.
func (c *checker) triggerNamed(t *interp.Trigger, n *node, names map[string]*node) {
	at := n
	if name := n.Get("name"); name != nil {
		at = name
		if t.Name = c.text(name, "name"); len(t.Name) > maxTriggerName {
			c.fail(name, "wrong-length", "choose a short one", "the name of a trigger has at most %d bytes, found %d", maxTriggerName, len(t.Name))
		}
	}
	if t.Name == "" {
		return
	}
	if first := names[t.Name]; first != nil {
		c.fail(at, "duplicate-trigger", "give one of them a ‹name:› of its own", "two triggers are named %q; the first one is in line %d", t.Name, first.Line)
		return
	}
	names[t.Name] = at
}

const maxTriggerName = 200

// trigger checks one of the list.
func (c *checker) trigger(n *node) *interp.Trigger {
	if n.Kind != mapNode {
		c.fail(n, "wrong-type", howToTrigger, "a trigger must be a map, found %s", describe(n))
		return nil
	}
	written := n // with its misspelt keys
	n = mendedKeys(n, c.anyTriggerKeys(), useIn(habits.Trigger))
	if tool := n.Get("tool"); tool != nil {
		return c.tool(n, tool, written)
	}
	route, schedule, source := n.Get("http"), n.Get("schedule"), c.sourceOf(n)
	known := routeKeys
	switch {
	case route == nil && schedule != nil:
		known = scheduleKeys
	case route == nil && source != nil:
		known = sourceKeys(source)
	}
	c.triggerForeign(n, written, known)
	switch {
	case source != nil && (route != nil || schedule != nil):
		c.fail(n.Key(source.Name), "two-triggers", "make two triggers of them", "a trigger is begun by one thing, and this one by two")
		return nil
	case source != nil:
		t := &interp.Trigger{At: c.src.At(n)}
		c.source(t, n, source)
		return t
	case route != nil && schedule != nil:
		c.fail(n.Key("schedule"), "two-triggers", "make two triggers of them", "a trigger is a route or a schedule, and this one is both")
		return nil
	case route == nil && schedule == nil:
		if !means(n, "http", known, useIn(habits.Trigger)) && !means(n, "schedule", known, useIn(habits.Trigger)) {
			c.fail(n, "missing-key", howToTrigger, "a trigger says what starts a run: %s", strings.Join(c.kinds(), " or "))
		}
		return nil
	}
	t := &interp.Trigger{At: c.src.At(n)}
	if route != nil {
		c.route(t, n, route)
	} else {
		c.schedule(t, n, schedule)
	}
	return t
}

// anyTriggerKeys are the keys of triggers of all kinds.
func (c *checker) anyTriggerKeys() []string {
	return slices.Concat(routeKeys, scheduleKeys, c.kinds(), []string{"ack", "connection"})
}

// triggerForeign reports keys that a trigger does not take, as they are written.
func (c *checker) triggerForeign(n, written *node, known []string) {
	for i, key := range written.Keys() {
		switch {
		case contains(known, key.Text):
		case contains(routeKeys, key.Text) && n.Get("schedule") != nil:
			help := "leave it out: nobody calls it"
			if key.Text == "respond" || key.Text == "answerWithin" {
				help = "leave it out: nobody waits for an answer"
			}
			c.fail(key, "unknown-key", help, "%s belongs to a route, and this is a schedule", key.Text)
		case contains(scheduleKeys, key.Text) && n.Get("http") != nil && key.Text != "schedule":
			c.fail(key, "unknown-key", "leave it out", "%s belongs to a schedule, and this is a route", key.Text)
		case contains(c.kinds(), key.Text):
		case key.Text == connector.ConcurrencyParam && c.sourceOf(n) != nil:
			s := c.sourceOf(n)
			c.fail(key, "unknown-key", "write ‹"+s.Name+": {"+s.Main+": …, concurrency: "+n.Items()[i].Text+"}›", "concurrency stands under %s", s.Name)
		case c.sourceOf(n) != nil && n.Get("http") == nil && (contains(routeKeys, key.Text) || contains(scheduleKeys, key.Text)):
			c.fail(key, "unknown-key", "leave it out", "%s belongs to a route or a schedule, and this is %s", key.Text, c.sourceOf(n).Name)
		default:
			c.foreignKey(key, n.Items()[i], habits.Part(habits.Trigger, key.Text), "a trigger", known)
		}
	}
}

// event checks what routes and schedules have in common, seen from the event that
// begins a run.
func (c *checker) event(t *interp.Trigger, n *node, sc *scope) {
	if condition := n.Get("if"); condition != nil {
		t.If = c.condition(condition, sc, "if")
	}
	if id := n.Get("id"); id != nil {
		if id.IsNull() {
			c.fail(id, "wrong-type", "name what tells one event from the next, or leave it out", "id must be text, found empty")
		} else {
			c.identity(t, id, sc)
		}
	}
	c.eventInputs(t, n, sc)
}

// identity checks what an event is known by.
func (c *checker) identity(t *interp.Trigger, n *node, sc *scope) {
	before := len(c.diags)
	t.ID = c.value(n, needed(interp.KeyField), sc, "id")
	if !dependsOnEvent(t.ID) && !c.diags[before:].HasErrors() {
		c.fail(n, "same-identity", `take it from the event: ‹id: "${request.headers['x-github-delivery']}"›`,
			"id is the same for every event, so only the first would begin a run")
	}
}

// dependsOnEvent reports whether a value has an expression.
func dependsOnEvent(v interp.Value) bool {
	b, ok := v.(*interp.Binding)
	return ok && len(b.Program.Refs()) > 0
}

// eventInputs checks with, or that the event gives all inputs by name.
func (c *checker) eventInputs(t *interp.Trigger, n *node, sc *scope) {
	with := n.Get("with")
	switch {
	case with == nil || with.IsNull():
		c.inputsByName(t, n)
	case with.Kind != mapNode:
		c.fail(with, "wrong-type", "write the flow's inputs as ‹with: {name: \"${request.body}\"}›", "with must be a map, found %s", describe(with))
	default:
		t.With = c.object(with, c.program.Inputs, sc, "with", n.Key("with"))
	}
}

// inputsByName checks that what an event gives without with are inputs.
func (c *checker) inputsByName(t *interp.Trigger, n *node) {
	for _, part := range t.Parts {
		if c.program.Inputs.Field(part) == nil {
			c.fail(n.Get("http"), "unknown-input", "declare it under ‹inputs:›, or say with ‹with:› what the inputs are",
				"the path has {%s}, and the flow has no such input", part)
		}
	}
	if n.Get("http") != nil || t.Source != nil && t.Source.Inputs != "" {
		return
	}
	from, gives := n.Key("schedule"), "a schedule"
	if t.Source != nil {
		from, gives = n.Key(t.Source.Name), t.Source.Name
	}
	for _, f := range c.program.Inputs.Fields() {
		if f.Required && f.Default == nil {
			c.fail(from, schema.RuleMissing, "give it ‹with: {"+f.Name+": value}›, or a default", "input %s is required, and %s gives none", f.Name, gives)
		}
	}
}

// schedule checks a trigger by the clock.
func (c *checker) schedule(t *interp.Trigger, n, spec *node) {
	t.Schedule = c.text(spec, "schedule")
	t.Zone = "UTC"
	if zone := n.Get("timezone"); zone != nil {
		t.Zone = c.zone(zone)
	}
	c.times(t.Schedule, spec)
	t.Overlap = c.oneOf(n.Get("overlap"), "overlap", "skip", "queue", "allow")
	t.Concurrency = c.runsAtOnce(n.Get("concurrency"), fields.RunsField(fields.MostScheduled))
	if at := n.Key("concurrency"); t.Concurrency > 0 && t.Overlap == "allow" {
		c.fail(at, "unused-concurrency", "say ‹overlap: queue› for ticks that wait for one of the runs to end, or ‹overlap: skip› for ticks that are left out then",
			"with overlap: allow a tick begins its run however many go, so concurrency bounds nothing")
	}
	t.Missed = c.oneOf(n.Get("missed"), "missed", "once", "skip", "all")
	t.Name = "schedule " + strings.Join(strings.Fields(t.Schedule), " ")
	if t.Zone != "UTC" {
		t.Name += " " + t.Zone
	}
	c.event(t, n, c.triggerScope(nil, "tick"))
}

// runsAtOnce reads how many runs of a trigger may be under way; 0 where nothing is said.
func (c *checker) runsAtOnce(n *node, f *schema.Field) int {
	if n == nil || n.IsNull() {
		return 0
	}
	v, ok := c.literal(n, f, "concurrency")
	if !ok {
		return 0
	}
	most, _ := v.(int64)
	return int(most)
}

// times checks when a schedule ticks.
func (c *checker) times(text string, spec *node) {
	if text == "" {
		return // which is told elsewhere
	}
	_, err := schedule.Parse(text, nil) // the same mistakes in each zone
	var wrong schedule.Mistakes
	if !errors.As(err, &wrong) {
		return
	}
	for _, m := range wrong {
		c.report(diag.Error, c.src.Inside(spec, m.Start, m.End-m.Start), "bad-schedule", m.Help, "schedule: "+m.Message)
	}
}

// zone reads a time zone by its name.
func (c *checker) zone(n *node) string {
	name := c.text(n, "timezone")
	if name == "" {
		return "UTC"
	}
	var wrong *schedule.ZoneError
	if _, err := schedule.Zone(name); errors.As(err, &wrong) {
		c.fail(n, "unknown-zone", wrong.Help, "%s", wrong.Message)
		return "UTC"
	}
	return name
}

// oneOf reads one of some words; the first is the default.
func (c *checker) oneOf(n *node, what string, words ...string) string {
	if n == nil {
		return words[0]
	}
	f := &schema.Field{Type: schema.String, Required: true}
	for _, w := range words {
		f.Enum = append(f.Enum, w)
	}
	if v, ok := c.literal(n, f, what); ok {
		return v.(string)
	}
	return words[0]
}

// triggerScope returns what expressions of a trigger see. The names of a path are
// members of request.path.
func (c *checker) triggerScope(parts []string, names ...string) *scope {
	ts := &triggerScope{names: names, parts: parts}
	return &scope{check: c, frame: c.root, ctx: c.newCtxScope(c.program.Inputs), trigger: ts}
}
