package operations_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/operations/awsmodel"
)

const nullConnections = `connections: {aws: {region: eu-west-1, endpoint: "URL", accessKeyId: AKIDFORTESTSONLY, secretAccessKey: a-secret-key}}
`

// Null works as nobody else, and touches nothing else.
func TestPromiseNullIsRefused(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDOFSOMEBODYELSE")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "another-secret")
	t.Setenv("AWS_REGION", "us-east-1")
	lambda := func(connection string) string {
		return "connections: {lambda: {endpoint: \"URL\", " + connection + "}}\nsteps: [{id: s, call: lambda.listFunctions}]\n"
	}
	calls := func(step string) string { return nullConnections + "steps: [{id: s, call: " + step + "}]\n" }
	tests := []struct{ name, flow, says string }{
		{"accessKeyId", lambda(`accessKeyId: "${ctx.q}", secretAccessKey: s`), "accessKeyId"},
		{"both keys", lambda(`accessKeyId: "${ctx.q}", secretAccessKey: "${ctx.q}"`), "accessKeyId"},
		{"profile", lambda(`profile: "${ctx.q}"`), "profile"},
		{"region", lambda(`region: "${ctx.q}", accessKeyId: a, secretAccessKey: s`), "region"},
		{"credentials", lambda(`credentials: "${ctx.o}"`), "credentials"},
		{"assumeRole", lambda(`accessKeyId: a, secretAccessKey: s, assumeRole: "${ctx.o}"`), "assumeRole"},
		{"a part of assumeRole", lambda(`accessKeyId: a, secretAccessKey: s, assumeRole: {roleArn: "arn:aws:iam::000000000000:role/x", externalId: "${ctx.q}"}`), "externalId"},
		{"a variable", lambda(`region: "${env.NO_SUCH_VARIABLE}", accessKeyId: a, secretAccessKey: s`), "NO_SUCH_VARIABLE"},
		{"bearer", "connections: {http: {bearer: \"${ctx.q}\"}}\nsteps: [{id: s, call: http.request, with: {url: 'URL/'}}]\n", "bearer"},
		{"a header of the connection", "connections: {http: {headers: {X-Key: \"${ctx.q}\"}}}\nsteps: [{id: s, call: http.request, with: {url: 'URL/'}}]\n", "X-Key"},
		{"an inline connection", "steps: [{id: s, call: http.request, connection: {bearer: \"${ctx.q}\"}, with: {url: 'URL/'}}]\n", "bearer"},
		{"qualifier", calls(`lambda.deleteFunction, with: {functionName: f, qualifier: "${ctx.q}"}`), "qualifier"},
		{"qualifier of another name", calls(`lambda.deleteFunction, with: {functionName: f, deleteFunctionQualifier: "${ctx.q}"}`), "ualifier"},
		{"revisionId", calls(`lambda.updateAlias, with: {functionName: f, name: a, revisionId: "${ctx.q}"}`), "revisionId"},
		{"dryRun", calls(`lambda.updateFunctionCode, with: {functionName: f, zipFile: eA==, dryRun: "${ctx.o}"}`), "dryRun"},
		{"sourceArn", calls(`lambda.addPermission, with: {functionName: f, action: "lambda:InvokeFunction", statementId: s, principal: p, sourceArn: "${ctx.q}"}`), "sourceArn"},
		{"a document's version", calls(`ssm.sendCommand, with: {documentName: d, documentVersion: "${ctx.q}"}`), "documentVersion"},
		{"the instances of a command", calls(`ssm.sendCommand, with: {documentName: d, instanceIds: "${ctx.o}"}`), "instanceIds"},
		{"a cluster", calls(`ecs.deleteService, with: {service: s, cluster: "${ctx.q}"}`), "cluster"},
		{"a schedule's group", calls(`scheduler.deleteSchedule, with: {name: n, groupName: "${ctx.q}"}`), "groupName"},
		{"a bus", calls(`eventbridge.deleteRule, with: {name: n, eventBusName: "${ctx.q}"}`), "eventBusName"},
		{"an object's version", calls(`s3.deleteObject, with: {bucket: b, key: k, versionId: "${ctx.q}"}`), "versionId"},
		{"whose key", calls(`iam.deleteAccessKey, with: {accessKeyId: AKIDAKIDAKIDAKID, userName: "${ctx.q}"}`), "userName"},
		{"an If-Match", "steps: [{id: s, call: http.request, with: {method: DELETE, url: 'URL/', headers: {If-Match: \"${ctx.q}\"}}}]\n", "headers.If-Match is null"},
		{"a query", "steps: [{id: s, call: http.request, with: {method: POST, url: 'URL/', query: {version: \"${ctx.q}\"}}}]\n", "query.version is null"},
		{"a query's list", "steps: [{id: s, call: http.request, with: {method: PUT, url: 'URL/', query: {id: [a, \"${ctx.q}\"]}}}]\n", "query.id is null"},
		{"a waiter's qualifier", calls(`lambda.waitFunctionActive, with: {functionName: f, maxWait: 1s, qualifier: "${ctx.q}"}`), "qualifier"},
	}
	for _, tt := range tests {
		for runtime := range runtimes {
			t.Run(tt.name+" "+runtime, func(t *testing.T) {
				e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answer(w, 200, `{}`) })
				got := runFlow(t, runtime, "flow: nulls\ninputs: {q: {type: string}, o: {type: any}}\n"+tt.flow, e)
				if got.err == nil || got.err.Class != connector.ClassInvalid || !strings.Contains(got.err.Message, tt.says) || e.count() != 0 {
					t.Errorf("%d requests: %v, want class invalid, %q, and no request", e.count(), got.err, tt.says)
				}
				// On purpose it is left out.
				left := strings.NewReplacer(`"${ctx.q}"`, `"${ctx.q ?? omit}"`, `"${ctx.o}"`, `"${ctx.o ?? omit}"`, `"${env.NO_SUCH_VARIABLE}"`, `"${env.NO_SUCH_VARIABLE ?? omit}"`).Replace(tt.flow)
				for _, kind := range []string{"string", "secret"} {
					got = runFlow(t, runtime, "flow: nulls\ninputs: {q: {type: "+kind+"}, o: {type: any}}\n"+left, e)
					if got.err != nil && strings.Contains(got.err.Message, "is null") {
						t.Errorf("a %s, left out on purpose: %v", kind, got.err)
					}
				}
			})
		}
	}
}

