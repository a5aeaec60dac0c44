package access

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/pattern"
)

// AuthFault is why a request's signature is refused; each service has its own
// codes for them.
type AuthFault int

// The faults of a signature.
const (
	FaultMissing    AuthFault = iota // there is none
	FaultIncomplete                  // something that belongs to it is not there
	FaultUnknownKey                  // nobody has the key, or the token is not the key's
	FaultSignature                   // it is not the one of this request
	FaultExpired                     // the key is good no longer
)

// Denied is a refused signature before a service has named it.
type Denied struct {
	Fault   AuthFault // the kind
	Message string    // as AWS words it
}

// Error gives the message.
func (d *Denied) Error() string { return d.Message }

const (
	algorithm       = "AWS4-HMAC-SHA256"
	amzDate         = "20060102T150405Z"
	unsignedPayload = "UNSIGNED-PAYLOAD"
	maxSkew         = 15 * time.Minute

	textMissing  = "Request is missing Authentication Token"
	textBadToken = "The security token included in the request is invalid."
	// TextExpired is what is said of a key that is good no longer.
	TextExpired   = "The security token included in the request is expired"
	textSignature = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)

// RegionName is what a region is called.
var RegionName = pattern.New(`^[a-z]{2,}(-[a-z]+)+-\d{1,2}$`)

// authorization is a parsed Authorization header.
type authorization struct {
	keyID     string
	date      string
	Region    string // of the scope
	Service   string // of the scope
	headers   []string
	signature string
}

// ParseAuthorization reads a SigV4 Authorization header.
func ParseAuthorization(header string) (authorization, error) {
	if header == "" {
		return authorization{}, &Denied{FaultMissing, textMissing}
	}
	rest, ok := strings.CutPrefix(header, algorithm)
	if !ok {
		return authorization{}, &Denied{FaultIncomplete, "Authorization header requires the algorithm " + algorithm + "."}
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	for _, name := range []string{"Credential", "SignedHeaders", "Signature"} {
		if parts[name] == "" {
			return authorization{}, &Denied{FaultIncomplete, "Authorization header requires '" + name + "' parameter."}
		}
	}
	scope := strings.Split(parts["Credential"], "/")
	if len(scope) != 5 || scope[4] != "aws4_request" || !RegionName.MatchString(scope[2]) {
		return authorization{}, &Denied{FaultIncomplete, "Credential must be KEYID/DATE/REGION/SERVICE/aws4_request."}
	}
	return authorization{
		keyID: scope[0], date: scope[1], Region: scope[2], Service: scope[3],
		headers:   strings.Split(parts["SignedHeaders"], ";"),
		signature: parts["Signature"],
	}, nil
}

// Verifier checks signatures by making them again with the SDK's own signer.
type Verifier struct {
	keys   *Keyring
	signer *v4.Signer
}

// NewVerifier checks signatures against the keys of k.
func NewVerifier(k *Keyring) Verifier { return Verifier{keys: k, signer: v4.NewSigner()} }

// Verify gives the credential that signed the request for the named service.
func (v Verifier) Verify(r *http.Request, body []byte, service string, now time.Time) (Credential, authorization, error) {
	auth, err := ParseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return Credential{}, auth, err
	}
	key, ok := v.keys.Find(auth.keyID)
	if !ok || !key.carries(r.Header.Get("X-Amz-Security-Token")) {
		return Credential{}, auth, &Denied{FaultUnknownKey, textBadToken}
	}
	signed, err := signingTime(r, auth, service, now)
	if err != nil {
		return Credential{}, auth, err
	}
	hash, err := payloadHash(r, auth, body)
	if err != nil {
		return Credential{}, auth, err
	}
	if !v.matches(r, auth, key, hash, signed) {
		return Credential{}, auth, &Denied{FaultSignature, textSignature}
	}
	if key.expiredAt(now) {
		return Credential{}, auth, &Denied{FaultExpired, TextExpired}
	}
	return key, auth, nil
}

// signingTime checks what the credential scope promises and the clock.
func signingTime(r *http.Request, auth authorization, service string, now time.Time) (time.Time, error) {
	text := r.Header.Get("X-Amz-Date")
	at, err := time.Parse(amzDate, text)
	if err != nil {
		return at, &Denied{FaultIncomplete, "X-Amz-Date must be in ISO-8601 'basic format'."}
	}
	fail := func(message string) (time.Time, error) { return at, &Denied{FaultSignature, message} }
	switch {
	case auth.Service != service:
		return fail("Credential should be scoped to correct service: '" + service + "'.")
	case auth.date != text[:8]:
		return fail("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.")
	case !slices.Contains(auth.headers, "host"):
		return fail("'Host' must be a 'SignedHeader' in the AWS Authorization.")
	case !slices.Contains(auth.headers, "x-amz-date"):
		return fail("'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization.")
	case now.Sub(at) > maxSkew:
		return fail("Signature expired: " + text + " is now earlier than " + now.Add(-maxSkew).UTC().Format(amzDate))
	case at.Sub(now) > maxSkew:
		return fail("Signature not yet current: " + text + " is still later than " + now.Add(maxSkew).UTC().Format(amzDate))
	}
	return at, nil
}

// payloadHash is the hash that the signature must cover. A hash that the
// client sends is only believed where it is the body's.
func payloadHash(r *http.Request, auth authorization, body []byte) (string, error) {
	sum := sha256.Sum256(body)
	actual := hex.EncodeToString(sum[:])
	switch sent := r.Header.Get("X-Amz-Content-Sha256"); sent {
	case "", actual:
		return actual, nil
	case unsignedPayload:
		if slices.Contains(auth.headers, "x-amz-content-sha256") {
			return sent, nil
		}
		return "", &Denied{FaultSignature, "'X-Amz-Content-Sha256' must be a 'SignedHeader' in the AWS Authorization."}
	}
	return "", &Denied{FaultSignature, "The provided 'x-amz-content-sha256' header does not match what was computed."}
}

// matches signs the request again with the headers that the client signed.
func (v Verifier) matches(r *http.Request, auth authorization, key Credential, hash string, at time.Time) bool {
	again := &http.Request{Method: r.Method, Host: r.Host, URL: cloneURL(r.URL), Header: http.Header{}}
	for _, name := range auth.headers {
		canonical := http.CanonicalHeaderKey(name)
		switch canonical {
		case "Host":
		case "Content-Length":
			again.ContentLength = contentLength(r)
		default:
			again.Header[canonical] = slices.Clone(r.Header[canonical])
		}
	}
	// The token is a header like any other here, signed where the client did.
	pair := aws.Credentials{AccessKeyID: key.KeyID, SecretAccessKey: key.Secret}
	if v.signer.SignHTTP(context.Background(), pair, again, hash, auth.Service, auth.Region, at) != nil {
		return false
	}
	_, signature, _ := strings.Cut(again.Header.Get("Authorization"), "Signature=")
	return subtle.ConstantTimeCompare([]byte(signature), []byte(auth.signature)) == 1
}

func cloneURL(u *url.URL) *url.URL {
	c := *u
	return &c
}

// contentLength is the length that the client wrote, not what the server made
// of it.
func contentLength(r *http.Request) int64 {
	if n, err := strconv.ParseInt(r.Header.Get("Content-Length"), 10, 64); err == nil {
		return n
	}
	return r.ContentLength
}
