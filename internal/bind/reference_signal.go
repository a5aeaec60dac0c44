package bind

func signalReference() FunctionGroup {
	return FunctionGroup{Title: "Signals", Functions: []Function{{
		Name: "signalUrl", Signature: "(name: signal, key?: integer or string) → secret", Example: "len(signalUrl('approval')) > 40", Result: "true",
		Doc: "The address of a page on which a person answers a wait for the signal: for the steps of a flow that is served with `--public-url`. The name is that of a wait of the flow, or of a flow that it calls (`'/review/approval'`). The address is a secret. Without a public address the step fails with the code `NoPublicUrl`.",
		Errors: []Failure{
			{"signalUrl('nobody')", "no wait of the flow is for the signal nobody"},
			{"signalUrl(ctx.name)", "the name of a signal must be a literal text"},
			{"signalUrl('approval', '')", "the key is empty"},
		},
	}}}
}
