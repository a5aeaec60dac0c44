package lambdasvc

import (
	"net/http"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// constants are operations that deployment tools ask at each refresh, with the
// answer that AWS gives where nothing of the kind was ever set up. What would
// set it up is not there.
func (l *API) constants() []route {
	return []route{
		l.constant("GetFunctionCodeSigningConfig", "/2020-06-30/functions/{FunctionName}/code-signing-config", func(ref functionRef) any {
			return object{"CodeSigningConfigArn": "", "FunctionName": ref.name}
		}),
		l.constant("GetRuntimeManagementConfig", "/2021-07-20/functions/{FunctionName}/runtime-management-config", func(ref functionRef) any {
			return object{"UpdateRuntimeOn": "Auto", "FunctionArn": ref.arn(orLatest(ref.qualifier)), "RuntimeVersionArn": nil}
		}),
		l.constant("GetFunctionRecursionConfig", "/2024-08-31/functions/{FunctionName}/recursion-config", func(functionRef) any {
			return object{"RecursiveLoop": "Terminate"}
		}),
		l.nothing("ListCodeSigningConfigs", "/2020-04-22/code-signing-configs", object{"CodeSigningConfigs": []object{}}),
		l.nothing("ListCapacityProviders", "/2025-11-30/capacity-providers", object{"CapacityProviders": []object{}}),
	}
}

// constant is an operation about a function that has to be there.
func (l *API) constant(name, pattern string, give func(functionRef) any) route {
	return route{http.MethodGet, pattern, service.NewOperation(name, http.StatusOK, func(c *service.Call) (any, error) {
		return onFunction(l.store, c, func(r *realm, ref functionRef) (any, error) {
			_, _, err := r.resolve(ref)
			return give(ref), err
		})
	}), bodyLimit}
}

// nothing is a list that is always empty.
func (l *API) nothing(name, pattern string, list object) route {
	return route{http.MethodGet, pattern, service.NewOperation(name, http.StatusOK, func(*service.Call) (any, error) { return list, nil }), bodyLimit}
}

// invokeAsync is the operation that Invoke has taken the place of.
func (l *API) invokeAsync(c *service.Call) (any, error) {
	c.HTTP.Header.Set("X-Amz-Invocation-Type", "Event")
	out, err := l.invoke(c)
	if err != nil {
		return nil, err
	}
	if ready, ok := out.(service.Answer); ok && ready.Status != http.StatusAccepted {
		return out, nil
	}
	return service.Answer{Status: http.StatusAccepted, Header: jsonHeader(), Body: []byte(`{"Status":202}`)}, nil
}
