package flowtest

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/internal/value"
)

// diff shows where two values differ: lines with - for what is wanted, with +
// for what there is, and the way there. What is equal is counted.
func diff(want, got any) string {
	var d differ
	d.value(0, "", want, got)
	return strings.TrimSuffix(d.String(), "\n")
}

type differ struct{ strings.Builder }

func (d *differ) line(sign string, depth int, label, text string) {
	if label != "" {
		label += ": "
	}
	fmt.Fprintf(d, "%s %s%s%s\n", sign, strings.Repeat("  ", depth), label, text)
}

func (d *differ) value(depth int, label string, want, got any) {
	inner := depth
	if label != "" {
		inner++
	}
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			d.open(depth, label)
			d.members(inner, w, g)
			return
		}
	case []any:
		if g, ok := got.([]any); ok {
			d.open(depth, label)
			d.items(inner, w, g)
			return
		}
	}
	if w, ok := want.(string); ok {
		if g, ok := got.(string); ok {
			want, got = apart(w, g)
		}
	}
	d.line("-", depth, label, inline(want))
	d.line("+", depth, label, inline(got))
}

// apart leaves out the beginning that two long texts share.
func apart(want, got string) (shortWant, shortGot string) {
	const context, worth = 30, 80
	w, g := []rune(want), []rune(got)
	same := 0
	for same < min(len(w), len(g)) && w[same] == g[same] {
		same++
	}
	if same < worth {
		return want, got
	}
	return "…" + string(w[same-context:]), "…" + string(g[same-context:])
}

func (d *differ) open(depth int, label string) {
	if label != "" {
		fmt.Fprintf(d, "  %s%s:\n", strings.Repeat("  ", depth), label)
	}
}

func (d *differ) members(depth int, want, got map[string]any) {
	names := map[string]bool{}
	for name := range want {
		names[name] = true
	}
	for name := range got {
		names[name] = true
	}
	same := 0
	for _, name := range value.SortedKeys(names) {
		w, wanted := want[name]
		g, given := got[name]
		switch {
		case w == nil && g == nil: // null, and none
		case equal(w, g):
			same++
		case !wanted:
			d.line("+", depth, inline(name), inline(g))
		case !given:
			d.line("-", depth, inline(name), inline(w))
		default:
			d.value(depth, inline(name), w, g)
		}
	}
	d.same(depth, same)
}

func (d *differ) same(depth, n int) {
	if n > 0 {
		d.line(" ", depth, "", fmt.Sprintf("… %d equal", n))
	}
}

// items pairs the items that are equal, from the start and from the end; what
// lies between differs.
func (d *differ) items(depth int, want, got []any) {
	head, tail := 0, 0
	for head < min(len(want), len(got)) && equal(want[head], got[head]) {
		head++
	}
	for tail < min(len(want), len(got))-head && equal(want[len(want)-1-tail], got[len(got)-1-tail]) {
		tail++
	}
	d.same(depth, head)
	w, g := want[head:len(want)-tail], got[head:len(got)-tail]
	for i := range max(len(w), len(g)) {
		label := fmt.Sprintf("[%d]", head+i)
		switch {
		case i >= len(w):
			d.line("+", depth, label, inline(g[i]))
		case i >= len(g):
			d.line("-", depth, label, inline(w[i]))
		case equal(w[i], g[i]):
			d.same(depth, 1)
		default:
			d.value(depth, label, w[i], g[i])
		}
	}
	d.same(depth, tail)
}

// maxInline bounds what is shown of one value, in characters.
const maxInline = 400

// inline returns a value in one line, as it could stand in a test file.
func inline(v any) string {
	text := flowStyle(v)
	if utf8.RuneCountInString(text) > maxInline {
		text = string([]rune(text)[:maxInline]) + "…"
	}
	return text
}

func flowStyle(v any) string {
	var b strings.Builder
	switch x := v.(type) {
	case string:
		return scalarText(x)
	case map[string]any:
		for _, name := range value.SortedKeys(x) {
			separate(&b)
			b.WriteString(scalarText(name) + ": " + flowStyle(x[name]))
		}
		return "{" + b.String() + "}"
	case []any:
		for _, item := range x {
			separate(&b)
			b.WriteString(flowStyle(item))
		}
		return "[" + b.String() + "]"
	}
	encoded, err := value.EncodeJSON(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(encoded)
}

func separate(b *strings.Builder) {
	if b.Len() > 0 {
		b.WriteString(", ")
	}
}

var plainWord = regex.Late{Text: `^[A-Za-z_/$][A-Za-z0-9_/.$@+()-]*(:[A-Za-z0-9_/.$@+()-]+)*( [A-Za-z0-9_/.$@+()-]+)*$`}

// scalarText quotes what YAML would not read back as the same text.
func scalarText(text string) string {
	if plainWord.Get().MatchString(text) {
		if v, _ := (&node{Text: text}).Value(); v == text {
			return text
		}
	}
	encoded, err := value.EncodeJSON(text)
	if err != nil {
		return fmt.Sprintf("%q", text)
	}
	var b strings.Builder
	for _, r := range string(encoded) {
		switch {
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}