// What reads, or takes null as "as it is", goes on taking it.
func TestPromiseNullThatNarrowsNothing(t *testing.T) {
	tests := map[string]string{
		"a reading query":     "steps: [{id: s, call: http.request, with: {url: 'URL/', query: {cursor: \"${ctx.q}\"}}}]\n",
		"a reading header":    "steps: [{id: s, call: http.request, with: {url: 'URL/', headers: {If-None-Match: \"${ctx.q}\"}}}]\n",
		"a form":              "steps: [{id: s, call: http.request, with: {method: POST, url: 'URL/', form: {a: \"${ctx.q}\"}}}]\n",
		"an option":           "steps: [{id: s, call: lambda.invoke, with: {functionName: f, logType: \"${ctx.q}\"}}]\n",
		"an update":           "steps: [{id: s, call: lambda.updateFunctionConfiguration, with: {functionName: f, description: \"${ctx.q}\"}}]\n",
		"an engine's version": "steps: [{id: s, call: rds.modifyDBCluster, with: {dbClusterIdentifier: c, engineVersion: \"${ctx.q}\"}}]\n",
		"a list that is read": "steps: [{id: s, call: ecs.listTasks, with: {maxResults: \"${ctx.o}\"}}]\n",
		"a page":              "steps: [{id: s, call: sqs.listQueues, with: {nextToken: \"${ctx.q}\"}}]\n",
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				answer(w, 200, `{}`, "Content-Type", "application/json")
			})
			runFlow(t, "memory", "flow: nulls\ninputs: {q: {type: string}, o: {type: any}}\nconnections: {aws: {region: eu-west-1, endpoint: \"URL\", accessKeyId: AKIDFORTESTSONLY, secretAccessKey: a-secret-key}}\n"+text, e)
			if e.count() == 0 {
				t.Error("nothing was sent")
			}
		})
	}
}

