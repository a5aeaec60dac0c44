package awsmodel

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// Names of what the checks find, for programs.
const (
	ruleEmpty  = "empty-value"
	ruleMixed  = "mixed-item"
	ruleBodies = "two-bodies"
	rulePath   = "bad-path"
)

// check returns what finds steps whose calls would fail, or would mean something
// else than they seem to; nil where their parameters can do neither.
func (o *operation) check() func(connector.Given) []connector.Mistake {
	if o.refused != "" {
		return nil
	}
	var checks []func(connector.Given) []connector.Mistake
	if !o.hasOnePlace {
		checks = append(checks, o.signable)
	}
	if len(o.labels) > 0 {
		checks = append(checks, o.emptyLabels)
	}
	if o.quirk.fields != nil && o.service.model.Name == "s3" {
		checks = append(checks, checkBodyFile)
	}
	if o.savable {
		checks = append(checks, checkSaveTo)
	}
	if o.plain && o.model.Input != model.None {
		checks = append(checks, o.checkItems)
	}
	if len(checks) == 0 {
		return nil
	}
	return func(given connector.Given) (found []connector.Mistake) {
		for _, check := range checks {
			found = append(found, check(given)...)
		}
		return found
	}
}

// emptyLabels finds parameters that stand in the path of a request and are
// empty: it would go somewhere else.
func (o *operation) emptyLabels(given connector.Given) (found []connector.Mistake) {
	for _, name := range o.labels {
		if given.Params[name] == "" {
			found = append(found, connector.Mistake{Param: name, Rule: ruleEmpty, Message: emptyLabel(name).Error()})
		}
	}
	return found
}

// missesLabel is emptyLabels of the parameters of a call.
func (o *operation) missesLabel(params map[string]any) error {
	for _, name := range o.labels {
		if params[name] == "" {
			return emptyLabel(name)
		}
	}
	return nil
}

func emptyLabel(name string) error {
	return fmt.Errorf("%s is empty: it stands in the address of the request, which would be another one", name)
}

// checkBodyFile looks at the file that an object is sent from.
func checkBodyFile(given connector.Given) (found []connector.Mistake) {
	file, body := given.Params[bodyFileParameter], given.Params["body"]
	if file == nil {
		return nil
	}
	if body != nil {
		_, maybeFile := file.(connector.Unknown)
		_, maybeBody := body.(connector.Unknown)
		found = append(found, connector.Mistake{
			Param: bodyFileParameter, Rule: ruleBodies, Message: errTwoBodies.Error(), Help: "an object has one body: leave one of them out",
			Maybe: maybeFile || maybeBody, // null is none
		})
	}
	name, ok := file.(string)
	if !ok {
		return found
	}
	local, err := localPath(name)
	if err != nil {
		return append(found, connector.Mistake{Param: bodyFileParameter, Rule: rulePath, Message: bodyFileParameter + ": " + err.Error()})
	}
	var problem *readfile.Problem
	if _, err := readfile.Stat(os.DirFS("."), local); errors.As(err, &problem) {
		found = append(found, connector.Mistake{
			Param: bodyFileParameter, Rule: problem.Rule, Message: bodyFileParameter + ": " + problem.Naming(fmt.Sprintf("%q", name)),
			Help:  "the path begins in the folder that the program is started in; something may write the file before the step runs",
			Maybe: problem.Unwrap() != nil,
		})
	}
	return found
}

// checkSaveTo looks at the file that a body is to be written to.
func checkSaveTo(given connector.Given) []connector.Mistake {
	name, ok := given.Params[saveToParameter].(string)
	if !ok {
		return nil
	}
	local, err := localPath(name)
	if err != nil {
		return []connector.Mistake{{Param: saveToParameter, Rule: rulePath, Message: saveToParameter + ": " + err.Error()}}
	}
	if err := unfitTarget(os.DirFS("."), local, name); err != nil {
		folder := path.Dir(local)
		_, missing := os.Stat(folder)
		return []connector.Mistake{{
			Param: saveToParameter, Rule: rulePath, Message: saveToParameter + ": " + err.Error(),
			Help:  "the path begins in the folder that the program is started in",
			Maybe: missing != nil, // something may make the folder
		}}
	}
	return nil
}

