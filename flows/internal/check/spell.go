package check

import (
	"encoding/json"
	"strings"

	"github.com/medlar-flow/medlar/internal/yamlfile"
)

// Help and messages hold YAML between ‹ and ›. A file that is JSON is told about
// as JSON, so there the YAML is shown as that.

// spell returns a message or a help in the notation of the file.
func (c *checker) spell(text string) string {
	if !strings.Contains(text, "‹") {
		return text
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "‹")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		yaml, after, closed := strings.Cut(rest, "›")
		if !closed {
			b.WriteString("‹" + rest)
			return b.String()
		}
		if c.src.JSON() {
			yaml = asJSON(yaml)
		}
		b.WriteString(yaml)
		text = after
	}
}

// asJSON returns a piece of YAML as JSON: a key with its value without the
// braces around them, an item of a list without its dash. What is no YAML stays
// as it is.
func asJSON(text string) string {
	root, _, found := yamlfile.NewFile("", []byte(text)).Parse()
	if len(found) > 0 || root == nil {
		return text
	}
	if root.Kind == listNode && strings.HasPrefix(text, "- ") {
		root = root.Items()[0]
	} else if root.Kind == mapNode && !strings.HasPrefix(text, "{") {
		return jsonMembers(root)
	}
	return jsonOf(root)
}

func jsonMembers(n *node) string {
	members := make([]string, len(n.Keys()))
	for i, key := range n.Keys() {
		members[i] = jsonText(key.Text)
		if item := n.Items()[i]; !item.IsNull() || item.Text != "" {
			members[i] += ": " + jsonOf(item)
		}
	}
	return strings.Join(members, ", ")
}

// stepsWord stands in an example for the steps that go there.
const stepsWord = "steps"

func jsonOf(n *node) string {
	switch n.Kind {
	case mapNode:
		return "{" + jsonMembers(n) + "}"
	case listNode:
		items := make([]string, len(n.Items()))
		for i, item := range n.Items() {
			items[i] = jsonOf(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	if n.Style == plainStyle && n.Text == stepsWord {
		return n.Text
	}
	if v, problem := n.Value(); problem == "" {
		if _, isText := v.(string); !isText {
			return n.Text
		}
	}
	return jsonText(n.Text)
}

func jsonText(text string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a text is always written
	return strings.TrimSuffix(b.String(), "\n")
}

// yamlText returns a text as YAML reads it as that, for an example.
func yamlText(text string) string {
	n := &node{Text: text}
	v, problem := n.Value()
	_, isText := v.(string)
	if problem == "" && isText && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./ ") == "" &&
		strings.TrimSpace(text) == text && !strings.HasPrefix(text, "-") {
		return text
	}
	return jsonText(text)
}

// example returns a scalar of the file for an example, or another text where it
// is none, or too long for one.
func example(n *node, otherwise string) string {
	const most = 60
	if n == nil || n.Kind != scalarNode || n.IsNull() || len(n.Text) > most || strings.ContainsAny(n.Text, "\n‹›") {
		return otherwise
	}
	return yamlText(n.Text)
}
