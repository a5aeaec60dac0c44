package check

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/internal/bind"
	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/schema"
)

// ruleSentAsText is the rule of texts that look like an expression, or like a
// value, of another system.
const ruleSentAsText = "sent-as-text"

// foreignKey reports a key that does not belong where it stands. use is what
// to write for what other systems mean by it, if they have it; item is the value
// under the key.
func (c *checker) foreignKey(key, item *node, use habits.Use, where string, known []string) {
	if use.Help == "" {
		c.unknownKey(key, where, known)
		return
	}
	c.fail(key, "unknown-key", renamed(use, key, item), "unknown key %q in %s", key.Text, where)
}

// means reports whether a key that does not belong into a map was meant as
// another one, so that the other one is not missing besides.
func means(n *node, key string, known []string, useOf func(string) habits.Use) bool {
	for _, k := range n.Keys() {
		if contains(known, k.Text) {
			continue
		}
		use := useOf(k.Text)
		if use.Gives(key) {
			return true
		}
		if near, ok := diag.Nearest(k.Text, known); use.Help == "" && ok && near == key {
			return true
		}
	}
	return false
}

// hasForeign reports whether a map has keys that do not belong into it.
func hasForeign(n *node, known []string) bool {
	return slices.ContainsFunc(n.Keys(), func(k *node) bool { return !contains(known, k.Text) })
}

var example1 = regex.Late{Text: `^write ‹(\w+): ([^›{\[]+)›`}

// renamed puts the value of the file into the example of a help, where it is of
// the same kind: write ‹as: item› is write ‹as: order› for item: order.
func renamed(use habits.Use, key, item *node) string {
	help := use.Help
	if text := typeOf(item); text != "" && use.Declared() == "items" && !use.Gives("type") {
		if len(item.Keys()) > 1 {
			return "write ‹items:› before what stands there"
		}
		return "write ‹items: {type: " + text + "}›"
	}
	m := example1.Get().FindStringSubmatchIndex(help)
	if m == nil || item == nil || item.Kind != scalarNode || item.IsNull() {
		return help
	}
	instead := help[m[4]:m[5]]
	text := item.Text
	if unit := unitOf(key.Text); unit != "" && kindOfText(text) == "number" && kindOfText(instead) == "duration" {
		text += unit
	}
	kind := kindOfText(text)
	if kind == "" || kind != kindOfText(strings.Trim(instead, `"'`)) {
		return help
	}
	if kind == "expression" {
		text = habits.Quoted(text)
	}
	return help[:m[4]] + text + help[m[5]:]
}

// typeOf returns the type that a declaration names; empty for what is none.
func typeOf(n *node) string {
	if n == nil || n.Kind != mapNode || n.Get("type") == nil {
		return ""
	}
	name := n.Get("type").Text
	if _, _, ok := schema.ParseType(name); !ok {
		return ""
	}
	return name
}

// kindOfText tells apart what may take the place of what in an example.
func kindOfText(text string) string {
	if strings.ContainsAny(text, "‹›\n") || len(text) > 60 {
		return ""
	}
	if _, err := schema.ParseDuration(text); err == nil && text != "0" {
		return "duration"
	}
	switch {
	case text == "true" || text == "false":
		return "boolean"
	case strings.Trim(text, "0123456789") == "" && text != "":
		return "number"
	case strings.HasPrefix(text, "${") && strings.HasSuffix(text, "}"):
		return "expression"
	case schema.IsIdentifier(text) || schema.IsIdentifier(strings.ReplaceAll(text, "-", "_")) && text == "its-name":
		return "name"
	}
	return ""
}

// unitOf is the unit that a key such as timeoutSeconds names.
func unitOf(key string) string {
	key = strings.ToLower(key)
	for _, u := range []struct{ word, unit string }{{"millis", "ms"}, {"ms", "ms"}, {"sec", "s"}, {"min", "m"}, {"hour", "h"}, {"day", "d"}} {
		if strings.Contains(key, u.word) {
			return u.unit
		}
	}
	return ""
}

// known says what names a text may mean where sc is what expressions see.
func (sc *scope) known(root, name string) bool {
	switch root {
	case "ctx":
		return sc.ctx.field(name) != nil
	case "steps":
		return sc.check.stepNamed(name) != nil
	case "secrets":
		_, ok := sc.check.secrets[name]
		return ok
	}
	for f := sc.frame; f != nil; f = f.parent {
		if _, ok := f.names[name]; ok {
			return true
		}
	}
	return false
}

// asText looks at a text that is sent as it is. before is how many mistakes
// were known before the text was checked: where it is wrong, the help goes there.
func (c *checker) asText(n *node, f *schema.Field, sc *scope, what string, before int) {
	if sc == nil || n.Text == "" || sc.ctx == nil || strings.HasSuffix(what, ".$") {
		return
	}
	found, ok := c.foreignText(n, f, sc, what)
	if !ok {
		return
	}
	if wrong := c.diags[before:]; len(wrong) > 0 {
		for i := range wrong {
			wrong[i].Help = c.spell(found.Help)
		}
		return // one mistake
	}
	at := c.src.At(n)
	if n.Style != literalBlock && n.Style != foldedBlock { // a comment that silences stands in the first line of a block
		at = c.src.Inside(n, found.Offset, found.Length)
	}
	c.report(diag.Warning, at, ruleSentAsText, found.Help, what+": "+found.What)
}

