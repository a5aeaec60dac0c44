package awsemu

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/diag"
)

// codeFields are the keys that say what a function or a version answers.
type codeFields struct {
	reply, fails *node
	log          *node
	local        *node
}

// handlers adds the keys of c to those of a mapping.
func (c *codeFields) handlers(r reader, to map[string]func(*node)) {
	to["reply"] = func(n *node) { c.reply = n }
	to["error"] = func(n *node) { c.fails = n }
	to["code"] = func(n *node) { c.local = n }
	to["log"] = func(n *node) {
		if n.kind != aList {
			r.at(n, "expected a list of texts, found %s", found(n))
			return
		}
		c.log = n
	}
}

// code makes the reply; nil where nothing is declared.
func (r reader) code(c codeFields) *declaredCode {
	if c.local != nil {
		return r.localCode(c)
	}
	if c.reply == nil && c.fails == nil {
		if c.log != nil {
			r.at(c.log, "log lines need a reply or an error beside them")
		}
		return nil
	}
	if c.reply != nil && c.fails != nil {
		r.at(c.fails, "a function answers with a reply or with an error, not with both")
	}
	out := &reply{}
	if c.fails != nil {
		r.failing(c.fails, out)
	} else {
		out.value = r.template(c.reply)
	}
	if c.log != nil {
		for _, line := range c.log.items {
			out.lines = append(out.lines, r.template(line))
		}
	}
	return &declaredCode{reply: out, text: []byte(sketch(c.reply) + sketch(c.fails) + sketch(c.log))}
}

// localCode reads code that is named by its path.
func (r reader) localCode(c codeFields) *declaredCode {
	for _, other := range []*node{c.reply, c.fails, c.log} {
		if other != nil {
			r.at(other, "a function with code answers and logs by itself")
		}
	}
	var path string
	r.text(&path)(c.local)
	if path == "" {
		return nil
	}
	local, err := readLocal(r.path(path))
	if err != nil {
		r.at(c.local, "%s", err)
		return nil
	}
	return &declaredCode{local: local}
}

// runnable makes sure that a function with code says how to run it.
func (r reader) runnable(d declaredFunction, at *node) {
	switch {
	case d.code.local == nil:
	case d.runtime == "":
		r.at(at, "a function with code needs its runtime, such as provided.al2023, nodejs22.x or python3.13")
	case d.handler == "" && !strings.HasPrefix(d.runtime, "provided"):
		r.at(at, "a function with code for %s needs its handler", d.runtime)
	}
}

