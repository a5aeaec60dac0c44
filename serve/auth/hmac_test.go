package auth_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Answers that the makers of the schemes, and RFC 4231, have published; Stripe's
// was made by openssl dgst.
const (
	githubSecret    = "It's a Secret to Everybody"
	githubSignature = "X-Hub-Signature-256: sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
	githubBody      = "Hello, World!"

	slackSecret = "8f742231b10e8888abcd99yyyzzz85a5"
	slackBody   = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
		"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J" +
		"%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	slackSignature = "X-Slack-Signature: v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
	slackTime      = 1531420618

	standardSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	standardID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	standardTime      = 1614265330
	standardBody      = `{"test": 2432232314}`
	standardSignature = "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

	stripeSecret    = "whsec_test_secret"
	stripeTime      = 1492774577
	stripeBody      = `{"id":"evt_1"}`
	stripeSignature = "799c4ba7bb339f3c8601adfd112f0e477c930a268be1243d341abb8286501c2f"

	jefe       = "what do ya want for nothing?"
	jefeSHA256 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
	jefeSHA384 = "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649"
	jefeSHA512 = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
)

var wrong = strings.Repeat("00", 32)

func at(unix int) string { return strconv.Itoa(unix) }

func TestSignatures(t *testing.T) {
	github := fields{"scheme": "github", "secrets": githubSecret}
	slack := fields{"scheme": "slack", "secrets": slackSecret}
	stripe := fields{"scheme": "stripe", "secrets": stripeSecret}
	standard := fields{"scheme": "standard", "secrets": standardSecret}
	slackHeaders := []string{slackSignature, "X-Slack-Request-Timestamp: " + at(slackTime)}
	standardHeaders := func(signature string) []string {
		return []string{"webhook-id: " + standardID, "webhook-timestamp: " + at(standardTime), "webhook-signature: " + signature}
	}
	for _, c := range []struct {
		name    string
		hmac    fields
		headers []string
		body    string
		now     int
		good    bool
	}{
		{"github", github, []string{githubSignature}, githubBody, 0, true},
		{"github, another body", github, []string{githubSignature}, githubBody + " ", 0, false},
		{"github, the second of two secrets", fields{"scheme": "github", "secrets": []any{"new", githubSecret}}, []string{githubSignature}, githubBody, 0, true},
		{"github, another secret", fields{"scheme": "github", "secrets": "new"}, []string{githubSignature}, githubBody, 0, false},
		{"github, none", github, nil, githubBody, 0, false},
		{"github, twice", github, []string{githubSignature, githubSignature}, githubBody, 0, false},
		{"github, half", github, []string{githubSignature[:60]}, githubBody, 0, false},
		{"github, empty", github, []string{"X-Hub-Signature-256: sha256="}, githubBody, 0, false},
		{"github, SHA-1", github, []string{"X-Hub-Signature: sha1=" + wrong[:40]}, githubBody, 0, false},
		{"slack", slack, slackHeaders, slackBody, slackTime, true},
		{"slack, at the end of the window", slack, slackHeaders, slackBody, slackTime + 300, true},
		{"slack, sent again behind it", slack, slackHeaders, slackBody, slackTime + 301, false},
		{"slack, ahead", slack, slackHeaders, slackBody, slackTime - 301, false},
		{"slack, a window of its own", fields{"scheme": "slack", "secrets": slackSecret, "window": "1m"}, slackHeaders, slackBody, slackTime + 61, false},
		{"slack, another time", slack, []string{slackSignature, "X-Slack-Request-Timestamp: " + at(slackTime+1)}, slackBody, slackTime, false},
		{"slack, no time", slack, []string{slackSignature}, slackBody, slackTime, false},
		{"stripe", stripe, []string{"Stripe-Signature: t=" + at(stripeTime) + ",v1=" + stripeSignature}, stripeBody, stripeTime + 10, true},
		{"stripe, of two secrets", stripe, []string{"Stripe-Signature: t=" + at(stripeTime) + ",v1=" + wrong + ",v1=" + stripeSignature + ",v0=" + wrong}, stripeBody, stripeTime, true},
		{"stripe, as v0", stripe, []string{"Stripe-Signature: t=" + at(stripeTime) + ",v0=" + stripeSignature}, stripeBody, stripeTime, false},
		{"stripe, old", stripe, []string{"Stripe-Signature: t=" + at(stripeTime) + ",v1=" + stripeSignature}, stripeBody, stripeTime + 301, false},
		{"stripe, ahead", stripe, []string{"Stripe-Signature: t=" + at(stripeTime) + ",v1=" + stripeSignature}, stripeBody, stripeTime - 301, false},
		{"stripe, another time", stripe, []string{"Stripe-Signature: t=" + at(stripeTime+1) + ",v1=" + stripeSignature}, stripeBody, stripeTime, false},
		{"stripe, two times", stripe, []string{"Stripe-Signature: t=" + at(stripeTime) + ",t=" + at(stripeTime+9) + ",v1=" + stripeSignature}, stripeBody, stripeTime, false},
		{"stripe, no time", stripe, []string{"Stripe-Signature: v1=" + stripeSignature}, stripeBody, stripeTime, false},
		{"stripe, a time that overflows", stripe, []string{"Stripe-Signature: t=9223372036854775807,v1=" + stripeSignature}, stripeBody, stripeTime, false},
		{"stripe, very many", stripe, []string{"Stripe-Signature: t=" + at(stripeTime) + strings.Repeat(",v1="+wrong, 16) + ",v1=" + stripeSignature}, stripeBody, stripeTime, false},
		{"standard", standard, standardHeaders("v1," + standardSignature), standardBody, standardTime, true},
		{"standard, among others", standard, standardHeaders("v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,x v1," + standardSignature), standardBody, standardTime, true},
		{"standard, old", standard, standardHeaders("v1," + standardSignature), standardBody, standardTime + 301, false},
		{"standard, another id", standard, append(standardHeaders("v1," + standardSignature)[1:], "webhook-id: msg_2"), standardBody, standardTime, false},
		{"standard, no id", standard, standardHeaders("v1," + standardSignature)[1:], standardBody, standardTime, false},
		{"standard, as v1a", standard, standardHeaders("v1a," + standardSignature), standardBody, standardTime, false},
		{"plain", fields{"scheme": "plain", "secrets": "Jefe", "header": "X-Sig"}, []string{"X-Sig: " + jefeSHA256}, jefe, 0, true},
		{"plain, SHA-384", fields{"scheme": "plain", "secrets": "Jefe", "header": "X-Sig", "algorithm": "sha384"}, []string{"X-Sig: " + jefeSHA384}, jefe, 0, true},
		{"plain, SHA-512", fields{"scheme": "plain", "secrets": "Jefe", "header": "X-Sig", "algorithm": "sha512"}, []string{"X-Sig: " + jefeSHA512}, jefe, 0, true},
		{"plain, base64", fields{"scheme": "plain", "secrets": "Jefe", "header": "X-Sig", "encoding": "base64"}, []string{"X-Sig: W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="}, jefe, 0, true},
		{"plain, as Stripe", fields{"scheme": "plain", "secrets": stripeSecret, "header": "S", "timestamp": "T"}, []string{"S: " + stripeSignature, "T: " + at(stripeTime)}, stripeBody, stripeTime, true},
		{"plain, as Slack", fields{"scheme": "plain", "secrets": slackSecret, "header": "X-Slack-Signature", "prefix": "v0=", "timestamp": "T", "signed": "v0:{timestamp}:{body}"}, []string{slackSignature, "T: " + at(slackTime)}, slackBody, slackTime, true},
		{"plain, as Slack, old", fields{"scheme": "plain", "secrets": slackSecret, "header": "X-Slack-Signature", "prefix": "v0=", "timestamp": "T", "signed": "v0:{timestamp}:{body}"}, []string{slackSignature, "T: " + at(slackTime)}, slackBody, slackTime + 301, false},
		{"plain, text behind the body", fields{"scheme": "plain", "secrets": "Jefe", "header": "X-Sig", "signed": "what do {body}?"}, []string{"X-Sig: " + jefeSHA256}, "ya want for nothing", 0, true},
		{"plain, without its prefix", fields{"scheme": "plain", "secrets": "Jefe", "header": "X-Sig", "prefix": "sha256="}, []string{"X-Sig: " + jefeSHA256}, jefe, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := mustParse(t, fields{"hmac": c.hmac}, time.Unix(int64(c.now), 0))
			caller, err := a.Verify(request(c.headers...), body(c.body))
			if !a.ReadsBody() {
				t.Error("does not read the body")
			}
			if c.good {
				if err != nil || caller.ID == "" || (caller.Event == standardID) != (c.hmac["scheme"] == "standard") {
					t.Errorf("caller %+v, error %v", caller, err)
				}
				// What was sent twice is known where a time is signed, or as GitHub's.
				if once := c.hmac["scheme"] != "plain" || c.hmac["timestamp"] != nil; (caller.Message != "") != once {
					t.Errorf("the message is known by %q", caller.Message)
				}
				return
			}
			if r := refused(t, err, http.StatusUnauthorized); !strings.HasPrefix(r.Challenge, `HMAC realm="medlar", header="`) {
				t.Errorf("challenge %s", r.Challenge)
			}
		})
	}
}

