package bind

import (
	"errors"
	"strconv"
	"strings"

	"github.com/beevik/etree"
	"github.com/medlar-flow/medlar/internal/regex"
)

// XML as a value: an element with neither attributes nor elements in it is its
// text; any other is a map of its attributes, as @name, of its elements by
// name, and of its text, as #text. Elements of one name are a list. Prefixes
// of names stay.

const (
	attributeMark = "@"
	textMember    = "#text"
	elementSize   = 256 // about what the library takes for one, in bytes
)

var errXML = errors.New("the text is not XML with one element at its top") // the decoder's words may quote it

func fromXML(fr *frame, args []any) (any, error) {
	text, err := textOf(args[0])
	if err != nil {
		return nil, err
	}
	lists, err := nameSet(args[1:])
	if err != nil {
		return nil, err
	}
	if err := fr.spend(elementSize * (strings.Count(text, "<") + strings.Count(text, "="))); err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	doc.ReadSettings.MaxDepth = maxNesting
	doc.ReadSettings.PreserveDuplicateAttrs = true
	if err := doc.ReadFromString(strings.TrimPrefix(text, "\ufeff")); err != nil {
		if errors.Is(err, etree.ErrMaxDepth) {
			return nil, errors.New("elements nest too deep")
		}
		return nil, errXML
	}
	top := doc.ChildElements()
	if len(top) != 1 || strings.TrimSpace(textIn(&doc.Element)) != "" {
		return nil, errXML
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

// nameSet reads an optional list of names.
func nameSet(args []any) (map[string]bool, error) {
	if len(args) == 0 || args[0] == nil {
		return nil, nil
	}
	list, err := listOf(args[0])
	if err != nil {
		return nil, err
	}
	set := make(map[string]bool, len(list))
	for _, v := range list {
		name, err := textOf(v)
		if err != nil {
			return nil, err
		}
		set[name] = true
	}
	return set, nil
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
			return nil, errXML
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
var xmlName = regex.Late(`^[\pL_][\pL\pN_.-]*(:[\pL_][\pL\pN_.-]*)?$`)

// xmlWriter makes elements of values, as long as there is memory.
type xmlWriter struct{ fr *frame }

func toXML(fr *frame, args []any) (any, error) {
	m, err := mapOf(args[0])
	if err != nil {
		return nil, err
	}
	if len(m) != 1 {
		return nil, errors.New("the map must have one member, which is the element at the top, not " + strconv.Itoa(len(m)))
	}
	doc := etree.NewDocument()
	w := xmlWriter{fr}
	for name, v := range m {
		if _, ok := v.([]any); ok {
			return nil, errors.New("the element at the top cannot be a list")
		}
		if err := w.add(&doc.Element, name, v, 0); err != nil {
			return nil, err
		}
	}
	doc.WriteSettings.CanonicalText, doc.WriteSettings.CanonicalAttrVal = true, true // so that line breaks are read again
	out, err := doc.WriteToString()
	if err != nil {
		return nil, errors.New("the value has no XML form")
	}
	return out, nil
}

func (w xmlWriter) add(to *etree.Element, name string, v any, depth int) error {
	switch {
	case depth > maxNesting:
		return errors.New("values nest too deep")
	case !xmlName().MatchString(name):
		return errors.New("a member's name is no name of an element")
	}
	if err := w.fr.spend(elementSize + len(name)); err != nil {
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

func (w xmlWriter) fill(e *etree.Element, m map[string]any, depth int) error {
	for _, key := range sortedKeys(m) {
		var err error
		attribute, isAttribute := strings.CutPrefix(key, attributeMark)
		switch {
		case isAttribute && !xmlName().MatchString(attribute):
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
func (w xmlWriter) text(v any) (string, error) {
	switch v.(type) {
	case nil:
		return "", nil
	case []any, map[string]any:
		return "", errors.New("an attribute and #text must be text, a number or a boolean")
	}
	out, err := appendText(nil, v)
	if err != nil {
		return "", errors.New("a value " + err.Error())
	}
	for _, c := range string(out) {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == '\ufffe' || c == '\uffff' || c == '\ufffd' {
			return "", errors.New("a text has characters that XML cannot hold")
		}
	}
	return string(out), w.fr.spend(2 * len(out))
}
