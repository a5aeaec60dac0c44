package awsemu_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/operations/awsemu"
)

// got is what came over HTTP.
type got struct {
	status int
	header http.Header
	body   string
	err    error // of a body that broke off
}

// ask sends a request and reads the whole answer.
func ask(t testing.TB, method, url, body string, change func(*http.Request)) got {
	t.Helper()
	client := &trackedClient{}
	defer client.close()
	r := ok(http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body)))(t)
	if change != nil {
		change(r)
	}
	out, err := client.http().Do(r)
	if err != nil {
		return got{err: err}
	}
	defer out.Body.Close()
	text, err := io.ReadAll(out.Body)
	return got{out.StatusCode, out.Header, string(text), err}
}

// signAs signs a request to a function URL.
func signAs(t testing.TB, pair aws.Credentials, body, region string) func(*http.Request) {
	return func(r *http.Request) {
		sum := sha256.Sum256([]byte(body))
		if err := v4.NewSigner().SignHTTP(context.Background(), pair, r, hex.EncodeToString(sum[:]), "lambda", region, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

var testPair = aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}

// echo is a function whose answer is the event.
func echo(_ context.Context, event []byte) ([]byte, error) { return event, nil }

func withHandlers(handlers map[string]awsemu.Handler) func(*awsemu.Options) {
	return func(o *awsemu.Options) { o.Handlers = handlers }
}

// url makes an address and gives it.
func (r *rig) url(t testing.TB, in *lambda.CreateFunctionUrlConfigInput) string {
	t.Helper()
	return aws.ToString(ok(r.lambda(t).CreateFunctionUrlConfig(t.Context(), in))(t).FunctionUrl)
}

func open(name string) *lambda.CreateFunctionUrlConfigInput {
	return &lambda.CreateFunctionUrlConfigInput{FunctionName: &name, AuthType: types.FunctionUrlAuthTypeNone}
}

func TestFunctionURLConfig(t *testing.T) {
	ctx := t.Context()
	r := start(t, "functions: {f: {reply: 1, versions: {1: {}}, aliases: {live: {version: 1}}}}")
	client, f := r.lambda(t), aws.String("f")
	made := ok(client.CreateFunctionUrlConfig(ctx, open("f")))(t)
	if url := *made.FunctionUrl; !strings.HasPrefix(url, r.URL()+"/_awsemu/urls/us-east-1/") || !strings.HasSuffix(url, "/") || len(url) < 40 || len(url) > 100 {
		t.Errorf("the address is %s", url)
	}
	same(t, "arn:aws:lambda:us-east-1:000000000000:function:f", *made.FunctionArn)
	same(t, types.InvokeModeBuffered, made.InvokeMode)
	live := ok(client.CreateFunctionUrlConfig(ctx, &lambda.CreateFunctionUrlConfigInput{
		FunctionName: f, Qualifier: aws.String("live"), AuthType: types.FunctionUrlAuthTypeAwsIam, InvokeMode: types.InvokeModeResponseStream,
		Cors: &types.Cors{AllowOrigins: []string{"*"}, MaxAge: aws.Int32(5)},
	}))(t)
	same(t, *made.FunctionArn+":live", *live.FunctionArn)
	list := ok(client.ListFunctionUrlConfigs(ctx, &lambda.ListFunctionUrlConfigsInput{FunctionName: f, MaxItems: aws.Int32(1)}))(t)
	same(t, *made.FunctionUrl, *list.FunctionUrlConfigs[0].FunctionUrl)
	list = ok(client.ListFunctionUrlConfigs(ctx, &lambda.ListFunctionUrlConfigsInput{FunctionName: f, Marker: list.NextMarker}))(t)
	same(t, *live.FunctionUrl, *list.FunctionUrlConfigs[0].FunctionUrl)
	same(t, 1, len(list.FunctionUrlConfigs))

	changed := ok(client.UpdateFunctionUrlConfig(ctx, &lambda.UpdateFunctionUrlConfigInput{FunctionName: f, Qualifier: aws.String("live"), AuthType: types.FunctionUrlAuthTypeNone}))(t)
	same(t, *live.FunctionUrl, *changed.FunctionUrl)
	same(t, types.InvokeModeResponseStream, changed.InvokeMode)
	same(t, int32(5), *changed.Cors.MaxAge)
	same(t, *live.CreationTime, *changed.CreationTime)

	_, err := client.CreateFunctionUrlConfig(ctx, open("f"))
	fails(t, err, "ResourceConflictException", 409)
	_, err = client.CreateFunctionUrlConfig(ctx, open("nobody"))
	fails(t, err, "ResourceNotFoundException", 404)
	for name, in := range map[string]*lambda.CreateFunctionUrlConfigInput{
		"version": {FunctionName: f, Qualifier: aws.String("1"), AuthType: types.FunctionUrlAuthTypeNone},
		"$LATEST": {FunctionName: f, Qualifier: aws.String("$LATEST"), AuthType: types.FunctionUrlAuthTypeNone},
		"auth":    {FunctionName: f, AuthType: "SOME"},
		"mode":    {FunctionName: f, AuthType: types.FunctionUrlAuthTypeNone, InvokeMode: "SLOWLY"},
		"method":  {FunctionName: f, AuthType: types.FunctionUrlAuthTypeNone, Cors: &types.Cors{AllowMethods: []string{"TRACE"}}},
		"age":     {FunctionName: f, AuthType: types.FunctionUrlAuthTypeNone, Cors: &types.Cors{MaxAge: aws.Int32(86401)}},
	} {
		_, err := client.CreateFunctionUrlConfig(ctx, in)
		t.Run(name, func(t *testing.T) { fails(t, err, "InvalidParameterValueException", 400) })
	}
	_, err = client.CreateFunctionUrlConfig(ctx, &lambda.CreateFunctionUrlConfigInput{FunctionName: f, Qualifier: aws.String("none"), AuthType: types.FunctionUrlAuthTypeNone})
	fails(t, err, "ResourceNotFoundException", 404)

	ok(client.DeleteFunctionUrlConfig(ctx, &lambda.DeleteFunctionUrlConfigInput{FunctionName: f}))(t)
	_, err = client.GetFunctionUrlConfig(ctx, &lambda.GetFunctionUrlConfigInput{FunctionName: f})
	fails(t, err, "ResourceNotFoundException", 404)
	same(t, http.StatusNotFound, ask(t, "GET", *made.FunctionUrl, "", nil).status)
	ok(client.DeleteAlias(ctx, &lambda.DeleteAliasInput{FunctionName: f, Name: aws.String("live")}))(t)
	same(t, http.StatusNotFound, ask(t, "GET", *live.FunctionUrl, "", nil).status)
}

// What a function is told of a request.
func TestFunctionURLEvent(t *testing.T) {
	r := startWith(t, "", withHandlers(map[string]awsemu.Handler{"echo": echo}))
	url := r.url(t, open("echo"))
	read := func(answer got) map[string]any {
		t.Helper()
		same(t, http.StatusOK, answer.status)
		same(t, "application/json", answer.header.Get("Content-Type"))
		var event map[string]any
		if err := json.Unmarshal([]byte(answer.body), &event); err != nil {
			t.Fatalf("%v in %s", err, answer.body)
		}
		return event
	}
	event := read(ask(t, "POST", url+"a%20b/c?x=1&y=&x=%C3%A9", `{"n":1}`, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/json; charset=utf-8")
		r.Header.Set("Cookie", "a=1; b=2")
		r.Header["X-Two"] = []string{"one", "two"}
		r.Header.Set("Authorization", "Bearer own")
		r.Header.Set("User-Agent", "tester")
	}))
	for path, want := range map[string]any{
		"version": "2.0", "routeKey": "$default", "rawPath": "/a%20b/c", "rawQueryString": "x=1&y=&x=%C3%A9",
		"cookies.0": "a=1", "cookies.1": "b=2", "headers.x-two": "one,two", "headers.authorization": "Bearer own", "headers.cookie": nil,
		"headers.x-forwarded-for": "127.0.0.1", "headers.x-forwarded-proto": "http",
		"queryStringParameters.x": "1,é", "queryStringParameters.y": "", "body": `{"n":1}`, "isBase64Encoded": false,
		"requestContext.accountId": "anonymous", "requestContext.authorizer": nil, "requestContext.stage": "$default",
		"requestContext.http.method": "POST", "requestContext.http.path": "/a%20b/c", "requestContext.http.protocol": "HTTP/1.1",
		"requestContext.http.sourceIp": "127.0.0.1", "requestContext.http.userAgent": "tester",
	} {
		same(t, want, at(event, path))
	}
	id := strings.Split(url, "/")[6]
	same(t, any(id), at(event, "requestContext.apiId"))
	same(t, any(id+".lambda-url.us-east-1.on.aws"), at(event, "requestContext.domainName"))
	if text, _ := at(event, "headers.x-amzn-trace-id").(string); !strings.HasPrefix(text, "Root=1-") {
		t.Errorf("the trace id is %q", text)
	}
	if _, err := time.Parse("02/Jan/2006:15:04:05 -0700", at(event, "requestContext.time").(string)); err != nil {
		t.Error(err)
	}

	none := read(ask(t, "GET", url, "", nil))
	for _, name := range []string{"body", "cookies", "queryStringParameters"} {
		if _, there := none[name]; there {
			t.Errorf("%s is there", name)
		}
	}
	for kind, binary := range map[string]bool{
		"application/x-www-form-urlencoded": true, "image/png": true, "": true, "text/csv": false, "application/problem+json": false, "application/xml": false,
	} {
		event := read(ask(t, "POST", url, "a=b", func(r *http.Request) { r.Header["Content-Type"] = []string{kind} }))
		same(t, any(binary), event["isBase64Encoded"])
		same(t, any(map[bool]string{true: "YT1i", false: "a=b"}[binary]), event["body"])
	}
	same(t, any(true), read(ask(t, "POST", url, "\xff", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }))["isBase64Encoded"])
	// The host of AWS, or one that browsers look for on this machine, names it, too.
	for _, host := range []string{id + ".lambda-url.us-east-1.on.aws", id + ".lambda-url.us-east-1.localhost:4566"} {
		event := read(ask(t, "GET", r.URL()+"/deep/er?q", "", func(r *http.Request) { r.Host = host }))
		same(t, any("/deep/er"), event["rawPath"])
		same(t, any(host), at(event, "headers.host"))
	}
	// A page whose own name leads here cannot use the path.
	same(t, http.StatusForbidden, ask(t, "GET", url, "", func(r *http.Request) { r.Host = "evil.example" }).status)
	same(t, http.StatusRequestEntityTooLarge, ask(t, "POST", url, strings.Repeat("x", 6<<20+1), nil).status)
}

