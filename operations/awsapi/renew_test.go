package awsapi_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi/awstest"
)

// 200 calls over two roles whose credentials end every half second: none sees
// an end.
func TestCredentialsAreRenewedBeforeTheyEnd(t *testing.T) {
	aloneOnEarth(t)
	a := newAuthority(t, 500*time.Millisecond)
	c := lambdaConnector()
	conn := awstest.Open(t, c, a.chain("first", "second"))
	for i := range 200 {
		if err := ask(t, c, conn); err != nil {
			t.Fatalf("call %d: %v", i, err)
		}
		time.Sleep(8 * time.Millisecond)
	}
	first, second := a.sessions("first"), a.sessions("second")
	t.Logf("%d and %d sessions, %d requests refused", first, second, a.refused)
	if first < 4 || second < 4 {
		t.Errorf("%d and %d sessions, want at least 4 each", first, second)
	}
}

func TestConcurrentCallsRenewOnce(t *testing.T) {
	aloneOnEarth(t)
	a := newAuthority(t, time.Hour)
	c := lambdaConnector()
	conn := awstest.Open(t, c, a.chain("first", "second"))
	for round := 1; round <= 3; round++ {
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				if err := ask(t, c, conn); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if first, second := a.sessions("first"), a.sessions("second"); first != round || second != round {
			t.Fatalf("round %d: %d and %d sessions", round, first, second)
		}
		a.revoke()
	}
}

// A service may find credentials too old that should not be.
func TestExpiredCallIsTriedAgainOnce(t *testing.T) {
	aloneOnEarth(t)
	for well := 1; well <= 2; well++ { // then a call of the SDK, and one made directly
		a := newAuthority(t, time.Hour)
		c := lambdaConnector()
		conn := awstest.Open(t, c, a.chain("first"))
		for i := range well + 1 {
			if i == well {
				a.revoke()
			}
			if err := ask(t, c, conn); err != nil {
				t.Fatal(err)
			}
		}
		requests := a.Requests()
		if want := 1 + well + 3; len(requests) != want { // role, calls; refused, role, call
			t.Fatalf("%d requests, want %d", len(requests), want)
		}
		if first, again := requests[1+well], requests[3+well]; first.Body != again.Body || again.Body == "" {
			t.Errorf("the second request has the body %q, the first %q", again.Body, first.Body)
		}
	}
}

func TestExpiredCallFailsWhereNothingIsNew(t *testing.T) {
	aloneOnEarth(t)
	a := newAuthority(t, -time.Second) // no session is ever good
	c := lambdaConnector()
	for _, tt := range []struct {
		name     string
		params   map[string]any
		requests int
	}{
		{"a role", a.chain("first"), 4},
		{"given keys", map[string]any{"region": "eu-west-1", "endpoint": a.URL, "accessKeyId": "ASIAOLD", "secretAccessKey": "s", "sessionToken": "t"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := len(a.Requests())
			err := ask(t, c, awstest.Open(t, c, tt.params))
			if e := connector.AsError(err); e == nil || e.Class != connector.ClassExpired || e.Outcome == connector.OutcomeUnknown {
				t.Errorf("error is %v", err)
			}
			if got := len(a.Requests()) - before; got != tt.requests {
				t.Errorf("%d requests, want %d", got, tt.requests)
			}
		})
	}
}

// What is too old there is a parameter, not the credentials.
func TestExpiredTokenOfAStepIsNotTriedAgain(t *testing.T) {
	aloneOnEarth(t)
	server := awstest.Serve(t, func(awstest.Request) awstest.Answer { return stsError(400, "ExpiredTokenException") })
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	c := stsConnector()
	conn := awstest.Open(t, c, map[string]any{"region": "eu-west-1", "endpoint": server.URL})
	_, err := awstest.Call(t, c, conn, "assumeRoleWithWebIdentity", map[string]any{
		"roleArn": "arn:aws:iam::000000000000:role/web", "roleSessionName": "me", "webIdentityToken": "old-token",
	})
	if e := connector.AsError(err); e == nil || e.Class != connector.ClassExpired || len(server.Requests()) != 1 {
		t.Errorf("error is %v after %d requests", err, len(server.Requests()))
	}
}

