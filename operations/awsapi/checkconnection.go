package awsapi

import (
	"fmt"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// checkConnection finds what opening a connection would refuse, as far as it is
// known before a run.
func checkConnection(given connector.Given) []connector.Mistake {
	return append(checkSources(given.Params), checkChain(given.Params)...)
}

// checkSources finds credentials beside others.
func checkSources(params map[string]any) []connector.Mistake {
	sources := connectionParams(params).sources()
	if len(sources) < 2 {
		return nil
	}
	unknown := slices.ContainsFunc(sources, func(name string) bool {
		_, open := params[name].(connector.Unknown)
		return open // null is none
	})
	return []connector.Mistake{{
		Param: sources[1], Rule: "two-credentials", Maybe: unknown,
		Message: strings.Join(sources, " and ") + " are given together", Help: "each says alone which credentials to use: keep one",
	}}
}

// checkChain finds roles that are to last longer than AWS lets them.
func checkChain(params map[string]any) []connector.Mistake {
	list, _ := params["assumeRole"].([]any)
	var found []connector.Mistake
	members := sharedConnection.Get().Field("assumeRole").Elem.Members
	for i := 1; i < len(list); i++ {
		hop, _ := list[i].(map[string]any)
		for name, v := range hop {
			f := members.Field(name)
			if f == nil || f.Name != "durationSeconds" {
				continue
			}
			n, err := (&schema.Field{Type: schema.Integer}).Convert(v)
			if seconds, ok := n.(int64); err == nil && ok && seconds > maxChained {
				found = append(found, connector.Mistake{
					Param: fmt.Sprintf("assumeRole[%d].%s", i, name), Rule: schema.RuleRange,
					Message: fmt.Sprintf("assumeRole[%d].%s is %d: a role that a role assumes lasts at most %d", i, name, seconds, maxChained),
					Help:    fmt.Sprintf("write %d or less", maxChained),
				})
			}
		}
	}
	return found
}
