package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// headerKeys are what a flow file may hold.
var headerKeys = []string{
	"flow", "description", "language", "inputs", "secrets", "connections", "timeout", "cleanupTimeout", "labels", "triggers", "steps", "output",
}

// file checks the whole file.
func (c *checker) file(root *node) {
	if root.Kind != mapNode {
		help := "a flow begins with ‹flow: its-name› and has ‹steps:› with the list of steps"
		if root.Kind == listNode && !c.src.JSON() {
			help = "begin the file with ‹flow: its-name› and ‹steps:›, and put this list under that"
		}
		c.fail(root, "not-a-flow", help, "a flow is a map, this file is %s", describe(root))
		return
	}
	for _, key := range root.Keys() {
		if !contains(headerKeys, key.Text) {
			c.headerKey(key, root.Get(key.Text))
		}
	}
	if !slices.ContainsFunc(root.Keys(), isForeignHeader) {
		root = mendedKeys(root, headerKeys, headerUse)
	} else {
		root = mendedKeys(root, []string{"steps"}, habits.Header)
	}
	c.header(root)
	sc := &scope{check: c, frame: c.root, ctx: c.rootCtx(c.inputs(root.Get("inputs")))}
	for _, f := range c.program.Inputs.Fields() {
		if c.grown[f.Name] {
			secret := *f
			secret.Secret = true
			sc.ctx.set(f.Name, &secret)
		}
	}
	c.meantInputs(root, sc.ctx)
	c.labels(root.Get("labels"))
	c.declareSecrets(root.Get("secrets"))
	c.head = root.Get("connections")
	c.declareConnections(c.head)
	c.collectIDs(root.Get("steps"), 0)
	c.declareMeantIDs()
	c.orderSecrets()
	c.program.Steps = c.topSteps(root, sc)
	c.diags, c.late = append(c.diags, c.late...), nil
	c.output(root.Get("output"), sc)
	c.triggers(root.Get("triggers"))
	c.unusedConnections()
	c.signalURLs()
	c.lostSets(root)
}

func contains(list []string, name string) bool {
	for _, s := range list {
		if s == name {
			return true
		}
	}
	return false
}

// isForeignHeader reports whether a key is none of a flow, and not a misspelt one: the
// others that do not belong there are another system's then, too.
func isForeignHeader(key *node) bool {
	if contains(headerKeys, key.Text) {
		return false
	}
	_, near := diag.Nearest(key.Text, headerKeys)
	return !near || habits.Header(key.Text).Help != ""
}

func (c *checker) headerKey(key, item *node) {
	if help, ok := verbs[key.Text]; ok {
		c.fail(key, "unknown-key", "put it into a list under ‹steps:› (‹"+help+"›)", "%q is a step's key, not a flow's", key.Text)
		return
	}
	use := habits.Header(key.Text)
	meant, _ := diag.Nearest(key.Text, headerKeys)
	if use.Help != "" {
		meant = use.Key()
	}
	if c.meant == nil {
		c.meant = map[string]bool{}
	}
	c.meant[meant] = true
	c.foreignKey(key, item, use, "the flow", headerKeys)
}

// headerUse is what is said of a key of the header; one of a step stands for no other.
func headerUse(key string) habits.Use {
	if verbs[key] != "" {
		return anotherKey
	}
	return habits.Header(key)
}

func (c *checker) header(root *node) {
	if n := root.Get("flow"); n == nil && !c.meant["flow"] {
		c.fail(root, "missing-key", "begin the file with ‹flow: its-name›", "the flow has no name")
	} else if n != nil {
		c.program.Name = c.text(n, "flow")
	}
	if n := root.Get("description"); n != nil {
		c.program.Description = c.text(n, "description")
	}
	if n := root.Get("language"); n != nil {
		if v, _ := n.Value(); v != int64(1) {
			c.fail(n, "unknown-language", "write ‹language: 1›, or leave it out", "the language of this version is 1, found %s", describe(n))
		}
	}
	c.program.Timeout = c.duration(root.Get("timeout"), "timeout", 0)
	c.program.Cleanup = c.duration(root.Get("cleanupTimeout"), "cleanupTimeout", interp.DefaultCleanup)
}

// duration reads a literal duration.
func (c *checker) duration(n *node, what string, otherwise time.Duration) time.Duration {
	if n == nil {
		return otherwise
	}
	v, ok := c.literal(n, fields.DurationField, what)
	if !ok {
		return otherwise
	}
	d, _ := time.ParseDuration(v.(string))
	return d
}

