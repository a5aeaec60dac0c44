package schema

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/value"
)

// tagged adds what the struct tags say to the field of p.
func tagged(p *plan, sf reflect.StructField) error {
	f := p.field
	tags := readTags(sf.Tag)
	options := strings.Split(tags.get("param"), ",")
	f.Name = options[0]
	if f.Name == "" {
		f.Name = lowerCamel(sf.Name)
	}
	for _, option := range options[1:] {
		switch option {
		case "required":
			f.Required = true
		case "secret":
			f.Secret = true
		case "file":
			f.File = true
		default:
			return fmt.Errorf("unknown option %q in the tag param", option)
		}
	}
	if err := fits(f, tags); err != nil {
		return err
	}
	return constraintTags(f, tags)
}

func constraintTags(f *Field, tags tags) error {
	f.Description, f.Example, f.Pattern = tags.get("doc"), tags.get("example"), tags.get("pattern")
	if names := tags.get("alias"); names != "" {
		f.Aliases = strings.Split(names, ",")
		if slices.ContainsFunc(f.Aliases, func(name string) bool { return name == "" || strings.TrimSpace(name) != name }) {
			return fmt.Errorf("tag alias: %q is no list of names", names)
		}
	}
	if err := boundTags(f, tags); err != nil {
		return err
	}
	var err error
	if f.MinLength, err = intTag(tags, "minLen"); err != nil {
		return err
	}
	if f.MaxLength, err = intTag(tags, "maxLen"); err != nil {
		return err
	}
	return valueTags(f, tags)
}

// boundTags narrows the bounds that the Go type sets.
func boundTags(f *Field, tags tags) error {
	low, high := f.Minimum, f.Maximum
	var err error
	if f.Minimum, err = floatTag(tags, "min", low); err != nil {
		return err
	}
	if f.Maximum, err = floatTag(tags, "max", high); err != nil {
		return err
	}
	for _, n := range []*float64{f.Minimum, f.Maximum} {
		if n != nil && (low != nil && *n < *low || high != nil && *n > *high) {
			return fmt.Errorf("tags min and max: the Go type does not hold %s", value.FormatFloat(*n))
		}
	}
	if f.Minimum != nil && f.Maximum != nil && *f.Minimum > *f.Maximum {
		return fmt.Errorf("tags min and max: %s is more than %s", value.FormatFloat(*f.Minimum), value.FormatFloat(*f.Maximum))
	}
	return nil
}

// tagTypes says which types a constraint is for, by the tag's name. Any takes all.
var tagTypes = []struct {
	tag   string
	types []Type
}{
	{"max", []Type{Any, Integer, Number, Duration}},
	{"maxLen", []Type{Any, String, Bytes, List, Map}},
	{"min", []Type{Any, Integer, Number, Duration}},
	{"minLen", []Type{Any, String, Bytes, List, Map}},
	{"pattern", []Type{Any, String}},
}

// fits refuses a tag that would check nothing.
func fits(f *Field, tags tags) error {
	for _, t := range tagTypes {
		if _, ok := tags.lookup(t.tag); ok && !slices.Contains(t.types, f.Type) {
			return fmt.Errorf("tag %s: does not fit %s", t.tag, article(f))
		}
	}
	return nil
}

func valueTags(f *Field, tags tags) error {
	if err := f.compile(); err != nil {
		return err
	}
	if list := tags.get("enum"); list != "" {
		bare := &Field{Type: f.Type}
		for text := range strings.SplitSeq(list, ",") {
			v, err := bare.Convert(text)
			if err != nil {
				return fmt.Errorf("tag enum: %w", err)
			}
			f.Enum = append(f.Enum, v)
		}
	}
	if text, ok := tags.lookup("default"); ok {
		v, err := f.Convert(text)
		if err != nil {
			return fmt.Errorf("tag default: %w", err)
		}
		f.Default = v
	}
	return nil
}

func floatTag(tags tags, name string, otherwise *float64) (*float64, error) {
	text, ok := tags.lookup(name)
	if !ok {
		return otherwise, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fmt.Errorf("tag %s: %q is no number", name, text)
	}
	return &n, nil
}

func intTag(tags tags, name string) (*int, error) {
	text, ok := tags.lookup(name)
	if !ok {
		return nil, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil, fmt.Errorf("tag %s: %q is no integer", name, text)
	}
	return &n, nil
}
