// Package xmlvalue reads and writes XML as values of flows: an element with
// neither attributes nor elements in it is its text; any other is a map of its
// attributes, as @name, of its elements by name, and of its text, as #text.
// Elements of one name are a list. Prefixes of names stay.
package xmlvalue

import (
	"errors"
	"strconv"
	"strings"

	"github.com/beevik/etree"

	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/internal/value"
)

const (
	attributeMark = "@"
	textMember    = "#text"
	elementSize   = 256 // about what the library takes for one, in bytes
)

// ErrNoXML says that a text is no document; it quotes none of it.
var ErrNoXML = errors.New("the text is not XML with one element at its top")

// Decode returns a document as a value. lists are the names of elements that
// are lists also where there is one. spend is asked for the memory that it
// takes, in bytes, before it is taken.
func Decode(text string, lists map[string]bool, spend func(bytes int) error) (map[string]any, error) {
	if err := spend(elementSize * (strings.Count(text, "<") + strings.Count(text, "="))); err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	doc.ReadSettings.MaxDepth = value.MaxDepth
	doc.ReadSettings.PreserveDuplicateAttrs = true
	if err := doc.ReadFromString(strings.TrimPrefix(text, "\ufeff")); err != nil {
		if errors.Is(err, etree.ErrMaxDepth) {
			return nil, errors.New("elements nest too deep")
		}
		return nil, ErrNoXML
	}
	top := doc.ChildElements()
	if len(top) != 1 || strings.TrimSpace(textIn(&doc.Element)) != "" {
		return nil, ErrNoXML
	}
	v, err := valueOfElement(top[0], lists)
	if err != nil {
		return nil, err
	}
	if lists[top[0].FullTag()] {
		v = []any{v}
	}
	return map[string]any{top[0].FullTag(): v}, nil
}

func textIn(e *etree.Element) string {
	var b strings.Builder
	for _, token := range e.Child {
		if data, ok := token.(*etree.CharData); ok {
			b.WriteString(data.Data)
		}
	}
	return b.String()
}

func valueOfElement(e *etree.Element, lists map[string]bool) (any, error) {
	children := e.ChildElements()
	text := textIn(e)
	if len(children) == 0 && len(e.Attr) == 0 {
		return text, nil
	}
	out := make(map[string]any, len(children)+len(e.Attr))
	for _, a := range e.Attr {
		name := attributeMark + a.FullKey()
		if _, twice := out[name]; twice {
			return nil, ErrNoXML
		}
		out[name] = a.Value
	}
	if strings.TrimSpace(text) != "" {
		out[textMember] = text
	}
	counts := make(map[string]int, len(children))
	for _, child := range children {
		counts[child.FullTag()]++
	}
	for _, child := range children {
		name := child.FullTag()
		v, err := valueOfElement(child, lists)
		if err != nil {
			return nil, err
		}
		if counts[name] == 1 && !lists[name] {
			out[name] = v
			continue
		}
		list, _ := out[name].([]any)
		out[name] = append(list, v)
	}
	return out, nil
}

// xmlName is a name with or without a prefix.
var xmlName = regex.Late{Text: `^[\pL_][\pL\pN_.-]*(:[\pL_][\pL\pN_.-]*)?$`}

// writer makes elements of values, as long as there is memory.
type writer struct{ spend func(int) error }

// Encode returns the document of a map with one member, which is the element at
// the top. spend is that of Decode. No error quotes a value.
func Encode(m map[string]any, spend func(bytes int) error) (string, error) {
	if len(m) != 1 {
		return "", errors.New("the map must have one member, which is the element at the top, not " + strconv.Itoa(len(m)))
	}
	doc := etree.NewDocument()
	w := writer{spend}
	for name, v := range m {
		if _, ok := v.([]any); ok {
			return "", errors.New("the element at the top cannot be a list")
		}
		if err := w.add(&doc.Element, name, v, 0); err != nil {
			return "", err
		}
	}
	doc.WriteSettings.CanonicalText, doc.WriteSettings.CanonicalAttrVal = true, true // so that line breaks are read again
	out, err := doc.WriteToString()
	if err != nil {
		return "", errors.New("the value has no XML form")
	}
	return out, nil
}

func (w writer) add(to *etree.Element, name string, v any, depth int) error {
	switch {
	case depth > value.MaxDepth:
		return errors.New("values nest too deep")
	case !xmlName.Get().MatchString(name):
		return errors.New("a member's name is no name of an element")
	}
	if err := w.spend(elementSize + len(name)); err != nil {
		return err
	}
	if list, ok := v.([]any); ok {
		for _, item := range list {
			if _, nested := item.([]any); nested {
				return errors.New("a list in a list has no XML form")
			}
			if err := w.add(to, name, item, depth+1); err != nil {
				return err
			}
		}
		return nil
	}
	e := to.CreateElement(name)
	m, ok := v.(map[string]any)
	if !ok {
		text, err := w.text(v)
		if err == nil && text != "" {
			e.SetText(text)
		}
		return err
	}
	return w.fill(e, m, depth)
}

func (w writer) fill(e *etree.Element, m map[string]any, depth int) error {
	for _, key := range value.SortedKeys(m) {
		var err error
		attribute, isAttribute := strings.CutPrefix(key, attributeMark)
		switch {
		case isAttribute && !xmlName.Get().MatchString(attribute):
			err = errors.New("a member's name is no name of an attribute")
		case isAttribute:
			var text string
			if text, err = w.text(m[key]); err == nil {
				e.CreateAttr(attribute, text)
			}
		case key == textMember:
			var text string
			if text, err = w.text(m[key]); err == nil {
				e.CreateText(text)
			}
		default:
			err = w.add(e, key, m[key], depth+1)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// text is a scalar as it stands in text; null is none.
func (w writer) text(v any) (string, error) {
	var out string
	switch x := v.(type) {
	case nil:
		return "", nil
	case []any, map[string]any:
		return "", errors.New("an attribute and #text must be text, a number or a boolean")
	case string:
		out = x
	default:
		written, ok := value.AppendScalar(nil, v)
		if !ok {
			return "", errors.New("a value is bytes, which text cannot hold: use base64(...), or ?? '' where there are none")
		}
		out = string(written)
	}
	for _, c := range out {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == '\ufffe' || c == '\uffff' || c == '\ufffd' {
			return "", errors.New("a text has characters that XML cannot hold")
		}
	}
	return out, w.spend(2 * len(out))
}
