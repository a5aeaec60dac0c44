// Package sigv4 signs requests with AWS Signature Version 4, as the SDK's
// signer does, for the requests that occur all the time: it keeps the day's
// derived key and its buffers.
//
// [Signer.Sign] leaves what is less common, such as several query parameters,
// to the SDK's signer.
package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/medlar-flow/medlar/internal/hexadecimal"
)

// The headers that a signature adds.
const (
	headerAuthorization = "Authorization"
	headerDate          = "X-Amz-Date"
	headerToken         = "X-Amz-Security-Token"
)

const (
	algorithm = "AWS4-HMAC-SHA256"
	timestamp = "20060102T150405Z"
	dayLength = len("20060102")
)

// Signer signs requests to one service in one Region. Any number of goroutines
// may use it.
type Signer struct {
	service, region string

	key  atomic.Pointer[key] // the latest one
	pool sync.Pool           // of *worker
}

// New returns a signer for the signing name of a service, such as "lambda".
func New(service, region string) *Signer { return &Signer{service: service, region: region} }

// Service returns the signing name.
func (s *Signer) Service() string { return s.service }

// Region returns the Region that requests are signed for.
func (s *Signer) Region() string { return s.region }

// key is what is derived of credentials for one day.
type key struct {
	accessKeyID, secret string
	day                 string // 20060102
	scope               string // day/region/service/aws4_request
	derived             []byte
}

// worker signs one request at a time.
type worker struct {
	key     *key
	mac     hash.Hash             // with the derived key
	body    [2 * sha256.Size]byte // the body's SHA-256, in hexadecimal
	second  int64                 // of the stamp, since 1970
	stamp   string
	lower   map[string]string // the names of headers, in lower case
	headers []header
	skipped []string // the names of those that are not signed
	shape   shape    // of the request that headers and skipped are of
	names   []byte   // the names, joined
	text    []byte
	digest  [sha256.Size]byte
	path    signedPath
}

// header is one that is signed: as the request has it, empty for one of the signature's
// own, and in lower case.
type header struct{ given, name, value string }

// The names of headers that each request has, or one with a token.
const (
	nameHost  = "host"
	nameToken = "x-amz-security-token" //nolint:gosec // a name
)

// Sign returns the request the headers of a signature made at a time, the
// current one corrected by what is known of the server's clock. body is the
// request's, empty for none. Where the request needs more than this signer
// does, Sign is false and the request is as it was.
func (s *Signer) Sign(r *http.Request, c aws.Credentials, body []byte, at time.Time) bool {
	return s.SignIn(&Room{}, r, c, body, at)
}

// Room is where the values of the headers are of one signature.
type Room [3]string

// SignIn is Sign with room for the values, which are the request's for as long as it
// is used.
func (s *Signer) SignIn(room *Room, r *http.Request, c aws.Credentials, body []byte, at time.Time) bool {
	w, _ := s.pool.Get().(*worker)
	if w == nil {
		w = &worker{}
	}
	defer s.pool.Put(w)
	if !w.collect(r, c.SessionToken) {
		return false
	}
	w.hashBody(body)
	if second := at.Unix(); second != w.second || w.stamp == "" {
		w.second, w.stamp = second, at.UTC().Format(timestamp)
	}
	w.use(s.keyFor(c, w.stamp[:dayLength]))
	w.canonical(r)
	w.sign(room, r, c.SessionToken)
	return true
}

// keyFor returns the key of credentials for a day. Requests around midnight may
// derive it more than once.
func (s *Signer) keyFor(c aws.Credentials, day string) *key {
	if k := s.key.Load(); k != nil && k.day == day && k.accessKeyID == c.AccessKeyID && k.secret == c.SecretAccessKey {
		return k
	}
	derived := []byte("AWS4" + c.SecretAccessKey)
	for _, part := range []string{day, s.region, s.service, "aws4_request"} {
		mac := hmac.New(sha256.New, derived)
		mac.Write([]byte(part))
		derived = mac.Sum(nil)
	}
	k := &key{
		accessKeyID: c.AccessKeyID, secret: c.SecretAccessKey, day: day, derived: derived,
		scope: day + "/" + s.region + "/" + s.service + "/aws4_request",
	}
	s.key.Store(k)
	return k
}

func (w *worker) use(k *key) {
	if w.key != k {
		w.key, w.mac = k, hmac.New(sha256.New, k.derived)
	}
}

func (w *worker) hashBody(body []byte) {
	sum := sha256.Sum256(body)
	appendHex(w.body[:0], &sum)
}

// canonical writes the canonical request.
func (w *worker) canonical(r *http.Request) {
	t := w.text[:0]
	t = append(append(t, r.Method...), '\n')
	t = w.addPath(t, r.URL)
	t = append(t, '\n')
	t = append(t, r.URL.RawQuery...)
	t = append(t, '\n')
	w.names = w.names[:0]
	for i, h := range w.headers {
		t = append(append(t, h.name...), ':')
		switch h.name {
		case "x-amz-date":
			t = append(t, w.stamp...)
		case "content-length":
			t = strconv.AppendInt(t, r.ContentLength, 10)
		default:
			t = append(t, h.value...)
		}
		t = append(t, '\n')
		if i > 0 {
			w.names = append(w.names, ';')
		}
		w.names = append(w.names, h.name...)
	}
	t = append(append(append(t, '\n'), w.names...), '\n')
	t = append(t, w.body[:]...)
	w.text = t
}

// appendHex appends a digest in hexadecimal.
func appendHex(to []byte, sum *[sha256.Size]byte) []byte {
	n := len(to)
	to = slices.Grow(to, 2*len(sum))[:n+2*len(sum)]
	for i := 0; i < len(sum); i += 8 {
		hexadecimal.Put(to[n+2*i:], [8]byte(sum[i:i+8]))
	}
	return to
}

// sign turns the canonical request into the headers.
func (w *worker) sign(values *Room, r *http.Request, token string) {
	sum := sha256.Sum256(w.text)
	t := w.text[:0]
	t = append(append(append(t, algorithm+"\n"...), w.stamp...), '\n')
	t = append(append(t, w.key.scope...), '\n')
	t = appendHex(t, &sum)
	w.mac.Reset()
	w.mac.Write(t)
	w.mac.Sum(w.digest[:0])

	t = append(t[:0], algorithm+" Credential="...)
	t = append(append(append(t, w.key.accessKeyID...), '/'), w.key.scope...)
	t = append(append(t, ", SignedHeaders="...), w.names...)
	t = append(t, ", Signature="...)
	w.text = appendHex(t, &w.digest)

	*values = Room{string(w.text), w.stamp, token}
	r.Header[headerAuthorization] = values[0:1:1]
	r.Header[headerDate] = values[1:2:2]
	if token != "" {
		r.Header[headerToken] = values[2:3:3]
	}
}