// path gives a path of the file as this process sees it.
func (r reader) path(text string) string {
	if filepath.IsAbs(text) {
		return text
	}
	path := filepath.Join(r.folder, filepath.FromSlash(text))
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

// buckets reads the folders that stand for buckets of S3.
func (r reader) buckets(n *node, f *Fixture) {
	f.buckets = map[string]string{}
	r.each(n, "buckets", func(key, value *node) {
		var text string
		r.text(&text)(value)
		path := r.path(text)
		if info, err := os.Stat(path); text != "" && (err != nil || !info.IsDir()) {
			r.at(value, "there is no folder %s", path)
		}
		f.buckets[key.text] = path
	})
}

func (r reader) failing(n *node, out *reply) {
	out.fails = true
	members := map[string]template{"errorType": {literal: "Error"}, "errorMessage": {literal: ""}}
	member := func(name string) func(*node) {
		return func(n *node) { members[name] = r.template(n) }
	}
	r.fields(n, "an error", map[string]func(*node){
		"errorType":    member("errorType"),
		"errorMessage": member("errorMessage"),
		"stackTrace":   member("stackTrace"),
		"unhandled":    r.boolean(&out.unhandled),
	})
	out.value = template{members: members}
}

// template reads a value in which texts may hold ${...}.
func (r reader) template(n *node) template {
	switch n.kind {
	case aList:
		t := template{items: make([]template, len(n.items))}
		for i, item := range n.items {
			t.items[i] = r.template(item)
		}
		return t
	case aMapping:
		t := template{members: make(map[string]template, len(n.entries))}
		for _, e := range n.entries {
			t.members[e.key.text] = r.template(e.value)
		}
		return t
	}
	text, ok := n.value.(string)
	if !ok {
		return template{literal: n.value}
	}
	t, err := compileText(text)
	if err != nil {
		r.at(n, "%s", strings.ReplaceAll(err.Error(), "\n", " "))
	}
	return t
}

// sketch writes a value as text of its own, so that versions that answer
// differently have different code.
func sketch(n *node) string {
	if n == nil {
		return "-"
	}
	var b strings.Builder
	switch n.kind {
	case aList:
		for _, item := range n.items {
			b.WriteString("[" + sketch(item) + "]")
		}
	case aMapping:
		for _, e := range n.entries {
			b.WriteString("{" + e.key.text + ":" + sketch(e.value) + "}")
		}
	default:
		b.WriteString(found(n) + " " + n.text)
	}
	return b.String()
}

func unknownRuntime(name string, known []string) string {
	text := "unknown runtime \"" + name + "\""
	if help := diag.DidYouMean(name, known); help != "" {
		text += ": " + help
	}
	return text
}

// alias reads an alias of a function whose versions have been read.
func (r reader) alias(key, n *node, f declaredFunction) declaredAlias {
	d := declaredAlias{name: key.text, input: aliasInput{Name: key.text}}
	if checkAliasName(d.name) != nil {
		r.at(key, "%q is not an alias name: letters, digits, - and _, and not a number", d.name)
	}
	var main string
	var weights *node
	at := key
	r.fields(n, "an alias", map[string]func(*node){
		"version": func(n *node) {
			at = n
			r.text(&main)(n)
		},
		"description": func(n *node) {
			d.input.Description = new(string)
			r.text(d.input.Description)(n)
		},
		"weights": func(n *node) { weights = n },
	})
	if main == "" {
		r.at(key, "an alias needs the version it stands for")
		return d
	}
	d.input.FunctionVersion = &main
	r.mustHave(f, main, at)
	if weights != nil {
		d.input.RoutingConfig = &routing{AdditionalVersionWeights: r.weights(weights, main, f)}
	}
	return d
}

func (r reader) mustHave(f declaredFunction, number string, at *node) {
	has := []string{latest}
	for _, v := range f.versions {
		has = append(has, v.number)
	}
	if !slices.Contains(has, number) {
		r.at(at, "function %s has no version %s; it has %s", f.name, number, strings.Join(has, ", "))
	}
}

func (r reader) weights(n *node, main string, f declaredFunction) map[string]float64 {
	weights := map[string]float64{}
	r.each(n, "weights", func(key, value *node) {
		r.mustHave(f, key.text, key)
		if main == latest || key.text == latest {
			r.at(key, "$LATEST cannot share an alias with another version")
		}
		if key.text == main {
			r.at(key, "version %s is already the version of this alias", main)
		}
		weights[key.text] = r.weight(value)
	})
	if len(weights) > 1 {
		r.at(n, "an alias has at most one additional version, found %d", len(weights))
	}
	return weights
}

func (r reader) weight(n *node) float64 {
	var w float64
	switch v := n.value.(type) {
	case int64:
		w = float64(v)
	case float64:
		w = v
	default:
		r.at(n, "expected a weight from 0 to 1, found %s", found(n))
		return 0
	}
	if w < 0 || w > 1 {
		r.at(n, "expected a weight from 0 to 1, found %s", n.text)
	}
	return w
}

// policy reads the statements of a function's own policy.
func (r reader) policy(n *node) []permissionInput {
	var list []permissionInput
	r.each(n, "policy", func(key, value *node) {
		in := permissionInput{StatementID: key.text}
		r.fields(value, "a statement", map[string]func(*node){
			"action":         r.text(&in.Action),
			"principal":      r.text(&in.Principal),
			"sourceArn":      r.text(&in.SourceArn),
			"sourceAccount":  r.text(&in.SourceAccount),
			"principalOrgID": r.text(&in.PrincipalOrgID),
		})
		in.Action = cmp.Or(in.Action, "lambda:InvokeFunction")
		if err := in.check(); err != nil {
			r.at(key, "%s", asAPIError(err).message)
			return
		}
		list = append(list, in)
	})
	return list
}
