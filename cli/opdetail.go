package cli

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// printOp writes everything about an operation of a connector.
func printOp(w io.Writer, op *connector.Operation, owner *connector.Connector) error {
	p := &page{}
	p.line(0, op.Name+"  ("+op.Effect.String()+")")
	p.line(0, op.Summary)
	if op.Description != "" {
		p.line(0, "")
		p.line(0, strings.TrimSpace(op.Description))
	}
	p.origin(op, owner)
	p.section("parameters" + spellingNote(op.Params()))
	p.fields(op.Params(), 1, maxNesting)
	p.ignored(op.Params())
	p.section("result" + nullNote(op.Result()))
	p.result(op.Result())
	p.errors(op.Errors)
	p.section("example")
	p.line(1, exampleStep(op))
	p.connectionParams(owner)
	_, err := io.WriteString(w, p.String())
	return err
}

// page builds indented text.
type page struct{ strings.Builder }

func (p *page) line(depth int, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		p.WriteString(strings.TrimRight(strings.Repeat("  ", depth)+printable(line), " ") + "\n")
	}
}

func (p *page) section(title string) { p.line(0, "\n"+title+":") }

func (p *page) origin(op *connector.Operation, owner *connector.Connector) {
	var lines []string
	add := func(label, text string) {
		if text != "" {
			lines = append(lines, fmt.Sprintf("%-16s%s", label, text))
		}
	}
	add("also accepted:", strings.Join(otherNames(op, owner), ", "))
	for _, n := range op.Notes() {
		label, text := n.Note()
		add(label+":", text)
	}
	add("more:", op.URL)
	if len(lines) > 0 {
		p.line(0, "\n"+strings.Join(lines, "\n"))
	}
}

// otherNames returns the other spellings of an operation: those of its own name,
// and its name below other names of its connector.
func otherNames(op *connector.Operation, owner *connector.Connector) []string {
	names := slices.Clone(op.Aliases)
	_, short, _ := strings.Cut(op.Name, ".")
	for _, other := range owner.Aliases {
		names = append(names, other+"."+short)
	}
	return names
}

// ignored lists what is accepted and changes nothing.
func (p *page) ignored(s *schema.Schema) {
	var names []string
	for _, f := range s.Fields() {
		if f.Drop {
			names = append(names, append([]string{f.Name}, f.Aliases...)...)
		}
	}
	if len(names) > 0 {
		p.line(1, "accepted, and left out of the call: "+strings.Join(names, ", "))
	}
}

// nullNote says once what holds for every member of an AWS operation's result.
func nullNote(f *schema.Field) string {
	if f.Members != nil && slices.ContainsFunc(f.Members.Fields(), func(m *schema.Field) bool { return m.Nullable }) {
		return " (what the service does not send is null)"
	}
	return ""
}

// connectionParams says how a step comes to its connection, and what one takes.
func (p *page) connectionParams(owner *connector.Connector) {
	if owner.Connection == nil {
		return
	}
	title := "connection (of the step, or the flow's connections: " + owner.Name
	if owner.Family != "" {
		title += ", else " + owner.Family
	}
	p.section(title + ")")
	p.fields(owner.Connection, 1, 1)
	p.ignored(owner.Connection)
}

func (p *page) fields(s *schema.Schema, depth, nesting int) {
	fields := slices.DeleteFunc(slices.Clone(s.Fields()), func(f *schema.Field) bool { return f.Drop })
	if len(fields) == 0 {
		p.line(depth, "none")
		return
	}
	// What must be given comes first.
	slices.SortStableFunc(fields, func(a, b *schema.Field) int { return order(a) - order(b) })
	for _, f := range fields {
		p.field(f, depth, nesting)
	}
}

func order(f *schema.Field) int {
	if f.Required {
		return 0
	}
	return 1
}

// spellingNote says once what holds for every parameter of an AWS operation.
func spellingNote(s *schema.Schema) string {
	for _, f := range s.Fields() {
		for _, alias := range f.Aliases {
			if strings.EqualFold(alias, f.Name) {
				return fmt.Sprintf(" (AWS's own spelling, such as %s, is accepted too)", alias)
			}
		}
	}
	return ""
}

// otherSpellings leaves out those that the note covers.
func otherSpellings(f *schema.Field) []string {
	return slices.DeleteFunc(slices.Clone(f.Aliases), func(alias string) bool { return strings.EqualFold(alias, f.Name) })
}