// checkItems finds items of DynamoDB that are written in two forms, and keys
// that are empty.
func (o *operation) checkItems(given connector.Given) (found []connector.Mistake) {
	for _, m := range o.service.model.Shapes[o.model.Input].Members {
		name := spelled(m.Name)
		if v := given.Params[name]; v != nil {
			found = append(found, o.checkAttributes(v, m.Shape, name)...)
		}
	}
	return found
}

// checkAttributes looks for items in a value of a shape, which stands at a path.
func (o *operation) checkAttributes(v any, index int, at string) (found []connector.Mistake) {
	s := &o.service.model.Shapes[index]
	switch x := v.(type) {
	case map[string]any:
		if s.Kind == model.Map && isAttribute(&o.service.model.Shapes[s.Elem().Shape]) {
			return checkItem(x, at)
		}
		for _, k := range value.SortedKeys(x) {
			if i := memberShape(s, k); i != model.None && x[k] != nil {
				found = append(found, o.checkAttributes(x[k], i, at+"."+k)...)
			}
		}
	case []any:
		if s.Kind != model.List {
			return nil
		}
		for i, e := range x {
			found = append(found, o.checkAttributes(e, s.Elem().Shape, fmt.Sprintf("%s[%d]", at, i))...)
		}
	}
	return found
}

// memberShape returns the shape of what stands under a key of a map, or of a
// structure under any spelling; None for none.
func memberShape(s *model.Shape, key string) int {
	if s.Kind == model.Map {
		return s.Elem().Shape
	}
	for i := range s.Members {
		if s.Kind == model.Structure && strings.EqualFold(s.Members[i].Name, key) {
			return s.Members[i].Shape
		}
	}
	return model.None
}

func checkItem(item map[string]any, at string) (found []connector.Mistake) {
	last := at[strings.LastIndexByte(at, '.')+1:]
	isKey := last == "key" || last == "Key" || strings.HasPrefix(last, "keys[") || strings.HasPrefix(last, "Keys[")
	if isKey && len(item) == 0 {
		return []connector.Mistake{{Param: at, Rule: ruleEmpty, Message: at + " is empty: it names no item"}}
	}
	var typed, plain string
	for _, name := range value.SortedKeys(item) {
		v := item[name]
		if isKey && isEmptyKey(v) {
			found = append(found, connector.Mistake{
				Param: at + "." + name, Rule: ruleEmpty, Message: fmt.Sprintf("%s.%s is empty, which no key of DynamoDB can be", at, name),
			})
		}
		switch {
		case looksTyped(v):
			typed = name
		case !isOpen(v) && !isTyped(v):
			plain = name
		}
	}
	if typed != "" && plain != "" {
		found = append(found, connector.Mistake{
			Param: at + "." + typed, Rule: ruleMixed, Maybe: true,
			Message: fmt.Sprintf("%s.%s has DynamoDB's form, and %s.%s is plain: all are taken as plain then, and %s is a map", at, typed, at, plain, typed),
			Help:    "write all values in one of the two forms",
		})
	}
	return found
}

// isEmptyKey reports whether a value of a key is empty, in either form.
func isEmptyKey(v any) bool {
	if m, ok := v.(map[string]any); ok && len(m) == 1 {
		for tag, content := range m {
			return (tag == "S" || tag == "B") && isEmptyKey(content)
		}
	}
	b, isBytes := v.([]byte)
	return v == "" || isBytes && len(b) == 0
}

// looksTyped reports whether a value has DynamoDB's form as far as it is known.
// Sets do not count: plain items have them in that form, too.
func looksTyped(v any) bool {
	m, ok := v.(map[string]any)
	if !ok || len(m) != 1 {
		return false
	}
	for tag, content := range m {
		if !slices.Contains(tags, tag) || len(tag) == 2 && tag[1] == 'S' {
			return false
		}
		return isOpen(content) || fits(tag, content)
	}
	return false
}

func isOpen(v any) bool {
	_, unknown := v.(connector.Unknown)
	return unknown
}
