package awsapi_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
)

// authority stands for STS and for a service that believes it: it gives
// credentials of a short life, and refuses those that are over.
type authority struct {
	*awstest.Server
	life time.Duration
	slow time.Duration // what a call of the service takes

	mu      sync.Mutex
	ends    map[string]time.Time // of the session keys that it gave
	issued  map[string]int       // sessions by role
	tokens  []string             // web identity tokens that it was shown
	refused int                  // requests with credentials that were over
	down    bool                 // STS does not answer
}

func newAuthority(t testing.TB, life time.Duration) *authority {
	t.Helper()
	a := &authority{life: life, ends: map[string]time.Time{}, issued: map[string]int{}}
	a.Server = awstest.Serve(t, a.answer)
	return a
}

func (a *authority) answer(r awstest.Request) awstest.Answer {
	if r.Form().Get("Action") == "" {
		time.Sleep(a.slow)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	form := r.Form()
	action := form.Get("Action")
	switch key := signer(r); {
	case action != "" && a.down:
		return stsError(400, "ServiceUnavailable")
	case action == "AssumeRoleWithWebIdentity":
		a.tokens = append(a.tokens, form.Get("WebIdentityToken"))
		return a.issue(action, form.Get("RoleArn"))
	case strings.HasPrefix(key, "ASIA") && !time.Now().Before(a.ends[key]):
		a.refused++
		if action != "" {
			return stsError(403, "ExpiredToken")
		}
		return awstest.Answer{Status: 403, Header: map[string]string{"X-Amzn-ErrorType": "ExpiredTokenException"}, Body: `{"message":"over"}`}
	case action != "":
		return a.issue(action, form.Get("RoleArn"))
	default:
		return awstest.Answer{}
	}
}

func stsError(status int, code string) awstest.Answer {
	return awstest.Answer{
		Status: status, Header: map[string]string{"Content-Type": "text/xml"},
		Body: `<ErrorResponse><Error><Code>` + code + `</Code><Message>told so</Message></Error><RequestId>req-9</RequestId></ErrorResponse>`,
	}
}

// issue gives a session of a role; the names of its keys are ASIA and a count.
func (a *authority) issue(action, role string) awstest.Answer {
	name := role[strings.LastIndex(role, "/")+1:]
	a.issued[name]++
	key := fmt.Sprintf("ASIA%s%d", name, a.issued[name])
	end := time.Now().Add(a.life)
	a.ends[key] = end
	return awstest.Answer{Header: map[string]string{"Content-Type": "text/xml"}, Body: strings.ReplaceAll(
		`<ACTIONResponse><ACTIONResult><Credentials><AccessKeyId>`+key+`</AccessKeyId><SecretAccessKey>s3cr3t</SecretAccessKey>`+
			`<SessionToken>t0ken</SessionToken><Expiration>`+value.FormatTime(end)+`</Expiration></Credentials></ACTIONResult></ACTIONResponse>`,
		"ACTION", action)}
}

// revoke ends every session before its time.
func (a *authority) revoke() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for key := range a.ends {
		a.ends[key] = time.Time{}
	}
}

// end returns when the last of the sessions ends.
func (a *authority) end() (last time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, end := range a.ends {
		if end.After(last) {
			last = end
		}
	}
	return last
}

// sessions tells how many sessions of a role there were.
func (a *authority) sessions(role string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.issued[role]
}

func (a *authority) setDown(down bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.down = down
}

// chain are the parameters of a connection over roles that assume each other.
func (a *authority) chain(roles ...string) map[string]any {
	hops := make([]any, len(roles))
	for i, role := range roles {
		hops[i] = map[string]any{"roleArn": "arn:aws:iam::000000000000:role/" + role, "roleSessionName": "test"}
	}
	return map[string]any{
		"region": "eu-west-1", "endpoint": a.URL, "accessKeyId": "AKID", "secretAccessKey": "s", "maxAttempts": 1, "assumeRole": hops,
	}
}

// ask makes a call of Lambda that changes something.
func ask(t testing.TB, c *connector.Connector, conn connector.Connection) error {
	t.Helper()
	_, err := awstest.Call(t, c, conn, "putFunctionConcurrency", map[string]any{"functionName": "f", "reservedConcurrentExecutions": 1})
	return err
}