// The check says so before, as far as it knows.
func TestPromiseNullIsFoundByTheCheck(t *testing.T) {
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, value string
		want        string
		fails       bool
	}{
		{"may be null", `"${ctx.q}"`, "null-refused", false},
		{"has a value", `"${ctx.d}"`, "", false},
		{"has another value", `"${ctx.q ?? 'live'}"`, "", false},
		{"is left out", `"${ctx.q ?? omit}"`, "", false},
		{"is a variable", `"${env.Q}"`, "", false},
		{"is null", "null", "null-refused", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "flow: f\ninputs: {q: {type: string}, d: {type: string, default: live}}\nconnections: {lambda: {region: eu-west-1}}\nsteps: [{call: lambda.deleteFunction, with: {functionName: f, qualifier: " + tt.value + "}}]\n"
			flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", registry)
			said := ""
			if err != nil {
				said = err.Error()
			} else if w := flow.Warnings(); w != nil {
				said = w.Error()
			}
			if (err != nil) != tt.fails || !strings.Contains(said, tt.want) || tt.want == "" && said != "" {
				t.Errorf("the check says %q, error %v, want %q", said, err, tt.want)
			}
		})
	}
	checkNulls(t, registry)
	// omit stands nowhere else.
	text := "flow: f\ninputs: {q: {type: string}}\nsteps: [{set: {x: \"${ctx.q ?? omit}\"}}]\n"
	if _, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", registry); err == nil {
		t.Error("omit is taken in a set")
	}
}

// checkNulls looks at places where null can stand, with values of results and of
// inputs.
func checkNulls(t *testing.T, registry *connector.Registry) {
	const call = "steps: [{id: p, call: lambda.publishVersion, with: {functionName: f}}, {call: lambda.deleteFunction, with: {functionName: f, qualifier: "
	hop := func(assumeRole string) string {
		return "connections: {lambda: {region: eu-west-1, assumeRole: " + assumeRole + "}}\nsteps: [{call: lambda.listFunctions}]"
	}
	tests := []struct {
		name, text string
		warns      bool
	}{
		{"a result that can be null", call + `"${steps.p.RevisionId}"}}]`, true},
		{"a result that is never null", call + `"${steps.p.Version}"}}]`, false},
		{"a result that is left out", call + `"${steps.p.RevisionId ?? omit}"}}]`, false},
		{"a result without a type", "steps: [{id: p, call: lambda.invoke, with: {functionName: f}}, {call: lambda.deleteFunction, with: {functionName: f, qualifier: \"${steps.p.Payload.q}\"}}]", false},
		{"a hop", hop(`{roleArn: "arn:aws:iam::000000000000:role/x", externalId: "${ctx.q}"}`), true},
		{"a hop in a list", hop(`[{roleArn: "arn:aws:iam::000000000000:role/x", externalId: "${ctx.q}"}]`), true},
		{"the role of a hop", hop(`{roleArn: "${ctx.q}"}`), true},
		{"a hop, left out", hop(`{roleArn: "arn:aws:iam::000000000000:role/x", externalId: "${ctx.q ?? omit}"}`), false},
		{"a hop in a list, left out", hop(`[{roleArn: "arn:aws:iam::000000000000:role/x", externalId: "${ctx.q ?? omit}"}]`), false},
		{"a web identity", "connections: {lambda: {region: eu-west-1, webIdentity: {roleArn: \"arn:aws:iam::000000000000:role/x\", tokenFile: \"${ctx.q}\"}}}\nsteps: [{call: lambda.listFunctions}]", true},
		{"a region", "connections: {lambda: {region: \"${ctx.q}\"}}\nsteps: [{call: lambda.listFunctions}]", true},
		{"a connection of a step", "steps: [{call: lambda.listFunctions, connection: {region: \"${ctx.q}\"}}]", true},
		{"a literal in a query of a change", "steps: [{call: http.request, with: {method: POST, url: \"http://127.0.0.1:1/\", query: {v: null}}}]", true},
		{"a literal in a query that reads", "steps: [{call: http.request, with: {url: \"http://127.0.0.1:1/\", query: {v: null}}}]", false},
		{"a header of a connection", "connections: {http: {baseUrl: \"http://127.0.0.1:1\", headers: {X-Key: \"${ctx.q}\"}}}\nsteps: [{call: http.request, with: {url: /}}]", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := "flow: f\ninputs: {q: {type: string}}\n" + tt.text + "\n"
			if !strings.Contains(text, "connections:") && !strings.Contains(text, "connection:") {
				text = strings.Replace(text, "steps:", "connections: {lambda: {region: eu-west-1}}\nsteps:", 1)
			}
			flow, err := flows.Load(fstest.MapFS{"flow.yaml": {Data: []byte(text)}}, "flow.yaml", registry)
			said := ""
			if err != nil {
				said = err.Error()
			} else if w := flow.Warnings(); w != nil {
				said = w.Error()
			}
			if strings.Contains(said, "null-refused") != tt.warns {
				t.Errorf("the check says %q", said)
			}
		})
	}
}