// foreignText finds what of a text looks like something else.
func (c *checker) foreignText(n *node, f *schema.Field, sc *scope, what string) (habits.Found, bool) {
	if n.Style == plainStyle {
		if help, ok := habits.Curly(n.Text); ok {
			return habits.Found{Length: len(n.Text), What: "these quotes are a part of the text", Help: help}, true
		}
		if word := habits.Word(n.Text); word != "" && f.Type == schema.Any && len(f.Enum) == 0 {
			return habits.Found{Length: len(n.Text), What: n.Text + " is text here", Help: "write " + word + `, or "` + n.Text + `" for the text`}, true
		}
	}
	if f.Secret {
		return habits.Found{}, false
	}
	if c.known == nil {
		c.known = func(root, name string) bool { return c.knownIn.known(root, name) }
	}
	c.knownIn = sc
	found, ok := habits.Expression(n.Text, c.known) // hardly any text is one
	if !ok || len(f.Enum) > 0 && slices.Contains(f.Enum, any(n.Text)) || takesForeign(what) {
		return habits.Found{}, false
	}
	found.What += ", and is sent as it is"
	return found, true
}

// takesForeign reports whether a value is, by its name, likely to hold what
// looks like an expression and is one of the service.
func takesForeign(what string) bool {
	what = strings.ToLower(what)
	for _, word := range []string{"template", "document", "definition", "path", "pattern", "script", "expression", "mapping", "format"} {
		if strings.Contains(what, word) {
			return true
		}
	}
	return false
}

// curlyQuotes warns of typographic quotes around an expression.
func (c *checker) curlyQuotes(n *node, what string) {
	if n.Style != plainStyle {
		return
	}
	if help, ok := habits.Curly(n.Text); ok {
		c.warn(n, ruleSentAsText, help, "%s: these quotes are a part of the text", what)
	}
}

// pathKey is the help for a key such as payload.$, as Step Functions spells one
// whose value is a path.
func pathKey(key, value *node) (help string, ok bool) {
	name, ok := strings.CutSuffix(key.Text, ".$")
	if !ok || name == "" {
		return "", false
	}
	use := "${ctx.NAME}"
	if value != nil && value.Kind == scalarNode {
		if own := habits.Intrinsic(value.Text); own != "" {
			use = "${" + own + "}"
		} else if found, ok := habits.Expression(value.Text, func(string, string) bool { return false }); ok && found.Use != "" {
			use = "${" + found.Use + "}"
		}
	}
	return "write ‹" + name + `: "` + use + `"›`, true
}

// mustache returns the problem of an expression that cannot be read in the words
// of who wrote ${{ }}.
func (c *checker) mustache(n *node, p bind.Problem, sc *scope) bind.Problem {
	if p.Rule != bind.RuleSyntax || p.Replaces || !strings.Contains(n.Text, "${{") || sc.ctx == nil {
		return p
	}
	if found, ok := habits.Mustache(n.Text, sc.known); ok && found.Offset <= p.Offset && p.Offset <= found.Offset+found.Length {
		p.Offset, p.Length, p.Help = found.Offset, found.Length, "one { is enough: "+found.Help
		p.Message = "${{ }} is no expression of a flow"
	}
	return p
}

