package http

import (
	"crypto/sha256"
	nethttp "net/http"
	"net/url"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/internal/http1"
	"github.com/medlar-flow/medlar/operations/internal/shared"
)

// settings are what the parameters of a connection mean. Runs whose connections have the
// same parameters share them, and with them the connections to servers.
type settings struct {
	base          *url.URL // nil for none
	headers       nethttp.Header
	authorization string // empty for none
	transport     *http1.Transport
	token         *token    // nil for none
	release       func()    // of the transport
	exchanges     sync.Pool // of *exchange
}

// settingsKey is what makes settings distinct.
type settingsKey struct {
	params    string
	sandboxed bool
}

func newSettings(linger time.Duration) *shared.Pool[settingsKey, *settings] {
	return &shared.Pool[settingsKey, *settings]{Linger: linger, End: func(s *settings) { s.release() }}
}

// keyOf returns the key of what a request asks for. It tells nothing of the parameters.
func keyOf(req connector.OpenRequest) (settingsKey, error) {
	k := settingsKey{req.Key, req.Sandbox != nil}
	if req.Key == "" {
		text, err := value.EncodeJSON(req.Params)
		if err != nil {
			return k, invalidConnection(err.Error())
		}
		sum := sha256.Sum256(text)
		k.params = "params " + string(sum[:]) // unlike any key of a caller's
	}
	return k, nil
}

// read returns the settings that the parameters mean.
func (o *opener) read(req connector.OpenRequest) (_ *settings, err error) {
	in, err := o.codec.Decode(req.Params)
	if err != nil {
		return nil, invalidConnection(err.Error())
	}
	s := &settings{}
	if s.transport, s.release, err = o.transports.of(in, req.Sandbox != nil); err != nil {
		return nil, invalidConnection(err.Error())
	}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	if in.BaseURL != "" {
		if s.base, err = absolute(in.BaseURL); err != nil {
			return nil, invalidConnection("baseUrl " + err.Error())
		}
	}
	if s.headers, err = headers(in.Headers); err != nil {
		return nil, invalidConnection(err.Error())
	}
	if s.authorization, err = in.authorization(); err != nil {
		return nil, invalidConnection(err.Error())
	}
	if in.OAuth2 != nil {
		if s.token, err = o.tokens.of(in, req, s.transport); err != nil {
			return nil, invalidConnection("oauth2: " + err.Error())
		}
	}
	if req.Params[signingParameter] != nil && o.signer != nil && (s.authorization != "" || in.OAuth2 != nil) {
		return nil, invalidConnection("give sigv4, or bearer, basic or oauth2, not both")
	}
	return s, nil
}