func TestWebIdentityFileIsReadAgain(t *testing.T) {
	aloneOnEarth(t)
	a := newAuthority(t, 300*time.Millisecond)
	file := filepath.Join(t.TempDir(), "token")
	write := func(token string) {
		if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := lambdaConnector()
	conn := awstest.Open(t, c, map[string]any{
		"region": "eu-west-1", "endpoint": a.URL,
		"webIdentity": map[string]any{"roleArn": "arn:aws:iam::000000000000:role/web", "tokenFile": file},
		"assumeRole":  map[string]any{"roleArn": "arn:aws:iam::000000000000:role/next"},
	})
	tokens := []string{"one", "two", "three"}
	for _, token := range tokens {
		write(token)
		for a.sessions("web") == 0 || a.tokens[len(a.tokens)-1] != token {
			if err := ask(t, c, conn); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
	if diff := cmp.Diff(tokens, a.tokens); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
}

// STS may fail for a moment while the credentials are still good.
func TestFailedRenewalKeepsGoodCredentials(t *testing.T) {
	aloneOnEarth(t)
	for life := time.Second; !failedRenewal(t, life); life *= 2 {
		t.Logf("the machine is too busy for a life of %s", life)
	}
}

// failedRenewal tests it with credentials of a life; it is false where a call
// that was to be made before the end came too late.
func failedRenewal(t *testing.T, life time.Duration) bool {
	t.Helper()
	a := newAuthority(t, life)
	c := lambdaConnector()
	conn := awstest.Open(t, c, a.chain("first"))
	if err := ask(t, c, conn); err != nil {
		t.Fatal(err)
	}
	a.setDown(true)
	end := a.end()
	time.Sleep(time.Until(end) - life*3/20) // within the last fifth
	err := ask(t, c, conn)
	if !time.Now().Before(end) {
		return false
	}
	if err != nil {
		t.Errorf("before the end: %v", err)
	}
	time.Sleep(time.Until(end) + 50*time.Millisecond)
	if err := ask(t, c, conn); connector.AsError(err) == nil {
		t.Error("no error where the credentials are over")
	}
	a.setDown(false)
	if err := ask(t, c, conn); err != nil {
		t.Error(err)
	}
	return true
}

func TestSharedFilesAreReadAgain(t *testing.T) {
	aloneOnEarth(t)
	a := newAuthority(t, time.Hour)
	write := func(key string) {
		text := "[default]\naws_access_key_id = " + key + "\naws_secret_access_key = s\naws_session_token = t\n"
		if err := os.WriteFile(os.Getenv("AWS_SHARED_CREDENTIALS_FILE"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("ASIAOLD")
	c := lambdaConnector()
	conn := awstest.Open(t, c, map[string]any{"region": "eu-west-1", "endpoint": a.URL})
	if e := connector.AsError(ask(t, c, conn)); e == nil || e.Class != connector.ClassExpired {
		t.Errorf("error is %v", e)
	}
	write("AKIDNEW")
	if err := ask(t, c, conn); err != nil {
		t.Error(err)
	}
}

func TestMFACodeWorksOnce(t *testing.T) {
	aloneOnEarth(t)
	asked := 0
	server := awstest.Serve(t, func(r awstest.Request) awstest.Answer {
		if r.Form().Get("Action") == "" {
			return awstest.Answer{Status: 403, Header: map[string]string{"X-Amzn-ErrorType": "ExpiredTokenException"}}
		}
		if asked++; asked > 1 {
			return stsError(403, "AccessDenied")
		}
		return assumed("ASIA")
	})
	c := lambdaConnector()
	conn := awstest.Open(t, c, map[string]any{
		"region": "eu-west-1", "endpoint": server.URL, "accessKeyId": "AKID", "secretAccessKey": "s",
		"assumeRole": map[string]any{
			"roleArn": "arn:aws:iam::000000000000:role/first", "serialNumber": "arn:aws:iam::000000000000:mfa/me", "tokenCode": "012345",
			"externalId": "ex", "sourceIdentity": "me", "transitiveTagKeys": "team", "tags": map[string]any{"team": "a"}, "durationSeconds": 900,
		},
	})
	e := connector.AsError(ask(t, c, conn))
	const want = "role arn:aws:iam::000000000000:role/first could not be assumed again, since an MFA code works once: told so"
	if e == nil || e.Class != connector.ClassDenied || e.Message != want {
		t.Errorf("error is %v", e)
	}
	form := server.Requests()[0].Form()
	got := map[string]string{}
	for name := range form {
		got[name] = form.Get(name)
	}
	wantForm := map[string]string{
		"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": "arn:aws:iam::000000000000:role/first", "RoleSessionName": "medlar-run-1",
		"SerialNumber": "arn:aws:iam::000000000000:mfa/me", "TokenCode": "012345", "ExternalId": "ex", "SourceIdentity": "me",
		"TransitiveTagKeys.member.1": "team", "Tags.member.1.Key": "team", "Tags.member.1.Value": "a", "DurationSeconds": "900",
	}
	if diff := cmp.Diff(wantForm, got); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}
