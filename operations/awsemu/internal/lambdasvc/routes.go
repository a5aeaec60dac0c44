package lambdasvc

import (
	"net/http"
	"slices"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// routes is Lambda's table of operations: what this package has, and below it
// what AWS has besides. A new operation is a row with a handler.
func (l *API) routes() []route {
	return slices.Concat(l.mainRoutes(), l.urlRoutes(), l.provisionedRoutes(), l.mappingRoutes())
}

func (l *API) mainRoutes() []route {
	return []route{
		{"GET", "/2016-08-19/account-settings", service.NewOperation("GetAccountSettings", http.StatusOK, l.getAccountSettings), bodyLimit},
		{"POST", "/2015-03-31/functions/{FunctionName}/aliases", service.NewOperation("CreateAlias", http.StatusCreated, l.createAlias), bodyLimit},
		{"GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", service.NewOperation("GetAlias", http.StatusOK, l.getAlias), bodyLimit},
		{"PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", service.NewOperation("UpdateAlias", http.StatusOK, l.updateAlias), bodyLimit},
		{"DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", service.NewOperation("DeleteAlias", http.StatusNoContent, l.deleteAlias), bodyLimit},
		{"GET", "/2015-03-31/functions/{FunctionName}/aliases", service.NewOperation("ListAliases", http.StatusOK, l.listAliases), bodyLimit},
		{"POST", "/2015-03-31/functions/{FunctionName}/invocations", service.NewOperation("Invoke", http.StatusOK, l.invoke), bodyLimit},
		{"POST", "/2015-03-31/functions", service.NewOperation("CreateFunction", http.StatusCreated, l.createFunction), codeLimit},
		{"DELETE", "/2015-03-31/functions/{FunctionName}", service.NewOperation("DeleteFunction", http.StatusNoContent, l.deleteFunction), bodyLimit},
		{"GET", "/2015-03-31/functions/{FunctionName}", service.NewOperation("GetFunction", http.StatusOK, l.getFunction), bodyLimit},
		{"GET", "/2015-03-31/functions/{FunctionName}/configuration", service.NewOperation("GetFunctionConfiguration", http.StatusOK, l.getFunctionConfiguration), bodyLimit},
		{"GET", "/2015-03-31/functions", service.NewOperation("ListFunctions", http.StatusOK, l.listFunctions), bodyLimit},
		{"POST", "/2015-03-31/functions/{FunctionName}/versions", service.NewOperation("PublishVersion", http.StatusCreated, l.publishVersion), bodyLimit},
		{"GET", "/2015-03-31/functions/{FunctionName}/versions", service.NewOperation("ListVersionsByFunction", http.StatusOK, l.listVersions), bodyLimit},
		{"POST", "/2015-03-31/functions/{FunctionName}/policy", service.NewOperation("AddPermission", http.StatusCreated, l.addPermission), bodyLimit},
		{"DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", service.NewOperation("RemovePermission", http.StatusNoContent, l.removePermission), bodyLimit},
		{"GET", "/2015-03-31/functions/{FunctionName}/policy", service.NewOperation("GetPolicy", http.StatusOK, l.getPolicy), bodyLimit},
		{"POST", "/2018-10-31/layers/{LayerName}/versions", service.NewOperation("PublishLayerVersion", http.StatusCreated, l.publishLayerVersion), codeLimit},
		{"GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", service.NewOperation("GetLayerVersion", http.StatusOK, l.getLayerVersion), bodyLimit},
		{"GET", "/2018-10-31/layers/{LayerName}/versions", service.NewOperation("ListLayerVersions", http.StatusOK, l.listLayerVersions), bodyLimit},
		{"DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}", service.NewOperation("DeleteLayerVersion", http.StatusNoContent, l.deleteLayerVersion), bodyLimit},
		{"POST", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy", service.NewOperation("AddLayerVersionPermission", http.StatusCreated, l.addLayerVersionPermission), bodyLimit},
		{
			"DELETE", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}",
			service.NewOperation("RemoveLayerVersionPermission", http.StatusNoContent, l.removeLayerVersionPermission),
			bodyLimit,
		},
		{"GET", "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy", service.NewOperation("GetLayerVersionPolicy", http.StatusOK, l.getLayerVersionPolicy), bodyLimit},
		{"GET", "/2019-09-30/functions/{FunctionName}/concurrency", service.NewOperation("GetFunctionConcurrency", http.StatusOK, l.getConcurrency), bodyLimit},
		{"PUT", "/2017-10-31/functions/{FunctionName}/concurrency", service.NewOperation("PutFunctionConcurrency", http.StatusOK, l.putConcurrency), bodyLimit},
		{"DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", service.NewOperation("DeleteFunctionConcurrency", http.StatusNoContent, l.deleteConcurrency), bodyLimit},
		{"GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config", service.NewOperation("GetFunctionEventInvokeConfig", http.StatusOK, l.getEventConfig), bodyLimit},
		{"PUT", "/2019-09-25/functions/{FunctionName}/event-invoke-config", service.NewOperation("PutFunctionEventInvokeConfig", http.StatusOK, l.putEventConfig), bodyLimit},
		{"POST", "/2019-09-25/functions/{FunctionName}/event-invoke-config", service.NewOperation("UpdateFunctionEventInvokeConfig", http.StatusOK, l.updateEventConfig), bodyLimit},
		{"DELETE", "/2019-09-25/functions/{FunctionName}/event-invoke-config", service.NewOperation("DeleteFunctionEventInvokeConfig", http.StatusNoContent, l.deleteEventConfig), bodyLimit},
		{"GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config/list", service.NewOperation("ListFunctionEventInvokeConfigs", http.StatusOK, l.listEventConfigs), bodyLimit},
		{"GET", "/2018-10-31/layers?find=LayerVersion", service.NewOperation("GetLayerVersionByArn", http.StatusOK, l.getLayerVersionByArn), bodyLimit},
		{"GET", "/2018-10-31/layers", service.NewOperation("ListLayers", http.StatusOK, l.listLayers), bodyLimit},
		{"GET", "/2017-03-31/tags/{Resource}", service.NewOperation("ListTags", http.StatusOK, l.listTags), bodyLimit},
		{"POST", "/2017-03-31/tags/{Resource}", service.NewOperation("TagResource", http.StatusNoContent, l.tagResource), bodyLimit},
		{"DELETE", "/2017-03-31/tags/{Resource}", service.NewOperation("UntagResource", http.StatusNoContent, l.untagResource), bodyLimit},
		{"PUT", "/2015-03-31/functions/{FunctionName}/code", service.NewOperation("UpdateFunctionCode", http.StatusOK, l.updateFunctionCode), codeLimit},
		{"PUT", "/2015-03-31/functions/{FunctionName}/configuration", service.NewOperation("UpdateFunctionConfiguration", http.StatusOK, l.updateFunctionConfiguration), bodyLimit},
		{"POST", "/2021-11-15/functions/{FunctionName}/response-streaming-invocations", service.NewOperation("InvokeWithResponseStream", http.StatusOK, l.invokeStream), bodyLimit},
		{"POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint", service.NewOperation("CheckpointDurableExecution", http.StatusOK, l.checkpoint), bodyLimit},
		{"GET", "/2025-12-01/durable-executions/{DurableExecutionArn}", service.NewOperation("GetDurableExecution", http.StatusOK, l.getDurableExecution), bodyLimit},
		{"GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/history", service.NewOperation("GetDurableExecutionHistory", http.StatusOK, l.getDurableHistory), bodyLimit},
		{"GET", "/2025-12-01/durable-executions/{DurableExecutionArn}/state", service.NewOperation("GetDurableExecutionState", http.StatusOK, l.getDurableState), bodyLimit},
		{"GET", "/2025-12-01/functions/{FunctionName}/durable-executions", service.NewOperation("ListDurableExecutionsByFunction", http.StatusOK, l.listDurableExecutions), bodyLimit},
		{"POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/fail", service.NewOperation("SendDurableExecutionCallbackFailure", http.StatusOK, l.callbackFails), bodyLimit},
		{"POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat", service.NewOperation("SendDurableExecutionCallbackHeartbeat", http.StatusOK, l.callbackBeats), bodyLimit},
		{"POST", "/2025-12-01/durable-execution-callbacks/{CallbackId}/succeed", service.NewOperation("SendDurableExecutionCallbackSuccess", http.StatusOK, l.callbackSucceeds), bodyLimit},
		{"POST", "/2025-12-01/durable-executions/{DurableExecutionArn}/stop", service.NewOperation("StopDurableExecution", http.StatusOK, l.stopDurable), bodyLimit},
		{"POST", "/2014-11-13/functions/{FunctionName}/invoke-async", service.NewOperation("InvokeAsync", http.StatusAccepted, l.invokeAsync), bodyLimit},
	}
}

// missingRoutes are the operations that this package does not have.
func missingRoutes() []route {
	return []route{
		missing("CreateCapacityProvider", "POST", "/2025-11-30/capacity-providers"),
		missing("CreateCodeSigningConfig", "POST", "/2020-04-22/code-signing-configs"),
		missing("DeleteCapacityProvider", "DELETE", "/2025-11-30/capacity-providers/{CapacityProviderName}"),
		missing("DeleteCodeSigningConfig", "DELETE", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
		missing("DeleteFunctionCodeSigningConfig", "DELETE", "/2020-06-30/functions/{FunctionName}/code-signing-config"),
		missing("DeleteResourcePolicy", "DELETE", "/2026-07-09/resource-policy/{ResourceArn}"),
		missing("GetCapacityProvider", "GET", "/2025-11-30/capacity-providers/{CapacityProviderName}"),
		missing("GetCodeSigningConfig", "GET", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
		missing("GetFunctionScalingConfig", "GET", "/2025-11-30/functions/{FunctionName}/function-scaling-config"),
		missing("GetResourcePolicy", "GET", "/2026-07-09/resource-policy/{ResourceArn}"),
		missing("ListFunctionVersionsByCapacityProvider", "GET", "/2025-11-30/capacity-providers/{CapacityProviderName}/function-versions"),
		missing("ListFunctionsByCodeSigningConfig", "GET", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions"),
		missing("PutFunctionCodeSigningConfig", "PUT", "/2020-06-30/functions/{FunctionName}/code-signing-config"),
		missing("PutFunctionRecursionConfig", "PUT", "/2024-08-31/functions/{FunctionName}/recursion-config"),
		missing("PutFunctionScalingConfig", "PUT", "/2025-11-30/functions/{FunctionName}/function-scaling-config"),
		missing("PutResourcePolicy", "PUT", "/2026-07-09/resource-policy/{ResourceArn}"),
		missing("PutRuntimeManagementConfig", "PUT", "/2021-07-20/functions/{FunctionName}/runtime-management-config"),
		missing("UpdateCapacityProvider", "PUT", "/2025-11-30/capacity-providers/{CapacityProviderName}"),
		missing("UpdateCodeSigningConfig", "PUT", "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}"),
	}
}

func missing(name, method, pattern string) route {
	err := service.NotImplemented("awsemu does not have lambda.%s yet", name)
	return route{method, pattern, service.Failing(name, err), bodyLimit}
}