// inputs checks the declared inputs.
func (c *checker) inputs(n *node) *schema.Schema {
	c.program.Inputs = schema.MustNew()
	if n == nil || n.IsNull() {
		return c.program.Inputs
	}
	if n.Kind != mapNode {
		c.fail(n, "wrong-type", "write "+inputsExample(n), "inputs must be a map of names, found %s", describe(n))
		return c.program.Inputs
	}
	var fields []*schema.Field
	for i, key := range n.Keys() {
		if c.noExpression(key, "the name of an input") {
			fields = append(fields, c.field(n.Items()[i], key.Text, "input "+key.Text))
		}
	}
	inputs, err := schema.New(fields...)
	if err != nil {
		c.fail(n, "bad-input", "give each its own names", "inputs: %v", err)
		for _, f := range fields {
			f.Aliases = nil
		}
		if inputs, err = schema.New(fields...); err != nil {
			return c.program.Inputs
		}
	}
	c.program.Inputs = inputs
	return inputs
}

// meantInputs makes names known that stand under another system's key for inputs, or in a
// list of them.
func (c *checker) meantInputs(root *node, ctx *ctxScope) {
	for i, key := range root.Keys() {
		item := root.Items()[i]
		if key.Text == "inputs" && item.Kind != listNode || key.Text != "inputs" && habits.Header(key.Text).Key() != "inputs" {
			continue
		}
		names := item.Keys()
		if item.Kind == listNode {
			for _, one := range item.Items() {
				names = append(names, orNone(one.Get("id")), orNone(one.Get("name")))
			}
		}
		for _, name := range names {
			if ctx.field(name.Text) == nil && schema.IsIdentifier(name.Text) {
				ctx.set(name.Text, &schema.Field{})
			}
		}
	}
}

func orNone(n *node) *node {
	if n == nil {
		return &node{}
	}
	return n
}

// declareConnections notes the connections; each is checked at its first use,
// where it is known which steps have run.
func (c *checker) declareConnections(n *node) {
	if n == nil || n.IsNull() {
		return
	}
	if n.Kind != mapNode {
		c.fail(n, "wrong-type", "write ‹connections: {aws: {region: eu-west-1}}›", "connections must be a map, found %s", describe(n))
		if n = byNames(n); n == nil {
			return
		}
	}
	for i, key := range n.Keys() {
		name, ok := c.plainName(key, "a connection")
		if !ok {
			continue
		}
		body := n.Items()[i]
		if body.IsNull() {
			body = &node{Kind: mapNode, Line: body.Line, Col: body.Col}
		}
		if body.Kind != mapNode {
			c.fail(body, "wrong-type", "write its parameters as a map, such as ‹{region: eu-west-1}›", "connection %s must be a map, found %s", name, describe(body))
			continue
		}
		body = c.withConnector(name, body)
		decl := &connectionDecl{name: name, key: key, body: body}
		decl.owner = c.connectionOwner(name, body, key)
		c.connections[name] = decl
	}
}

// plainName checks the name of something that is only ever named, so that
// words of expressions are no trouble.
func (c *checker) plainName(key *node, what string) (string, bool) {
	if key.Kind != scalarNode || !schema.IsIdentifier(key.Text) {
		c.fail(key, "bad-name", nameHelp(key), "%s cannot be named %s", what, describe(key))
		return "", false
	}
	return key.Text, true
}

// connectionDecl is a connection of the header.
type connectionDecl struct {
	name  string
	key   *node
	body  *node
	owner *connector.Connector // any connector that has its parameters; nil where unknown
	plan  *interp.ConnectionPlan
	// usesSecrets and usesInputs are what its expressions refer to.
	usesSecrets []string
	usesInputs  bool
}

// withConnector reports a key that is meant as connector, of a connection that needs
// one, and returns the connection with that.
func (c *checker) withConnector(name string, body *node) *node {
	if _, ok := c.registry.Connector(name); ok || body.Get("connector") != nil {
		return body
	}
	mended := mendedKeys(body, []string{"connector"}, noUse)
	for i, key := range body.Keys() {
		if mended.Keys()[i] != key {
			c.unknownKey(key, "connection "+name, []string{"connector"})
		}
	}
	return mended
}

// connectionOwner finds the connector whose parameters a connection has.
func (c *checker) connectionOwner(name string, body, at *node) *connector.Connector {
	if n := body.Get("connector"); n != nil {
		at, name = n, n.Text
	}
	if owner, ok := c.registry.Connector(name); ok {
		if owner.Connection == nil {
			c.fail(at, "no-connection", "leave the connection out", "connector %s takes no connection", owner.Name)
			return nil
		}
		return owner
	}
	var names []string
	for _, owner := range c.registry.Connectors() {
		if owner.Family == name && owner.Connection != nil {
			return owner
		}
		if owner.Connection != nil {
			names = append(names, owner.Name)
		}
	}
	if owner := c.familyOfSource(name); owner != nil {
		return owner
	}
	help := diag.Suggest(name, names, "connectors are")
	if at != body.Get("connector") {
		help = "name it like its connector, or say with ‹connector:› which one it is for. " + help
	}
	c.fail(at, "unknown-connector", help, "there is no connector %q", name)
	return nil
}

