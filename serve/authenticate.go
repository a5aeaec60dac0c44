package serve

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/flows/report"
)

// caller is who sent a request.
type caller struct {
	Name string // for logs; may be empty
	ID   string // tells callers apart; empty where everybody may call
}

// verifier says who sent a request. body reads the body, for signatures.
type verifier func(req *http.Request, body func() ([]byte, error)) (caller, error)

// authenticated reads how the callers of a route are known.
func (r *route) authenticated(ctx context.Context, c Config) error {
	t := r.trigger
	switch t.Auth {
	case "none":
		return nil
	case "":
		if c.Public {
			return fmt.Errorf("%s does not say how its callers are known, and the server is reached from beyond this machine: give it auth, or write auth: none", r.pattern())
		}
		return nil
	}
	params, err := t.Authentication(ctx, r.server.options(r.served)...)
	if err != nil {
		return fmt.Errorf("%s: %w", r.pattern(), err)
	}
	var tokens [][32]byte
	list, _ := params["bearer"].([]any)
	if text, ok := params["bearer"].(string); ok {
		list = []any{text}
	}
	for _, v := range list {
		text, _ := v.(string)
		if text == "" {
			return fmt.Errorf("%s: a bearer token is empty", r.pattern())
		}
		tokens = append(tokens, sha256.Sum256([]byte(text)))
	}
	r.verify = func(req *http.Request, _ func() ([]byte, error)) (caller, error) {
		scheme, token, _ := strings.Cut(req.Header.Get("Authorization"), " ")
		sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
		found := 0
		for _, known := range tokens {
			found |= subtle.ConstantTimeCompare(sum[:], known[:])
		}
		if !strings.EqualFold(scheme, "Bearer") || found == 0 {
			return caller{}, errUnknownCaller
		}
		return caller{ID: string(sum[:])}, nil
	}
	return nil
}

var errUnknownCaller = errors.New("the caller is not known")

// unknown is the problem of a request whose caller is not known.
func (x *exchange) unknown(error) *report.Problem {
	x.Header().Set("WWW-Authenticate", `Bearer realm="medlar"`)
	return &report.Problem{Status: http.StatusUnauthorized, Code: "Unauthorized", Detail: "the caller is not known"}
}

// hides reports whether a header is kept from expressions: it says who the caller
// is.
func (r *route) hides(name string) bool { return slices.Contains(privateHeaders, name) }

func body(raw []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(raw)) }