func (p *page) field(f *schema.Field, depth, nesting int) {
	p.line(depth, f.Name+"  "+strings.Join(traits(f), ", "))
	if f.Description != "" {
		p.line(depth+2, f.Description)
	}
	if others := otherSpellings(f); len(others) > 0 {
		p.line(depth+2, "also accepted: "+strings.Join(others, ", "))
	}
	p.members(f, depth+1, nesting)
}

// members goes into an object, or into what a list or map holds.
func (p *page) members(f *schema.Field, depth, nesting int) {
	for f.Elem != nil && f.Members == nil {
		f = f.Elem
	}
	if f.Members == nil || nesting == 0 {
		return
	}
	for _, m := range f.Members.Fields() {
		p.field(m, depth, nesting-1)
	}
}

func (p *page) result(f *schema.Field) {
	switch {
	case f.Members != nil && len(f.Members.Fields()) > 0:
		p.fields(f.Members, 1, maxNesting)
	case f.Type == schema.Object && f.Members != nil:
		p.line(1, "an object without fields")
	default:
		p.line(1, strings.Join(traits(f), ", "))
		p.members(f, 2, maxNesting)
	}
}

func (p *page) errors(codes []connector.ErrorCode) {
	if len(codes) == 0 {
		return
	}
	p.section("errors")
	width := 0
	for _, e := range codes {
		width = max(width, len(errorNames(e)))
	}
	for _, e := range codes {
		p.line(1, fmt.Sprintf("%-*s  %s", width, errorNames(e), e.Class))
	}
}

// errorNames returns all that retry and catch may call an error.
func errorNames(e connector.ErrorCode) string {
	return strings.Join(append([]string{e.Code}, e.Aliases...), ", ")
}

// traits are what can be said of a field in a few words each.
func traits(f *schema.Field) []string {
	list := []string{f.TypeName()}
	if f.Required {
		list = append(list, "required")
	}
	if f.Secret && f.Type != schema.String {
		list = append(list, "secret")
	}
	if len(f.Into) > 0 {
		list = append(list, "another spelling of "+strings.Join(f.Into, "."))
	}
	if text := limits(f); text != "" {
		list = append(list, text)
	}
	if len(f.Enum) > 0 {
		list = append(list, enumText(f))
	}
	if f.Elem != nil && f.Elem != f {
		if text := limits(f.Elem); text != "" {
			list = append(list, "each "+text)
		}
		if len(f.Elem.Enum) > 0 {
			list = append(list, "each "+enumText(f.Elem))
		}
	}
	if f.Default != nil && !f.Secret {
		list = append(list, "default "+shortValue(f.Default))
	}
	if f.BareElement {
		list = append(list, "or one element")
	}
	if f.JSONText {
		list = append(list, "or its JSON text")
	}
	if f.File {
		list = append(list, "or {file: path}")
	}
	return list
}

func enumText(f *schema.Field) string {
	words := make([]string, len(f.Enum))
	for i, v := range f.Enum {
		words[i] = fmt.Sprint(v)
	}
	text := "one of " + strings.Join(words, " | ")
	if f.OpenEnum {
		return text + " (others are passed on)"
	}
	return text
}

// limits returns the bounds of a value: "1 to 64 characters", "900 or more".
func limits(f *schema.Field) string {
	var parts []string
	if text := span(numberText(f.Minimum), numberText(f.Maximum)); text != "" && !wholeType(f) {
		parts = append(parts, text)
	}
	if text := span(intText(f.MinLength), intText(f.MaxLength)); text != "" {
		parts = append(parts, text+" "+unit(f))
	}
	if f.Pattern != "" {
		parts = append(parts, "matches "+f.Pattern)
	}
	return strings.Join(parts, ", ")
}

func span(low, high string) string {
	switch {
	case low != "" && low == high:
		return low
	case low != "" && high != "":
		return low + " to " + high
	case low != "":
		return "at least " + low
	case high != "":
		return "at most " + high
	default:
		return ""
	}
}

// wholeType is true for bounds that only say how large the SDK's integers are.
func wholeType(f *schema.Field) bool {
	return f.Minimum != nil && f.Maximum != nil && *f.Minimum <= math.MinInt32 && *f.Maximum >= math.MaxInt32
}

func unit(f *schema.Field) string {
	one, many := "character", "characters"
	switch f.Type {
	case schema.List:
		one, many = "element", "elements"
	case schema.Map, schema.Object:
		one, many = "entry", "entries"
	case schema.Bytes:
		one, many = "byte", "bytes"
	default:
	}
	last := f.MaxLength
	if last == nil {
		last = f.MinLength
	}
	if *last == 1 {
		return one
	}
	return many
}

func numberText(n *float64) string {
	if n == nil {
		return ""
	}
	return value.FormatFloat(*n)
}

func intText(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}
