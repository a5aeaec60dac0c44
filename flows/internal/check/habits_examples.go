package check

import (
	"cmp"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// This file makes examples of what the writer of a flow meant out of what stands
// in the file.

// foreignVerb reports a step whose keys say in the words of another system what
// it does.
func (c *checker) foreignVerb(n *node) bool {
	for _, use := range []func(key string, item *node) habits.Use{c.verbUse, func(key string, _ *node) habits.Use { return habits.Step("", key) }} {
		for i, key := range n.Keys() {
			if contains(modifierKeys, key.Text) || contains(verbKeys["call"], key.Text) {
				continue
			}
			if help := use(key.Text, n.Items()[i]).Help; help != "" {
				c.fail(key, "unknown-key", help, "%q is no key of a step, and the step has no verb", key.Text)
				return true
			}
		}
	}
	return false
}

// verbUse is what to write for a key that says what a step does.
func (c *checker) verbUse(key string, item *node) habits.Use {
	text := ""
	if item.Kind == scalarNode && !item.IsNull() {
		text = item.Text
	}
	use := habits.Verb(key, text)
	calls := func(operation string) habits.Use {
		return use.Calls(operation, "write ‹call: "+operation+"›, with its parameters as a map under ‹with:›")
	}
	if op, ok := c.registry.Operation(text); ok && use.Help != "" {
		return calls(op.Name)
	}
	switch {
	case use.Operation() == "lambda.invoke":
		if meant, ok := c.meantOperation(text); ok {
			return calls(meant)
		}
	case use.Operation() == "log.info":
		if item.Kind == scalarNode && !strings.EqualFold(key, "type") && !strings.EqualFold(key, "uses") {
			use.Help = "write ‹call: log.info› and ‹with: {message: " + example(item, "text") + "}›"
		}
	case use.Key() == "wait":
		if d := habits.Duration(text); d != "" {
			use.Help = "write ‹wait: " + d + "›"
		}
	}
	return use
}

// stepsHelp is what to write where something else stands than a list of steps.
func (c *checker) stepsHelp(n *node) string {
	if n.Kind == mapNode && len(n.Keys()) > 0 {
		for _, key := range n.Keys() {
			if _, ok := verbs[key.Text]; ok {
				if c.src.JSON() {
					return "put it between [ and ]"
				}
				return "begin each step with -"
			}
		}
		if n.Items()[0].Kind == mapNode {
			return "steps are a list, and their names are ids: write ‹- {id: " + identifierOf(n.Keys()[0].Text) + ", call: lambda.invoke}›"
		}
	}
	if c.src.JSON() {
		return "write a list of steps, such as [‹- call: lambda.getAccountSettings›]"
	}
	return "begin each step with -, such as ‹- call: lambda.getAccountSettings›"
}

// stepHelp is what to write where something else stands than a step.
func (c *checker) stepHelp(n *node) string {
	if n.Kind == scalarNode {
		if help := c.jumpHelp(n.Text, nil); help != "" {
			return help
		}
		if verb := verbSpelt(n.Text); verb != "" {
			return verbAlone(verb)
		}
		if habits.Jump(n.Text) == habits.Stop {
			return verbAlone("return")
		}
		if op, ok := c.registry.Operation(n.Text); ok {
			return "write ‹- call: " + op.Name + "›, with its parameters as a map under ‹with:›"
		}
		if help := habits.Verb(n.Text, "").Help; help != "" && schema.IsIdentifier(n.Text) {
			return help
		}
		if meant, ok := c.meantOperation(n.Text); ok && n.Text != "" {
			return "write ‹- call: " + meant + "›, with its parameters as a map under ‹with:›"
		}
	}
	return "write a verb, such as ‹- call: lambda.invoke›"
}

// verbAlone is what to write for a verb without what it needs.
func verbAlone(verb string) string {
	if verb == "return" {
		return "write ‹- return: value›, or ‹- return: null› for no output"
	}
	return "write ‹- " + verbs[verb] + "›"
}

// identifierOf makes a name that expressions can use of one that they cannot.
func identifierOf(name string) string {
	out := strings.Map(func(r rune) rune {
		if r == '_' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' {
			return r
		}
		return '_'
	}, name)
	if out = strings.Trim(out, "_"); out == "" || out[0] >= '0' && out[0] <= '9' {
		out = "n" + out
	}
	return out
}

// nameHelp is what to write for a name that is none.
func nameHelp(n *node) string {
	help := "use letters, digits and _, and begin with a letter"
	if n.Kind == scalarNode && n.Text != "" && len(n.Text) <= 40 && !strings.ContainsAny(n.Text, "${}\n") {
		help += ": " + identifierOf(n.Text)
	}
	return help
}

// textHelp is what to write where a list or map stands in place of text.
func textHelp(n *node, what string) string {
	switch {
	case what == "call":
		return "write ‹call: lambda.invoke›, with its parameters as a map under ‹with:›"
	case what == "flow" && n.Kind != scalarNode:
		return "write ‹flow: its-name›"
	case what == "connection" && n.Kind != scalarNode:
		return "write the name of a connection, or one as a map"
	case n.IsNull():
		return "write a text, or leave it out"
	}
	return "write one text"
}

