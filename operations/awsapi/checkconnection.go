package awsapi

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/connector"
)

// checkConnection finds what opening a connection would refuse, as far as it is
// known before a run.
func checkConnection(given connector.Given) []connector.Mistake {
	return append(checkSources(given.Params), checkHops(given.Params)...)
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
