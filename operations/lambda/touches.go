package lambda

import (
	"fmt"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/regex"
)

const (
	notThere = "ResourceNotFoundException"
	isThere  = "ResourceConflictException"
)

// bare is a function's or a layer's name alone. What else may stand there, an ARN
// or a name with an alias, can be the same function under another name: of these
// nothing is said.
var bare = regex.Late{Text: `^[A-Za-z0-9-_]+$`}

// versioned is a version, which no call makes under a name that is known before.
var versioned = regex.Late{Text: `^([0-9]+|\$LATEST.*)$`}

type touching = func(params map[string]any) []connector.Touch

// touches say what the operations make, remove and need: functions, aliases and
// the statements of policies, as the API reference has it. What stays open is
// which versions there are, and what is done with another function's name.
func touches() map[string]touching {
	m := map[string]touching{
		"CreateFunction": onFunction(connector.Makes, isThere),
		"DeleteFunction": deleteFunction,
		"CreateAlias":    onAlias(connector.Makes, isThere),
		"GetAlias":       onAlias(connector.Needs, notThere),
		"UpdateAlias":    onAlias(connector.Needs, notThere),
		"DeleteAlias":    onAlias(connector.Removes, ""),

		"AddPermission":                onStatement(connector.Makes, isThere),
		"RemovePermission":             onStatement(connector.Removes, notThere),
		"AddLayerVersionPermission":    onLayerStatement(connector.Makes, isThere),
		"RemoveLayerVersionPermission": onLayerStatement(connector.Removes, notThere),
	}
	for _, name := range []string{"GetFunction", "GetFunctionConfiguration", "Invoke"} {
		m[name] = qualified
	}
	for _, name := range []string{
		"UpdateFunctionCode", "UpdateFunctionConfiguration", "PublishVersion", "ListVersionsByFunction", "ListAliases",
		"PutFunctionConcurrency", "GetFunctionConcurrency",
	} {
		m[name] = onFunction(connector.Needs, notThere)
	}
	return m
}

// named returns a thing by a parameter; ok is false where its name can be
// another's too.
func named(kind string, params map[string]any, param string) (thing string, ok bool) {
	name, _ := params[param].(string)
	return kind + " " + name, bare.Get().MatchString(name)
}

func onFunction(does connector.Deed, code string) touching {
	return func(params map[string]any) []connector.Touch {
		function, ok := named("function", params, "functionName")
		if !ok {
			return nil
		}
		return []connector.Touch{{Thing: function, Does: does, Code: code}}
	}
}

// deleteFunction removes a function, or no more than one of its versions.
func deleteFunction(params map[string]any) []connector.Touch {
	if params["qualifier"] != nil {
		return onFunction(connector.Needs, notThere)(params)
	}
	return onFunction(connector.Removes, notThere)(params)
}

func onAlias(does connector.Deed, code string) touching {
	return func(params map[string]any) []connector.Touch {
		function, ok := named("function", params, "functionName")
		name, _ := params["name"].(string)
		if !ok || name == "" {
			return nil
		}
		list := []connector.Touch{{Thing: function + "/alias " + name, Does: does, Code: code}}
		if does != connector.Needs {
			list = append([]connector.Touch{{Thing: function, Does: connector.Needs, Code: neededBy(does)}}, list...)
		}
		return list
	}
}

// neededBy returns the code where the function of an alias is not there.
func neededBy(does connector.Deed) string {
	if does == connector.Makes {
		return notThere
	}
	return "" // to delete what is not there is no error
}

// qualified needs a function, or one of its aliases.
func qualified(params map[string]any) []connector.Touch {
	alias, _ := params["qualifier"].(string)
	if alias == "" || versioned.Get().MatchString(alias) {
		return onFunction(connector.Needs, notThere)(params)
	}
	return onAlias(connector.Needs, notThere)(map[string]any{"functionName": params["functionName"], "name": alias})
}

func onStatement(does connector.Deed, code string) touching {
	return func(params map[string]any) []connector.Touch {
		function, ok := named("function", params, "functionName")
		statement, _ := params["statementId"].(string)
		if !ok || statement == "" {
			return nil
		}
		qualifier, _ := params["qualifier"].(string)
		return []connector.Touch{
			{Thing: function, Does: connector.Needs, Code: notThere},
			{Thing: function + "/policy " + qualifier + "/statement " + statement, Does: does, Code: code},
		}
	}
}

func onLayerStatement(does connector.Deed, code string) touching {
	return func(params map[string]any) []connector.Touch {
		layer, ok := named("layer", params, "layerName")
		version, numbered := params["versionNumber"].(int64)
		statement, _ := params["statementId"].(string)
		if !ok || !numbered || statement == "" {
			return nil
		}
		return []connector.Touch{{Thing: fmt.Sprintf("%s/version %d/statement %s", layer, version, statement), Does: does, Code: code}}
	}
}