// inputsExample is a declaration for inputs that are given in another way.
func inputsExample(n *node) string {
	names := []string{"name"}
	if n.Kind == listNode && len(n.Items()) > 0 {
		names = nil
		for _, item := range n.Items() {
			switch name := item.Get("name"); {
			case item.Kind == scalarNode && schema.IsIdentifier(item.Text):
				names = append(names, item.Text)
			case name == nil:
				if id := item.Get("id"); id != nil && schema.IsIdentifier(id.Text) {
					names = append(names, id.Text)
				}
			case schema.IsIdentifier(name.Text):
				names = append(names, name.Text)
			}
		}
	}
	if len(names) == 0 || len(names) > 3 {
		names = []string{"name"}
	}
	return "‹inputs: {" + strings.Join(names, ": {type: string}, ") + ": {type: string}}›"
}

// inputExample is a declaration for an input that is given as a bare word.
func inputExample(n *node) string {
	if n.Kind != scalarNode {
		return "‹{type: string}›"
	}
	if _, _, ok := schema.ParseType(n.Text); ok && n.Text != "" {
		return "‹{type: " + n.Text + "}›"
	}
	if t := habits.Type(n.Text); t.Whole {
		return "‹{type: " + t.Name + "}›"
	}
	return "‹{default: " + example(n, "value") + "}›"
}

// casesHelp is what to write for cases that are no list.
func casesHelp(cases *node) string {
	is := "value"
	if cases != nil && cases.Kind == mapNode && len(cases.Keys()) > 0 {
		is = example(cases.Keys()[0], is)
	}
	return "write ‹cases: [{is: " + is + ", do: [steps]}]›"
}

// setHelp is what to write for a set that is no map.
func setHelp(n *node) string {
	name, v := "name", "value"
	if n.Kind == scalarNode && !n.IsNull() {
		before, after, found := strings.Cut(n.Text, "=")
		if before = strings.TrimSpace(before); schema.IsIdentifier(before) {
			name = before
			if after = strings.TrimSpace(after); found && after != "" {
				v = after
			}
		}
	}
	if n.Kind == listNode && len(n.Items()) > 0 && n.Items()[0].Kind == mapNode {
		return "write one map of all names: ‹set: {name: value, other: value}›"
	}
	return "write ‹set: {" + name + ": " + v + "}›"
}

// waitHelp is what to write for wait: {seconds: 5}.
func waitHelp(key, item *node) string {
	unit := map[string]string{"seconds": "s", "second": "s", "secs": "s", "minutes": "m", "minute": "m", "hours": "h", "hour": "h", "days": "d", "ms": "ms", "milliseconds": "ms", "millis": "ms"}
	text := ""
	if item != nil && item.Kind == scalarNode && !item.IsNull() {
		text = item.Text
	}
	name := strings.ToLower(key.Text)
	switch {
	case unit[name] != "" && strings.HasPrefix(text, "${"):
		return `write ‹wait: "` + text + unit[name] + `"›`
	case unit[name] != "" && text != "" && strings.Trim(text, "0123456789.") == "":
		return "write ‹wait: " + text + unit[name] + "›"
	case name == "for", name == "duration", name == "delay", name == "time", name == "timeout":
		if text = cmp.Or(habits.Duration(text), text); kindOfText(text) == "duration" {
			return "write ‹wait: " + text + "›"
		}
		return "write ‹wait: 10s›"
	case unit[name] != "":
		return "write ‹wait: 10s›"
	case name == "timestamp", name == "timestamppath", name == "date", name == "at":
		return `write ‹wait: {until: "2026-01-31T08:00:00Z"}›`
	}
	return ""
}

// loopHelp is what to write for a forEach over something else than a list.
func loopHelp(n *node, t *schema.Field) string {
	number := t.Type == schema.Integer || t.Type == schema.Number
	text := strings.TrimSpace(n.Text)
	if inner, ok := strings.CutPrefix(text, "${"); ok && number && strings.HasSuffix(inner, "}") && strings.Count(text, "${") == 1 {
		return "write ‹forEach: \"${1.." + strings.TrimSuffix(inner, "}") + "}\"› for that many rounds"
	}
	if strings.Trim(text, "0123456789") == "" && text != "" {
		return "write ‹forEach: \"${1.." + text + "}\"›"
	}
	if first, last, ok := strings.Cut(text, ".."); ok && strings.Trim(first+last, "0123456789") == "" {
		return "write ‹forEach: \"${" + text + "}\"›"
	}
	return "write a list, such as ‹forEach: [one, two]›, or an expression that gives one"
}

// withHelp is what to write for parameters that are no map.
func withHelp(n *node, params *schema.Schema) string {
	name := "name"
	for i, f := range params.Fields() {
		if i == 0 || f.Required {
			name = f.Name
		}
		if f.Required {
			break
		}
	}
	return "write its parameters as a map: ‹with: {" + name + ": " + example(n, "value") + "}›"
}

// connectionHelp names the connections that a connector's operations can use.
func (w *stepCheck) connectionHelp(owner *connector.Connector) string {
	var names []string
	for _, name := range value.SortedKeys(w.connections) {
		if o := w.connections[name].owner; o != nil && (o == owner || owner.Family != "" && o.Family == owner.Family) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return "declare one: ‹connections: {" + owner.Name + ": {}}›"
	}
	return "connections for it are: " + strings.Join(names, ", ")
}