// What AWS's model of a service requires in an answer is there, or the answer is
// none: of all services, by hand or not.
func TestPromiseRequiredMembersAreThere(t *testing.T) {
	registry, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	source := awsmodel.Source()
	found := 0
	for _, service := range []string{"lambda", "sts"} {
		for _, op := range source.Connector(service).Operations {
			own, ok := registry.Operation(op.Name)
			if !ok {
				continue
			}
			for _, f := range op.Result().Members.Fields() {
				if f.Nullable {
					continue
				}
				found++
				if of := own.Result().Members.Field(f.Name); of == nil || of.Nullable {
					t.Errorf("%s: the model requires %s", op.Name, f.Name)
				}
			}
		}
	}
	if found < 20 {
		t.Errorf("the models require only %d members: they are another", found)
	}
	tests := []struct {
		step, body string
		lacks      string
		outcome    connector.Outcome
	}{
		{"lambda.publishVersion, with: {functionName: f}", `{}`, "Version", connector.OutcomeUnknown},
		{"lambda.getAlias, with: {functionName: f, name: live}", `{}`, "FunctionVersion", connector.OutcomeFailed},
		{"lambda.getAlias, with: {functionName: f, name: live}", `{"FunctionVersion": "3", "RevisionId": "r"}`, "", ""},
		{"lambda.createFunctionUrlConfig, with: {functionName: f, authType: NONE}", `{"AuthType": "NONE", "FunctionArn": "a", "CreationTime": "2026-01-31T08:00:00Z"}`, "FunctionUrl", connector.OutcomeUnknown},
		{"kafka.deleteClusterPolicy, with: {clusterArn: a}", `{}`, "", ""},
		{"scheduler.createSchedule, with: {name: n, scheduleExpression: 'rate(1 hour)', flexibleTimeWindow: {mode: 'OFF'}, target: {arn: a, roleArn: r}}", `{}`, "ScheduleArn", connector.OutcomeUnknown},
		{"scheduler.createSchedule, with: {name: n, scheduleExpression: 'rate(1 hour)', flexibleTimeWindow: {mode: 'OFF'}, target: {arn: a, roleArn: r}}", `{"ScheduleArn": "x"}`, "", ""},
		{"scheduler.listSchedules", `{}`, "", ""}, // an empty list is left out
	}
	for _, tt := range tests {
		for runtime := range runtimes {
			t.Run(tt.step[:strings.IndexAny(tt.step+",", ",")]+" "+tt.lacks+" "+runtime, func(t *testing.T) {
				e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
					answer(w, 200, tt.body, "Content-Type", "application/json")
				})
				text := "flow: f\nconnections: {aws: {region: eu-west-1, endpoint: \"URL\", accessKeyId: AKIDFORTESTSONLY, secretAccessKey: a-secret-key}}\nsteps: [{id: s, retry: 1, call: " + tt.step + "}]\n"
				got := runFlow(t, runtime, text, e)
				if tt.lacks == "" {
					if got.err != nil {
						t.Error(got.err)
					}
					return
				}
				if got.err == nil || got.err.Code != "InvalidResponse" || got.err.Outcome != tt.outcome || !strings.Contains(got.err.Message, "no "+tt.lacks+",") {
					t.Errorf("%+v, want InvalidResponse of %s", got.err, tt.lacks)
				}
			})
		}
	}
}

// An answer that lacks what it always has is none.
func TestPromiseEmptyAnswersOfSTS(t *testing.T) {
	bodies := map[string]string{
		"AssumeRole": "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>",
		"a half":     "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey></SecretAccessKey></Credentials></AssumeRoleResult></AssumeRoleResponse>",
	}
	for name, body := range bodies {
		e := answerBadly(t, func(w http.ResponseWriter, _ *http.Request, _ int) { answer(w, 200, body, "Content-Type", "text/xml") })
		step := `{id: s, call: sts.assumeRole, retry: 1, with: {roleArn: "arn:aws:iam::000000000000:role/x", roleSessionName: abc}}`
		if got := runFlow(t, "memory", awsFlow(step), e); got.err == nil || got.err.Code != "InvalidResponse" {
			t.Errorf("%s: %v, want InvalidResponse", name, got.err)
		}
		flow := `flow: hop
connections: {lambda: {region: eu-west-1, endpoint: "URL", accessKeyId: a, secretAccessKey: s, assumeRole: {roleArn: "arn:aws:iam::000000000000:role/x"}}}
steps: [{id: s, call: lambda.listFunctions}]
`
		if got := runFlow(t, "memory", flow, e); got.err == nil || !strings.Contains(got.err.Message, "no credentials") {
			t.Errorf("%s: %v, want no credentials", name, got.err)
		}
	}
}