// What becomes of an answer.
func TestFunctionURLAnswers(t *testing.T) {
	answers := map[string]awsemu.Handler{}
	for name, text := range map[string]string{
		"object": `{"a":1}`, "text": `"hello"`, "null": `null`, "list": `[1]`,
		"full":    `{"statusCode":201,"headers":{"x-a":"b","X-N":5,"x-b":true,"content-length":"99"},"cookies":["a=1; Path=/","b=2"],"body":"made"}`,
		"html":    `{"statusCode":"404","headers":{"Content-Type":"text/html"},"body":"<p>"}`,
		"base64":  `{"statusCode":200,"headers":{"content-type":"image/x"},"isBase64Encoded":true,"body":"AAEC"}`,
		"nobody":  `{"statusCode":204}`,
		"nostate": `{"statusCode":null,"body":"x"}`,
		"badbody": `{"statusCode":200,"body":{"a":1}}`, "badcode": `{"statusCode":"fine"}`, "low": `{"statusCode":99}`, "badhead": `{"statusCode":200,"headers":{"a":["b"]}}`,
		"notbase64": `{"statusCode":200,"isBase64Encoded":true,"body":"???"}`,
	} {
		answers[name] = func(context.Context, []byte) ([]byte, error) { return []byte(text), nil }
	}
	answers["broken"] = func(context.Context, []byte) ([]byte, error) { return nil, errors.New("no") }
	r := startWith(t, "", withHandlers(answers))
	for _, row := range []struct {
		name   string
		status int
		kind   string
		body   string
	}{
		{"object", 200, "application/json", `{"a":1}`},
		{"text", 200, "application/json", `"hello"`},
		{"null", 200, "application/json", `null`},
		{"list", 200, "application/json", `[1]`},
		{"full", 201, "application/json", "made"},
		{"html", 404, "text/html", "<p>"},
		{"base64", 200, "image/x", "\x00\x01\x02"},
		{"nobody", 204, "application/json", ""},
		{"nostate", 200, "application/json", `{"statusCode":null,"body":"x"}`},
		{"badbody", 502, "application/json", "Internal Server Error"},
		{"badcode", 502, "application/json", "Internal Server Error"},
		{"low", 502, "application/json", "Internal Server Error"},
		{"badhead", 502, "application/json", "Internal Server Error"},
		{"notbase64", 502, "application/json", "Internal Server Error"},
		{"broken", 502, "application/json", "Internal Server Error"},
	} {
		t.Run(row.name, func(t *testing.T) {
			answer := ask(t, "GET", r.url(t, open(row.name)), "", nil)
			same(t, row.status, answer.status)
			same(t, row.kind, answer.header.Get("Content-Type"))
			same(t, row.body, answer.body)
			if row.name == "full" {
				same(t, []string{"b", "5", "true"}, []string{answer.header.Get("X-A"), answer.header.Get("X-N"), answer.header.Get("X-B")})
				same(t, []string{"a=1; Path=/", "b=2"}, answer.header["Set-Cookie"])
			}
		})
	}
}

