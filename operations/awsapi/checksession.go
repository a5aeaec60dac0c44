package awsapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// ruleTag is the rule of session tags that AWS refuses.
const ruleTag = "bad-tag"

// CheckSession finds what AWS refuses of the parameters of sts.assumeRole, or of
// another operation that takes session tags, as far as it is known before a run:
// a role that a role assumes and that is to last longer than an hour, a tag whose
// name is reserved or given twice, and a transitive one that is no tag.
func CheckSession(given connector.Given) []connector.Mistake {
	chained := isRole(given.Connection) || len(hopsOf(given.Connection)) > 0
	return checkSession(given.Params, "", chained)
}

// checkHops is CheckSession for the hops of a connection.
func checkHops(params map[string]any) (found []connector.Mistake) {
	for i, hop := range hopsOf(params) {
		if hop != nil {
			found = append(found, checkSession(hop, hopName(params, i), i > 0 || isRole(params))...)
		}
	}
	return found
}

// hopsOf returns the roles that a connection assumes, nil for one that is not
// known.
func hopsOf(params map[string]any) []map[string]any {
	switch x := params["assumeRole"].(type) {
	case map[string]any:
		return []map[string]any{x}
	case []any:
		hops := make([]map[string]any, len(x))
		for i, hop := range x {
			hops[i], _ = hop.(map[string]any)
		}
		return hops
	}
	return nil
}

// hopName returns the path of a hop, with the dot behind it.
func hopName(params map[string]any, i int) string {
	if _, only := params["assumeRole"].(map[string]any); only {
		return "assumeRole."
	}
	return fmt.Sprintf("assumeRole[%d].", i)
}

// roleGivers are the operations that give credentials of a role.
var roleGivers = []string{"sts.assumeRole", "sts.assumeRoleWithSAML", "sts.assumeRoleWithWebIdentity"}

// isRole reports whether the credentials that a connection begins with are known
// to be those of a role.
func isRole(params map[string]any) bool {
	ofRole := func(v any) bool {
		unknown, _ := v.(connector.Unknown)
		return slices.Contains(roleGivers, unknown.From)
	}
	if keys, ok := params["credentials"].(map[string]any); ok {
		for _, v := range keys {
			if ofRole(v) {
				return true
			}
		}
	}
	return params["webIdentity"] != nil || ofRole(params["credentials"]) || ofRole(params["accessKeyId"])
}

// checkSession looks at the parameters of one session. path is what stands before
// their names.
func checkSession(given map[string]any, path string, chained bool) (found []connector.Mistake) {
	members := sharedConnection.Get().Field("assumeRole").Elem.Members
	session := map[string]named{}
	for _, name := range value.SortedKeys(given) {
		if f := members.Field(name); f != nil {
			session[f.Name] = named{path + name, given[name]}
		}
	}
	duration := session["durationSeconds"]
	n, err := (&schema.Field{Type: schema.Integer}).Convert(duration.is)
	if seconds, ok := n.(int64); err == nil && ok && chained && seconds > maxChained {
		found = append(found, connector.Mistake{
			Param: duration.path, Rule: schema.RuleRange,
			Message: fmt.Sprintf("%s is %d: a role that a role assumes lasts at most %d", duration.path, seconds, maxChained),
			Help:    fmt.Sprintf("write %d or less", maxChained),
		})
	}
	return append(found, checkTags(session["tags"], session["transitiveTagKeys"], members)...)
}

// named is a value with its path.
type named struct {
	path string
	is   any
}

// checkTags looks at the keys of session tags. They are the same in capital and
// in small letters.
func checkTags(tags, transitive named, members *schema.Schema) (found []connector.Mistake) {
	keys, all := tagKeys(tags, members)
	seen := map[string]string{}
	for _, key := range keys {
		name := key.is.(string)
		lower := strings.ToLower(name)
		switch first, twice := seen[lower]; {
		case strings.HasPrefix(lower, "aws:"):
			found = append(found, connector.Mistake{
				Param: key.path, Rule: ruleTag, Message: fmt.Sprintf("%s: the tag %q has a name that is reserved", tags.path, name),
				Help: "take a name that does not begin with aws:",
			})
		case twice:
			found = append(found, connector.Mistake{
				Param: key.path, Rule: ruleTag, Message: fmt.Sprintf("%s: the tags %q and %q are one", tags.path, first, name),
				Help: "keep one of the two: their names are the same in capital and in small letters",
			})
		}
		seen[lower] = name
	}
	if !all {
		return found
	}
	list, ok := transitive.is.([]any)
	if !ok {
		list = []any{transitive.is}
	}
	for i, v := range list {
		name, known := v.(string)
		if _, there := seen[strings.ToLower(name)]; !known || there {
			continue
		}
		at := transitive.path
		if ok {
			at += fmt.Sprintf("[%d]", i)
		}
		found = append(found, connector.Mistake{
			Param: at, Rule: ruleTag, Message: fmt.Sprintf("%s: there is no tag %q", transitive.path, name),
			Help: "give the tag under tags, too: only tags of this session can be transitive",
		})
	}
	return found
}

// tagKeys returns the names of tags that are known, with their paths; all is false
// where there can be others.
func tagKeys(tags named, members *schema.Schema) (keys []named, all bool) {
	switch x := tags.is.(type) {
	case nil:
		return nil, true
	case map[string]any:
		for _, name := range value.SortedKeys(x) {
			keys = append(keys, named{tags.path + "." + name, name})
		}
		return keys, true
	case []any:
		all = true
		for i, v := range x {
			key, known := tagKey(v, fmt.Sprintf("%s[%d]", tags.path, i), members.Field("tags").Elem.Members)
			all = all && known
			if known {
				keys = append(keys, key)
			}
		}
		return keys, all
	}
	return nil, false
}

func tagKey(v any, path string, members *schema.Schema) (key named, known bool) {
	tag, _ := v.(map[string]any)
	for name, v := range tag {
		if f := members.Field(name); f != nil && f.Name == "key" {
			_, known = v.(string)
			return named{path + "." + name, v}, known
		}
	}
	return named{}, false
}
