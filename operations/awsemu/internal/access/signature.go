package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/internal/regex"
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

// Error returns the message.
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
var RegionName = &regex.Late{Text: `^[a-z]{2,}(-[a-z]+)+-\d{1,2}$`}

// Authorization is what a request says of its signature: in a header, or in the
// query of a presigned one.
type Authorization struct {
	Region  string // of the scope
	Service string // of the scope

	keyID     string
	date      string // of the scope
	at        string // when it was signed
	token     string // of the session
	lifetime  string // seconds of a presigned request
	headers   []string
	signature string
	presigned bool
}

// Signed reports whether a request says anything of a signature.
func Signed(r *http.Request) bool {
	return r.Header.Get("Authorization") != "" || r.URL.Query().Get("X-Amz-Signature") != ""
}

// ParseAuthorization reads what a request says of its signature.
func ParseAuthorization(r *http.Request) (Authorization, error) {
	header := r.Header.Get("Authorization")
	if query := r.URL.Query(); header == "" && query.Get("X-Amz-Signature") != "" {
		return presigned(query)
	}
	if header == "" {
		return Authorization{}, &Denied{FaultMissing, textMissing}
	}
	rest, ok := strings.CutPrefix(header, algorithm)
	if !ok {
		return Authorization{}, &Denied{FaultIncomplete, "Authorization header requires the algorithm " + algorithm + "."}
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[name] = value
	}
	for _, name := range []string{"Credential", "SignedHeaders", "Signature"} {
		if parts[name] == "" {
			return Authorization{}, &Denied{FaultIncomplete, "Authorization header requires '" + name + "' parameter."}
		}
	}
	auth := Authorization{
		at: r.Header.Get("X-Amz-Date"), token: r.Header.Get("X-Amz-Security-Token"),
		headers: strings.Split(parts["SignedHeaders"], ";"), signature: parts["Signature"],
	}
	return auth, auth.scope(parts["Credential"])
}

// presigned reads the signature of a request that somebody else may send.
func presigned(query url.Values) (Authorization, error) {
	if query.Get("X-Amz-Algorithm") != algorithm {
		return Authorization{}, &Denied{FaultIncomplete, "AWS query-string parameters must include 'X-Amz-Algorithm' of " + algorithm + "."}
	}
	for _, name := range []string{"X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders"} {
		if query.Get(name) == "" {
			return Authorization{}, &Denied{FaultIncomplete, "AWS query-string parameters must include '" + name + "'."}
		}
	}
	auth := Authorization{
		at: query.Get("X-Amz-Date"), token: query.Get("X-Amz-Security-Token"), lifetime: query.Get("X-Amz-Expires"),
		headers: strings.Split(query.Get("X-Amz-SignedHeaders"), ";"), signature: query.Get("X-Amz-Signature"), presigned: true,
	}
	return auth, auth.scope(query.Get("X-Amz-Credential"))
}

func (a *Authorization) scope(credential string) error {
	scope := strings.Split(credential, "/")
	if len(scope) != 5 || scope[4] != "aws4_request" || !RegionName.Get().MatchString(scope[2]) {
		return &Denied{FaultIncomplete, "Credential must be KEYID/DATE/REGION/SERVICE/aws4_request."}
	}
	a.keyID, a.date, a.Region, a.Service = scope[0], scope[1], scope[2], scope[3]
	return nil
}

// Verifier checks signatures by making them again.
type Verifier struct{ keys *Keyring }

// NewVerifier checks signatures against the keys of k.
func NewVerifier(k *Keyring) Verifier { return Verifier{keys: k} }

// Verify returns the credential that signed the request for the named service.
func (v Verifier) Verify(r *http.Request, body []byte, service string, now time.Time) (Credential, Authorization, error) {
	auth, err := ParseAuthorization(r)
	if err != nil {
		return Credential{}, auth, err
	}
	key, ok := v.keys.Find(auth.keyID)
	if !ok || !key.carries(auth.token) {
		return Credential{}, auth, &Denied{FaultUnknownKey, textBadToken}
	}
	if err := auth.checkTime(service, now); err != nil {
		return Credential{}, auth, err
	}
	hash, err := payloadHash(r, auth, body)
	if err != nil {
		return Credential{}, auth, err
	}
	again := signature(r, auth, key.Secret, hash)
	if subtle.ConstantTimeCompare([]byte(again), []byte(auth.signature)) != 1 {
		return Credential{}, auth, &Denied{FaultSignature, textSignature}
	}
	if key.expiredAt(now) {
		return Credential{}, auth, &Denied{FaultExpired, TextExpired}
	}
	return key, auth, nil
}

// longestPresigned is how long a presigned request may be good for, in seconds.
const longestPresigned = 7 * 24 * 60 * 60

// checkTime checks what the credential scope promises and the clock.
func (a *Authorization) checkTime(service string, now time.Time) error {
	at, err := time.Parse(amzDate, a.at)
	if err != nil {
		return &Denied{FaultIncomplete, "X-Amz-Date must be in ISO-8601 'basic format'."}
	}
	fail := func(message string) error { return &Denied{FaultSignature, message} }
	life := maxSkew
	if a.presigned {
		seconds, err := strconv.Atoi(a.lifetime)
		if a.lifetime != "" && (err != nil || seconds < 1 || seconds > longestPresigned) {
			return fail("X-Amz-Expires must be between 1 and 604800 seconds")
		}
		if a.lifetime != "" {
			life = time.Duration(seconds) * time.Second
		}
	}
	switch {
	case a.Service != service:
		return fail("Credential should be scoped to correct service: '" + service + "'.")
	case a.date != a.at[:8]:
		return fail("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP.")
	case !slices.Contains(a.headers, "host"):
		return fail("'Host' must be a 'SignedHeader' in the AWS Authorization.")
	case !a.presigned && !slices.Contains(a.headers, "x-amz-date"):
		return fail("'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization.")
	case now.Sub(at) > life:
		return fail("Signature expired: " + a.at + " is now earlier than " + now.Add(-life).UTC().Format(amzDate))
	case at.Sub(now) > maxSkew:
		return fail("Signature not yet current: " + a.at + " is still later than " + now.Add(maxSkew).UTC().Format(amzDate))
	}
	return nil
}

// payloadHash is the hash that the signature must cover. A hash that the
// client sends is only believed where it is the body's.
func payloadHash(r *http.Request, auth Authorization, body []byte) (string, error) {
	sum := sha256.Sum256(body)
	actual := hex.EncodeToString(sum[:])
	switch sent := r.Header.Get("X-Amz-Content-Sha256"); sent {
	case "", actual:
		return actual, nil
	case unsignedPayload:
		if auth.presigned || slices.Contains(auth.headers, "x-amz-content-sha256") {
			return sent, nil
		}
		return "", &Denied{FaultSignature, "'X-Amz-Content-Sha256' must be a 'SignedHeader' in the AWS Authorization."}
	}
	return "", &Denied{FaultSignature, "The provided 'x-amz-content-sha256' header does not match what was computed."}
}
