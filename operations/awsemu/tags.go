package awsemu

import (
	"maps"
	"strings"
	"unicode/utf8"
)

// tagLimit is how many tags a function may have.
const tagLimit = 50

func checkFunctionTags(tags map[string]string) error {
	if len(tags) > tagLimit {
		return invalid("The number of tags exceeds the limit of %d.", tagLimit)
	}
	for _, key := range sortedKeys(tags) {
		switch {
		case key == "" || utf8.RuneCountInString(key) > 128:
			return invalidMember(key, "tags", "Map keys must have length between 1 and 128")
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return invalid("aws: prefixed tag key names are not allowed for external use.")
		case utf8.RuneCountInString(tags[key]) > 256:
			return invalidMember(tags[key], "tags", "Map values must have length less than or equal to 256")
		}
	}
	return nil
}

// tagged finds the function that an ARN names.
func (c *call) tagged() (functionRef, error) {
	text := c.vars["Resource"]
	c.subject = text
	if !strings.HasPrefix(text, "arn:") {
		return functionRef{}, invalidMember(text, "resource", "Member must be the ARN of a function")
	}
	ref, err := parseFunction(c.place(), text, "")
	if err == nil && ref.qualifier != "" {
		return ref, invalid("Tags on function aliases and versions are not supported. Please specify either a function name or an unqualified function ARN.")
	}
	return ref, err
}

func (l *lambdaAPI) listTags(c *call) (any, error) {
	ref, err := c.tagged()
	if err != nil {
		return nil, err
	}
	tags, err := within(l.store, ref.place, func(r *realm) (map[string]string, error) {
		f, err := r.function(ref)
		if err != nil {
			return nil, err
		}
		return f.tags, nil
	})
	if tags == nil {
		tags = map[string]string{}
	}
	return struct{ Tags map[string]string }{tags}, err
}

func (l *lambdaAPI) tagResource(c *call) (any, error) {
	ref, err := c.tagged()
	if err != nil {
		return nil, err
	}
	in, err := decode[struct{ Tags map[string]string }](c)
	if err != nil {
		return nil, err
	}
	if in.Tags == nil {
		return nil, missingMember("tags")
	}
	return within(l.store, ref.place, func(r *realm) (struct{}, error) {
		return r.retag(ref, func(tags map[string]string) { maps.Copy(tags, in.Tags) })
	})
}

func (l *lambdaAPI) untagResource(c *call) (any, error) {
	ref, err := c.tagged()
	if err != nil {
		return nil, err
	}
	keys := c.query["tagKeys"]
	if len(keys) == 0 {
		return nil, missingMember("tagKeys")
	}
	return within(l.store, ref.place, func(r *realm) (struct{}, error) {
		return r.retag(ref, func(tags map[string]string) {
			for _, key := range keys {
				delete(tags, key)
			}
		})
	})
}

// retag changes a copy of the tags, checks it and keeps it.
func (r *realm) retag(ref functionRef, change func(map[string]string)) (struct{}, error) {
	f, err := r.function(ref)
	if err != nil {
		return struct{}{}, err
	}
	tags := maps.Clone(f.tags)
	if tags == nil {
		tags = map[string]string{}
	}
	change(tags)
	if err := checkFunctionTags(tags); err != nil {
		return struct{}{}, err
	}
	f.tags = tags
	return struct{}{}, nil
}
