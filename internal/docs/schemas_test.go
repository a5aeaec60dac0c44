package docs

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/operations/awsmodel"
	"github.com/medlar-flow/medlar/operations/sources"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve/auth"
)

// fields writes a table of what a schema takes, and of what its objects take in
// turn.
func (w *writer) fields(s *schema.Schema) {
	w.head("key", "type", "", "unless said")
	w.rows("", s)
}

func (w *writer) rows(prefix string, s *schema.Schema) {
	for _, f := range s.Fields() {
		if f.Drop || f.Into != nil {
			continue
		}
		name := prefix + f.Name
		w.row("`"+name+"`", typeOf(f), about(f), otherwise(f))
		inner, path := f, name+"."
		if f.Type == schema.List && f.Elem != nil {
			inner, path = f.Elem, name+"[]."
		}
		if inner.Members != nil && strings.Count(prefix, ".") < 3 {
			w.rows(path, inner.Members)
		}
	}
}

// typeOf returns the type of a field with its bounds.
func typeOf(f *schema.Field) string {
	text := f.TypeName()
	if f.Required {
		text += ", required"
	}
	switch {
	case f.Minimum != nil && f.Maximum != nil:
		text += fmt.Sprintf(", %v to %v", bound(f, *f.Minimum), bound(f, *f.Maximum))
	case f.Minimum != nil:
		text += fmt.Sprintf(", at least %v", bound(f, *f.Minimum))
	case f.Maximum != nil:
		text += fmt.Sprintf(", at most %v", bound(f, *f.Maximum))
	}
	return text
}

// bound returns a bound as flows write it: durations are bounded in seconds.
func bound(f *schema.Field, v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if f.Type == schema.Duration {
		text += "s"
	}
	return text
}

func about(f *schema.Field) string {
	text := f.Description
	if len(f.Enum) > 0 {
		var words []string
		for _, v := range f.Enum {
			words = append(words, fmt.Sprintf("`%v`", v))
		}
		text += " One of " + strings.Join(words, ", ") + "."
	}
	if f.Example != "" && !strings.Contains(text, f.Example) {
		text += " For example `" + f.Example + "`."
	}
	return text
}

func otherwise(f *schema.Field) string {
	if f.Default == nil {
		return ""
	}
	text, err := json.Marshal(f.Default)
	if err != nil {
		return fmt.Sprint(f.Default)
	}
	return "`" + strings.Trim(string(text), `"`) + "`"
}

func connectionsPage(t *testing.T) string {
	w := &writer{}
	w.lines("# Connections", "", mark, "",
		"What the entries of `connections:` and the `connection:` of a step take. A connection is named for its connector, or for its family: `aws` is that of every AWS connector that has none of its own. Any other name says its connector by `connector:`. [The language](language.md#connections) has the rules, [the environment](environment.md) what is read where a connection is silent.", "",
		"A key can be an expression of inputs, `env`, `run`, `secrets`, and steps that are certain to have run. A secret is never shown.", "",
		"## Keys of every connection", "")
	w.head("key", "")
	w.row("`connector`", "the connector that it is for, where its name does not say so: `deployer: {connector: lambda, region: eu-west-1}`")
	w.row("`limit`", "how often its calls begin, over all runs of a process: `{rate: 10/s}`, with `burst: 5` that many at once after a while without any")
	w.row("`circuitBreaker`", "after how many failures in a row no call of it is made for a while, over all runs of a process: `{failures: 5, open: 30s}`")
	families := map[string]bool{}
	for _, c := range operations.All() {
		if c.Connection == nil || families[c.Family] {
			continue
		}
		name := c.Name
		if c.Family != "" {
			families[c.Family] = true
			name = c.Family
		}
		w.lines("", "## "+name, "")
		if c.Family != "" {
			w.lines("For all connectors of AWS, those of services that are in no list among them: `lambda`, `sts`, `s3` and the others of `runner ops "+c.Family+"`.", "")
		}
		w.fields(c.Connection)
	}
	return w.String()
}

func triggersPage(t *testing.T) string {
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	// As the command has it: a source of AWS takes a connection.
	if registry, err = registry.WithSource(awsmodel.Source()).WithEventSources(sources.All()...); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(flows.JSONSchema(registry))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	properties, _ := all["properties"].(map[string]any)
	w := &writer{}
	w.lines("# Triggers", "", mark, "",
		"The keys of the entries of `triggers:`, each of which begins runs of the flow where it is [served](serve.md). [The language](language.md#triggers) says how they are used.")
	kinds := []struct{ key, title string }{{"http", "Routes"}, {"schedule", "Schedules"}, {"tool", "Tools of agents"}}
	for _, s := range sources.All() {
		kinds = append(kinds, struct{ key, title string }{s.Name, s.Name + ": " + s.Summary})
	}
	for _, kind := range kinds {
		keys := withKey(properties["triggers"], kind.key)
		if keys == nil {
			t.Fatalf("the schema has no trigger with %s", kind.key)
		}
		w.lines("", "## "+strings.TrimRight(kind.title, "."), "")
		w.head("key", "")
		for _, key := range ordered(keys, kind.key) {
			w.row("`"+key+"`", description(keys[key]))
		}
		for _, s := range sources.All() {
			if s.Name == kind.key {
				w.lines("", "Keys of `"+s.Name+"`, or "+main(s)+" alone:", "")
				w.fields(s.AllParams())
			}
		}
	}
	w.lines("", "## auth", "", "How callers are known: one of these. `none` is for everybody. A header, a cookie or a signature that is wrong gets 401 and begins nothing.", "")
	w.fields(auth.Schema())
	return w.String()
}