func TestSignatureByPublicKey(t *testing.T) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	other, _, _ := ed25519.GenerateKey(nil)
	signature := base64.StdEncoding.EncodeToString(ed25519.Sign(private, []byte(standardID+"."+at(standardTime)+"."+standardBody)))
	r := request("webhook-id: "+standardID, "webhook-timestamp: "+at(standardTime), "webhook-signature: v1a,"+signature)
	for key, good := range map[string]bool{"whpk_" + base64.StdEncoding.EncodeToString(public): true, "whpk_" + base64.StdEncoding.EncodeToString(other): false} {
		a := mustParse(t, fields{"hmac": fields{"scheme": "standard", "secrets": []any{standardSecret, key}}}, time.Unix(standardTime, 0))
		if caller, err := a.Verify(r, body(standardBody)); (err == nil) != good || (caller.ID != "") != good {
			t.Errorf("%+v, %v, want good %v", caller, err, good)
		}
	}
}

// The body is read only where the headers are right, and its error goes through.
func TestSignatureReadsBodyLast(t *testing.T) {
	a := mustParse(t, fields{"hmac": fields{"scheme": "slack", "secrets": slackSecret}}, time.Unix(slackTime+301, 0))
	_, err := a.Verify(request(slackSignature, "X-Slack-Request-Timestamp: "+at(slackTime)), unread(t))
	refused(t, err, http.StatusUnauthorized)
	a = mustParse(t, fields{"hmac": fields{"scheme": "github", "secrets": githubSecret}}, time.Now())
	_, err = a.Verify(request(githubSignature), func() ([]byte, error) { return nil, &http.MaxBytesError{Limit: 5} })
	var large *http.MaxBytesError
	if !errors.As(err, &large) {
		t.Errorf("got %v", err)
	}
}