// familyOfSource returns a connector of the registry's source whose family has
// a name; nil for none.
func (c *checker) familyOfSource(name string) *connector.Connector {
	source := c.registry.Source()
	if source == nil || source.Prefix() != name {
		return nil
	}
	for _, owner := range c.registry.Opened() {
		if owner.Family == name && owner.Connection != nil {
			return owner
		}
	}
	for _, of := range source.Names() {
		if owner, ok := c.registry.Connector(name + "." + of); ok && owner.Family == name && owner.Connection != nil {
			return owner
		}
	}
	return nil
}

// usePlan returns a declared connection's plan, checked at its first use. user is
// what the step sees that uses it; nil for none.
func (c *checker) usePlan(decl *connectionDecl, user *scope) *interp.ConnectionPlan {
	if decl.plan != nil || decl.owner == nil {
		return decl.plan
	}
	decl.plan = &interp.ConnectionPlan{Name: decl.name, At: c.src.At(decl.key), Index: len(c.program.Connections)}
	c.program.Connections = append(c.program.Connections, decl.plan)
	header := &scope{check: c, frame: c.root, ctx: c.newCtxScope(c.program.Inputs), header: true, connection: decl, user: user}
	body := c.gated(decl.plan, decl.owner, decl.body.Without("connector"))
	outer := c.sharing
	c.sharing = header
	decl.plan.Params = c.connectionParameters(decl.owner, body, header, "connection "+decl.name, decl.key)
	c.sharing = outer
	c.connectionTogether(decl.plan, decl.owner, body, decl.key)
	return decl.plan
}

// unusedConnections warns of connections that no step names, unless a step is not
// understood: that one may use them.
func (c *checker) unusedConnections() {
	for _, name := range value.SortedKeys(c.connections) {
		decl := c.connections[name]
		if decl.plan == nil && decl.owner != nil {
			c.usePlan(decl, nil)
			if !c.unclear {
				c.warn(decl.key, "unused-connection", "take it out, or name it in a step's ‹connection:›", "no step uses connection %s", name)
			}
		}
	}
}

func (c *checker) output(n *node, sc *scope) {
	t := &schema.Field{Nullable: true}
	given := fields.Null
	if n != nil {
		c.program.Output = c.value(n, nil, sc, "output")
		t, given = interp.TypeOf(c.program.Output), interp.GivenType(c.program.Output)
		c.warnSecrets(n, c.program.Output, "output", "leave it out, or see it with --reveal")
	}
	c.program.OutputOnly, c.program.OutputType = t, t
	for _, returned := range c.returns {
		c.program.OutputType = &schema.Field{Nullable: true, Secret: returned.HasSecret() || t.HasSecret()}
	}
	c.program.GivenType = c.given(given)
}

// typesOf lists the types of what is one of several values; none where one is not
// known.
func typesOf(list []*schema.Field) (types []schema.Type) {
	for _, t := range list {
		switch {
		case fields.IsNull(t):
		case t.Type == schema.Any:
			return nil
		case !slices.Contains(types, t.Type):
			types = append(types, t.Type)
		}
	}
	return types
}

// given is the type of the output or of what a return gives.
func (c *checker) given(output *schema.Field) *schema.Field {
	list := c.returns
	if len(list) == 0 || !end(c.program.Steps) {
		list = append(slices.Clone(list), output)
	}
	if len(list) == 0 || c.loader.lenient {
		return c.program.OutputType
	}
	out, null := list[0], false
	for _, t := range list {
		out, null = fields.Join(out, t), null || t.Absent || fields.IsNull(t)
	}
	if out.Type == schema.Any {
		c.program.GivenTypes = typesOf(list)
	}
	if null && !out.Absent && !fields.IsNull(out) {
		maybe := *out
		maybe.Nullable, maybe.Absent = true, true
		return &maybe
	}
	return out
}

// warnSecrets reports secrets in a value that people will see.
func (c *checker) warnSecrets(n *node, v interp.Value, what, help string) {
	switch x := v.(type) {
	case *interp.Binding:
		if x.Program.Secret() {
			c.warn(n, "secret-shown", help, "%s holds a secret, which is shown as ***", what)
		}
	case *interp.MapValue:
		for i, item := range x.Items {
			if i < len(n.Items()) && n.Kind == mapNode {
				c.warnSecrets(n.Items()[i], item, joinWhat(what, x.Keys[i]), help)
			}
		}
	case *interp.DynamicMap:
		for i, item := range x.Items {
			if i < len(n.Items()) && n.Kind == mapNode {
				c.warnSecrets(n.Items()[i], item, joinWhat(what, n.Keys()[i].Text), help)
			}
		}
	case interp.ListValue:
		for i, item := range x {
			if i < len(n.Items()) && n.Kind == listNode {
				c.warnSecrets(n.Items()[i], item, fmt.Sprintf("%s[%d]", what, i), help)
			}
		}
	}
}

// secretIn warns of a secret in a value that people will see.
func (c *checker) secretBinding(v interp.Value) bool {
	b, ok := v.(*interp.Binding)
	return ok && b.Program.Secret()
}

var _ bind.Scope = (*scope)(nil)