func TestFunctionURLWithSignatures(t *testing.T) {
	r := startWith(t, `accounts: {"111122223333": {accessKeyId: AKIAEXAMPLE000000000, secretAccessKey: s}}`, withHandlers(map[string]awsemu.Handler{"echo": echo}))
	in := open("echo")
	in.AuthType = types.FunctionUrlAuthTypeAwsIam
	url := r.url(t, in)
	denied := ask(t, "GET", url, "", nil)
	same(t, http.StatusForbidden, denied.status)
	same(t, `{"Message":"Forbidden"}`, denied.body)
	same(t, "AccessDeniedException", denied.header.Get("X-Amzn-Errortype"))
	for name, change := range map[string]func(*http.Request){
		"secret": signAs(t, aws.Credentials{AccessKeyID: "test", SecretAccessKey: "other"}, "{}", "us-east-1"),
		"key":    signAs(t, aws.Credentials{AccessKeyID: "other", SecretAccessKey: "test"}, "{}", "us-east-1"),
		"region": signAs(t, testPair, "{}", "eu-west-1"),
		"body":   signAs(t, testPair, "[]", "us-east-1"),
	} {
		t.Run(name, func(t *testing.T) { same(t, http.StatusForbidden, ask(t, "POST", url, "{}", change).status) })
	}
	for _, row := range []struct {
		pair          aws.Credentials
		account, user string
	}{
		{testPair, "000000000000", "arn:aws:iam::000000000000:root"},
		{aws.Credentials{AccessKeyID: "AKIAEXAMPLE000000000", SecretAccessKey: "s"}, "111122223333", "arn:aws:iam::111122223333:root"},
	} {
		answer := ask(t, "POST", url+"a?b=c", "{}", signAs(t, row.pair, "{}", "us-east-1"))
		same(t, http.StatusOK, answer.status)
		var event map[string]any
		if err := json.Unmarshal([]byte(answer.body), &event); err != nil {
			t.Fatal(err)
		}
		same(t, any(row.account), at(event, "requestContext.accountId"))
		same(t, any(row.user), at(event, "requestContext.authorizer.iam.userArn"))
		same(t, any(row.pair.AccessKeyID), at(event, "requestContext.authorizer.iam.accessKey"))
		same(t, nil, at(event, "headers.authorization"))
	}
	last := r.requests()[len(r.requests())-1]
	same(t, [3]string{"lambda", "InvokeFunctionUrl", "echo"}, [3]string{last.Service, last.Operation, last.Function})
}