// mismatch is the help for an expression of another type than is wanted.
func mismatch(n *node, have, want *schema.Field) string {
	inner, whole := strings.CutPrefix(n.Text, "${")
	inner, closed := strings.CutSuffix(inner, "}")
	if !whole || !closed || strings.Contains(inner, "${") {
		return ""
	}
	inner = strings.TrimSpace(inner)
	number := have.Type == schema.Integer || have.Type == schema.Number
	list := have.Type == schema.List
	time := have.Type == schema.Duration || have.Type == schema.Timestamp
	switch {
	case want.Type == schema.Duration && number:
		return "give it a unit: " + habits.Quoted(n.Text+"s")
	case want.Type == schema.Duration && have.Type == schema.Timestamp:
		return "take the time until then: " + habits.Quoted("${"+inner+" - now()}")
	case want.Type == schema.String && have.Type == schema.Bytes:
		return "make text of it: " + habits.Quoted("${base64("+inner+")}")
	case want.Type == schema.Boolean && (time || have.Type == schema.Bytes || have.Type == schema.Object):
		return "ask whether it is there: " + habits.Quoted("${"+inner+" != null}")
	case want.Type == schema.Integer && have.Type == schema.Duration, want.Type == schema.Number && have.Type == schema.Duration:
		return "take its seconds: " + habits.Quoted("${int(seconds("+inner+"))}")
	case (want.Type == schema.Integer || want.Type == schema.Number) && have.Type == schema.Timestamp:
		return "take its seconds since 1970: " + habits.Quoted("${epochSeconds("+inner+")}")
	case (want.Type == schema.Integer || want.Type == schema.Number) && have.Type == schema.Boolean:
		return "make a number of it: " + habits.Quoted("${"+inner+" ? 1 : 0}")
	case want.Type == schema.List && (number || time || have.Type == schema.Boolean || have.Type == schema.Bytes):
		return "put it into a list: " + habits.Quoted("${["+inner+"]}")
	case (want.Type == schema.Map || want.Type == schema.Object) && (number || time || list || have.Type == schema.Boolean || have.Type == schema.Bytes || have.Type == schema.String):
		return "write a map: ‹{name: " + habits.Quoted(n.Text) + "}›"
	case want.Type == schema.Duration:
		return "a duration is such as ‹90s›, or an expression that gives one, such as ‹\"${duration('90s')}\"›"
	case want.Type == schema.Timestamp:
		return "a timestamp is such as ‹\"2026-01-31T08:00:00Z\"›, or ‹\"${now()}\"›"
	case want.Type == schema.Boolean && number:
		return "compare it: " + habits.Quoted("${"+inner+" > 0}")
	case want.Type == schema.Boolean && have.Type == schema.String:
		return "compare it: " + habits.Quoted("${"+inner+" == 'yes'}")
	case want.Type == schema.Boolean && (list || have.Type == schema.Map):
		return "compare its length: " + habits.Quoted("${len("+inner+") > 0}")
	case want.Type == schema.String && list:
		return "make one text of it: " + habits.Quoted("${join("+inner+", ', ')}") + ", or json(...)"
	case want.Type == schema.String && (have.Type == schema.Map || have.Type == schema.Object):
		return "take a member of it, or make JSON of it: " + habits.Quoted("${json("+inner+")}")
	case want.Type == schema.List && have.Type == schema.String:
		return "make a list of it: " + habits.Quoted("${split("+inner+", ',')}")
	case (want.Type == schema.Integer || want.Type == schema.Number) && list:
		return "take one element, or its length: " + habits.Quoted("${len("+inner+")}")
	}
	return ""
}

// meantOperation finds the operation that a name in another notation means:
// lambda:invoke, aws.lambda.invoke, arn:aws:states:::lambda:invoke, Invoke.
func (c *checker) meantOperation(name string) (string, bool) {
	parts := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(".:/ #@", r) })
	if n := len(parts); n > 2 && (parts[n-1] == "sync" || parts[n-1] == "waitForTaskToken") {
		parts = parts[:n-1]
	}
	switch n := len(parts); {
	case n >= 2:
		method := strings.ToLower(parts[n-1][:1]) + parts[n-1][1:]
		owner := strings.ToLower(parts[n-2])
		for _, prefix := range []string{"", "amazon", "aws"} {
			meant := strings.TrimPrefix(owner, prefix) + "." + method
			if op, ok := c.registry.Operation(meant); ok && meant != name {
				return op.Name, true
			}
		}
	case n == 1:
		var found []string
		for _, op := range c.registry.Operations() {
			if _, method, _ := strings.Cut(op.Name, "."); strings.EqualFold(method, parts[0]) {
				found = append(found, op.Name)
			}
		}
		if len(found) == 1 {
			return found[0], true
		}
	}
	return "", false
}

// foreignCall is the help for an operation that there is not, in the words of
// other systems.
func (c *checker) foreignCall(name string) string {
	if meant, ok := c.meantOperation(name); ok {
		return "write ‹call: " + meant + "›"
	}
	prefix, method, _ := strings.Cut(name, ".")
	switch strings.ToLower(prefix) {
	case "http", "https", "rest", "request":
		if _, ok := c.registry.Operation("http.request"); !ok {
			return ""
		}
		method = strings.ToUpper(method)
		if !slices.Contains([]string{"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}, method) {
			method = "GET"
		}
		return "write ‹call: http.request› and ‹with: {method: " + method + `, url: "https://api.example.com"}›`
	}
	return ""
}

// parametersBeside finds keys of a call that are parameters of its operation and
// stand beside its with.
func (c *checker) parametersBeside(n *node) map[string]bool {
	op, ok := c.registry.Operation(n.Get("call").Text)
	if !ok || len(n.Keys()) < 2 {
		return nil
	}
	var beside map[string]bool
	var params *schema.Schema
	for _, key := range n.Keys() {
		if key.Text == "call" || contains(modifierKeys, key.Text) || contains(verbKeys["call"], key.Text) {
			continue
		}
		if params == nil {
			params = op.Params()
		}
		f := params.Field(key.Text)
		if f == nil {
			if near := spelling(key.Text, params); near != "" {
				f = params.Field(near)
			}
		}
		if f == nil {
			continue
		}
		if beside == nil {
			beside = map[string]bool{}
		}
		beside[f.Name], beside[key.Text] = true, true
	}
	return beside
}

// spelling returns the parameter that differs from a name in nothing but capital
// letters, - and _.
func spelling(name string, s *schema.Schema) string {
	for _, known := range s.Spellings() {
		if strings.EqualFold(unsigned(known), unsigned(name)) {
			if f := s.Field(known); f != nil {
				return f.Name
			}
		}
	}
	return ""
}

func unsigned(name string) string { return strings.NewReplacer("-", "", "_", "").Replace(name) }
