package http

import (
	"context"
	"crypto/sha256"
	nethttp "net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
)

// tokens are the tokens of all connections of a connector, by what they were
// fetched with. They are kept in memory only.
type tokens struct {
	mu   sync.Mutex
	kept map[[sha256.Size]byte]*kept
}

// mostTokens bounds how many are kept.
const mostTokens = 1000

// kept is a token that connections share.
type kept struct {
	current atomic.Pointer[grant]
	// turn holds one while somebody fetches.
	turn chan struct{}
	// rounds counts the fetches that ended; failed is how the last one did.
	rounds atomic.Int64
	failed error // guarded by turn
}

// token is a connection's use of a token.
type token struct {
	*kept
	request *tokenRequest
}

// of returns the token of a connection, which is not fetched yet.
func (t *tokens) of(in connectionIn, req connector.OpenRequest, transport nethttp.RoundTripper) (*token, error) {
	request, err := newTokenRequest(*in.OAuth2, transport)
	if err != nil {
		return nil, err
	}
	text, err := value.EncodeJSON([]any{
		req.Params["oauth2"], in.CACertificates, in.ClientCertificate, in.ClientKey, req.Sandbox != nil,
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // the caller says where
	}
	return &token{t.get(sha256.Sum256(text)), request}, nil
}

func (t *tokens) get(key [sha256.Size]byte) *kept {
	t.mu.Lock()
	defer t.mu.Unlock()
	if k := t.kept[key]; k != nil {
		return k
	}
	if t.kept == nil || len(t.kept) >= mostTokens {
		t.kept = map[[sha256.Size]byte]*kept{} // connections that are open keep theirs
	}
	k := &kept{turn: make(chan struct{}, 1)}
	t.kept[key] = k
	return k
}

// valid returns the token unless it has ended, or is the one that a server did
// not take.
func (k *kept) valid(refused string) (string, bool) {
	g := k.current.Load()
	if g == nil || g.token == refused || !g.until.IsZero() && !time.Now().Before(g.until) {
		return "", false
	}
	return g.token, true
}

// get returns a token other than the refused one. However many wait, one of
// them fetches it, and a failure is that of all; where that one is stopped, the
// next fetches.
func (t *token) get(ctx context.Context, refused string) (string, error) {
	if text, ok := t.valid(refused); ok {
		return text, nil
	}
	round := t.rounds.Load()
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", ctx.Err() //nolint:wrapcheck // the runtime knows why
	}
	if text, ok := t.valid(refused); ok {
		return text, nil
	}
	if t.rounds.Load() != round && t.failed != nil {
		return "", t.failed
	}
	got, err := t.request.fetch(ctx)
	if ctx.Err() != nil && err != nil {
		return "", err // says nothing about the token
	}
	t.failed = err
	t.rounds.Add(1)
	if err != nil {
		return "", err
	}
	t.current.Store(&got)
	return got.token, nil
}
