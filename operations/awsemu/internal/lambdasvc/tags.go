package lambdasvc

import (
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// tagLimit is how many tags a function may have.
const tagLimit = 50

func checkFunctionTags(tags map[string]string) error {
	if len(tags) > tagLimit {
		return service.Invalid("The number of tags exceeds the limit of %d.", tagLimit)
	}
	for _, key := range sortedKeys(tags) {
		switch {
		case key == "" || utf8.RuneCountInString(key) > 128:
			return service.InvalidMember(key, "tags", "Map keys must have length between 1 and 128")
		case strings.HasPrefix(strings.ToLower(key), "aws:"):
			return service.Invalid("aws: prefixed tag key names are not allowed for external use.")
		case utf8.RuneCountInString(tags[key]) > 256:
			return service.InvalidMember(tags[key], "tags", "Map values must have length less than or equal to 256")
		}
	}
	return nil
}

var taggable = &regex.Late{Text: `^arn:(aws[a-zA-Z-]*):lambda:[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?` +
	`|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|capacity-provider:[a-zA-Z0-9-_]+)$`}

// taggedFunction finds the function that an ARN names.
func taggedFunction(c *service.Call) (functionRef, error) {
	text := c.Vars["Resource"]
	c.Subject = text
	if !taggable.Get().MatchString(text) || len(text) > 256 {
		return functionRef{}, service.InvalidMember(text, "resource", "Member must satisfy regular expression pattern: "+taggable.Text[1:len(taggable.Text)-1])
	}
	if !strings.Contains(text, ":function:") {
		return functionRef{}, service.NotFound("The resource you requested does not exist.")
	}
	ref, err := parseFunction(c.Place(), text, "")
	if err == nil && ref.qualifier != "" {
		return ref, service.Invalid("Tags on function aliases and versions are not supported. Please specify either a function name or an unqualified function ARN.")
	}
	return ref, err
}

func (l *API) listTags(c *service.Call) (any, error) {
	ref, err := taggedFunction(c)
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

func (l *API) tagResource(c *service.Call) (any, error) {
	ref, err := taggedFunction(c)
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

func (l *API) untagResource(c *service.Call) (any, error) {
	ref, err := taggedFunction(c)
	if err != nil {
		return nil, err
	}
	keys := c.Query["tagKeys"]
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