func TestFunctionURLCors(t *testing.T) {
	r := startWith(t, "", withHandlers(map[string]awsemu.Handler{"f": func(context.Context, []byte) ([]byte, error) {
		return []byte(`{"statusCode":200,"headers":{"access-control-allow-origin":"https://function.example"},"body":"ran"}`), nil
	}}))
	in := open("f")
	in.Cors = &types.Cors{
		AllowOrigins: []string{"https://a.example"}, AllowMethods: []string{"GET", "PUT"}, AllowHeaders: []string{"x-a"}, ExposeHeaders: []string{"x-e"},
		AllowCredentials: aws.Bool(true), MaxAge: aws.Int32(60),
	}
	url := r.url(t, in)
	from := func(origin, method string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Origin", origin)
			if method != "" {
				r.Header.Set("Access-Control-Request-Method", method)
			}
		}
	}
	asked := ask(t, "OPTIONS", url, "", from("https://a.example", "PUT"))
	same(t, "", asked.body)
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "https://a.example", "Access-Control-Allow-Methods": "GET,PUT", "Access-Control-Allow-Headers": "x-a",
		"Access-Control-Max-Age": "60", "Access-Control-Allow-Credentials": "true", "Access-Control-Expose-Headers": "x-e",
	} {
		same(t, want, asked.header.Get(name))
	}
	same(t, "", ask(t, "OPTIONS", url, "", from("https://b.example", "PUT")).header.Get("Access-Control-Allow-Origin"))
	same(t, "https://a.example", ask(t, "GET", url, "", from("https://a.example", "")).header.Get("Access-Control-Allow-Origin"))
	other := ask(t, "GET", url, "", from("https://b.example", ""))
	same(t, [2]string{"ran", ""}, [2]string{other.body, other.header.Get("Access-Control-Allow-Origin")})
	same(t, "ran", ask(t, "OPTIONS", url, "", nil).body)
}