func FuzzSignature(f *testing.F) {
	f.Add("stripe", "t=1492774577,v1="+wrong, "1492774577", "id", "{}")
	f.Add("standard", "v1,"+standardSignature+" v1a,AAAA", at(standardTime), standardID, standardBody)
	f.Add("slack", "v0="+wrong, at(slackTime), "", slackBody)
	f.Add("github", "sha256="+wrong, "", "", githubBody)
	f.Add("plain", wrong, "-5", "", "x")
	names := map[string]string{"stripe": "Stripe-Signature", "standard": "webhook-signature", "slack": "X-Slack-Signature", "github": "X-Hub-Signature-256", "plain": "X-Sig"}
	f.Fuzz(func(t *testing.T, scheme, signature, stamp, id, text string) {
		in := fields{"scheme": scheme, "secrets": "c2VjcmV0IG9mIHRoaXMgdGVzdA=="}
		if scheme == "plain" {
			in["header"], in["timestamp"] = "X-Sig", "X-Slack-Request-Timestamp"
		}
		if names[scheme] == "" {
			return
		}
		now, _ := strconv.ParseInt(stamp, 10, 64)
		a := mustParse(t, fields{"hmac": in}, time.Unix(now, 0))
		r := request()
		r.Header = http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {stamp}, "X-Slack-Request-Timestamp": {stamp}}
		r.Header.Set(names[scheme], signature)
		if caller, err := a.Verify(r, body(text)); err == nil {
			t.Fatalf("%+v was let in", caller)
		}
	})
}