func main(s *connector.EventSource) string {
	if s.Main == "" {
		return "nothing"
	}
	return "`" + s.Main + "`"
}

// withKey returns the properties of the object in a schema that has to have a key.
func withKey(v any, key string) map[string]any {
	switch v := v.(type) {
	case map[string]any:
		required, _ := v["required"].([]any)
		if properties, ok := v["properties"].(map[string]any); ok && slices.Contains(required, any(key)) {
			return properties
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if found := withKey(v[name], key); found != nil {
				return found
			}
		}
	case []any:
		for _, one := range v {
			if found := withKey(one, key); found != nil {
				return found
			}
		}
	}
	return nil
}

// ordered returns keys by name, one of them first.
func ordered(keys map[string]any, first string) []string {
	return append([]string{first}, slices.DeleteFunc(slices.Sorted(maps.Keys(keys)), func(k string) bool { return k == first })...)
}

// description returns that of a schema, or of one that it is made of.
func description(v any) string {
	object, _ := v.(map[string]any)
	if text, ok := object["description"].(string); ok {
		text = strings.TrimSpace(text)
		if choices, ok := object["enum"].([]any); ok {
			text = fmt.Sprintf("%s One of %v.", text, choices)
		}
		return text
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if list, ok := object[name].([]any); ok {
			for _, one := range list {
				if text := description(one); text != "" {
					return text
				}
			}
		}
		if text := description(object[name]); text != "" {
			return text
		}
	}
	return ""
}

// classes returns what the comments of the classes of errors say.
func classes(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "connector/error.go"), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	about := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 && strings.HasPrefix(spec.Names[0].Name, "Class") {
			if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
				about[strings.Trim(lit.Value, `"`)] = strings.TrimSpace(spec.Comment.Text())
			}
		}
		return true
	})
	return about
}

// ownCodes returns the codes that the check knows without an operation.
func ownCodes(t *testing.T) []string {
	t.Helper()
	text := read(t, "flows/internal/check/check_codes.go")
	_, list, _ := strings.Cut(text, "var ownCodes = []string{")
	list, _, _ = strings.Cut(list, "\n}")
	var codes []string
	for _, m := range regexp.MustCompile(`"([A-Za-z]+)"`).FindAllStringSubmatch(list, -1) {
		codes = append(codes, m[1])
	}
	if len(codes) < 30 {
		t.Fatalf("there are %d codes", len(codes))
	}
	slices.Sort(codes)
	return codes
}

func errorsPage(t *testing.T) string {
	w := &writer{}
	w.lines("# Errors", "", mark, "",
		"Every failure has a `code` and a `class`; `retry.on` and `catch.on` name either. [The language](language.md#errors) says what else is in it. What the check finds before anything runs has [rules](rules.md) in place of codes.", "",
		"## Classes", "", "What a flow can do about a failure hangs on its class.", "")
	w.head("class", "what it says", "what helps")
	about := classes(t)
	for _, class := range connector.Classes() {
		if about[string(class)] == "" || helpForClass[class] == "" {
			t.Errorf("nothing is said about the class %s", class)
		}
		w.row("`"+string(class)+"`", about[string(class)], helpForClass[class])
	}
	w.lines("", "## Codes of runs", "", "Those that no service gives. Each leads to a flow that fails with it.", "")
	w.head("code", "why", "what helps")
	for _, code := range ownCodes(t) {
		text, ok := codesOfRuns[code]
		if !ok {
			t.Errorf("codesOfRuns says nothing about %s", code)
		}
		w.row(linked(code), text[0], text[1])
	}
	for code := range codesOfRuns {
		if !slices.Contains(ownCodes(t), code) {
			t.Errorf("codesOfRuns tells of %s, which there is not", code)
		}
	}
	w.lines("", "## Codes of operations", "", "As far as they are known before a call: `runner ops OPERATION` lists those of one operation, of the services of AWS that are not here, too. A service can give others.")
	for _, c := range operations.All() {
		by := map[string]codeOf{}
		add := func(list []connector.ErrorCode, op string) {
			for _, e := range list {
				of := by[e.Code]
				of.class, of.aliases = e.Class, e.Aliases
				if op != "" && !slices.Contains(of.operations, op) {
					of.operations = append(of.operations, op)
				}
				by[e.Code] = of
			}
		}
		if c.CommonErrors != nil {
			add(c.CommonErrors(), "")
		}
		common := maps.Clone(by)
		for _, op := range c.Operations {
			_, short, _ := strings.Cut(op.Name, ".")
			add(op.Errors, "`"+short+"`")
		}
		if len(by) == 0 {
			continue
		}
		w.lines("", "### "+c.Name, "")
		w.head("code", "class", "of")
		for _, code := range slices.Sorted(maps.Keys(by)) {
			of := by[code]
			where := strings.Join(of.operations, ", ")
			if _, all := common[code]; all {
				where = "any operation"
			}
			name := "`" + code + "`"
			for _, alias := range of.aliases {
				name += ", `" + alias + "`"
			}
			w.row(name, string(of.class), where)
		}
	}
	return w.String()
}

type codeOf struct {
	class      connector.Class
	aliases    []string
	operations []string
}
