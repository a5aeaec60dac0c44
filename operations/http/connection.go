package http

import (
	"context"
	"errors"
	"net"
	nethttp "net/http"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

type connectionIn struct {
	BaseURL string         `param:"baseUrl" alias:"baseURL" example:"https://api.example.com/v1" doc:"What the path of a request is added to; headers and credentials of the connection go to this host only."`
	Headers map[string]any `param:"headers" doc:"Headers of each request."`
	Bearer  schema.Secret  `param:"bearer" doc:"Token to send as Authorization: Bearer."`
	Basic   *basicIn       `param:"basic" doc:"User name and password to send as Authorization: Basic."`

	OAuth2 *oauthIn `param:"oauth2" doc:"Fetch a token by OAuth2 client credentials and send it as Authorization: Bearer. All runs of this process share the token; it is fetched anew before it ends, and once where a request is answered with 401."`

	CACertificates    []byte `param:"caCertificates,file" doc:"Certificates (PEM) of the authorities to trust in place of the system's; {file: ca.pem} reads them from a file."`
	ClientCertificate []byte `param:"clientCertificate,file" doc:"Certificate (PEM) to show to servers that ask for one, with those between it and its authority; {file: client.pem} reads it from a file."`
	ClientKey         []byte `param:"clientKey,file,secret" doc:"Its private key (PEM), where it does not stand behind the certificate; {file: client.key} reads it from a file."`

	MaxConnections int64 `param:"maxConnections" default:"1000" min:"1" max:"65535" doc:"Connections to one host that the requests of all runs of this process have at the same time; others wait for one, which counts for their timeout."`
}

type basicIn struct {
	Username string        `param:"username,required" doc:"User name."`
	Password schema.Secret `param:"password,required" doc:"Password."`
}

// connection is that of one run. It shares its settings with other runs.
type connection struct {
	*settings

	leave func() // ends their use
	// sign signs a request, and unsign ends its use; nil for none.
	sign   func(r *nethttp.Request, body []byte) error
	unsign func()
}

// Bounds of what a server can make wait or send before its body.
const (
	dialTimeout      = 30 * time.Second
	handshakeTimeout = 10 * time.Second
	maxHeaderBytes   = 1 << 20
)

func (o *opener) open(ctx context.Context, req connector.OpenRequest) (connector.Connection, error) {
	key, err := keyOf(req)
	if err != nil {
		return nil, err
	}
	entry, err := o.settings.Acquire(key, func() (*settings, error) { return o.read(req) })
	if err != nil {
		return nil, err //nolint:wrapcheck // it is our own
	}
	c := &connection{settings: entry.Value, leave: func() { o.settings.Release(key, entry) }}
	if params, ok := req.Params[signingParameter].(map[string]any); ok && o.signer != nil {
		if c.sign, c.unsign, err = o.signer.Open(ctx, params, req); err != nil {
			c.leave()
			return nil, err //nolint:wrapcheck // it is the signer's own
		}
	}
	return c, nil
}

// shared returns a connection with settings that another run has left. Who signs is asked
// for each run.
func (o *opener) shared(req connector.OpenRequest) (connector.Connection, bool) {
	if req.Key == "" || req.Params[signingParameter] != nil {
		return nil, false
	}
	key := settingsKey{req.Key, req.Sandbox != nil}
	entry := o.settings.Find(key)
	if entry == nil {
		return nil, false
	}
	return &connection{settings: entry.Value, leave: func() { o.settings.Release(key, entry) }}, true
}

// endsInTime is true of a connection whose requests end with their context. A signer may
// look for credentials for as long as it likes.
func endsInTime(conn connector.Connection) bool {
	c, ok := conn.(*connection)
	return ok && c.sign == nil
}

// Close ends the run's use of what it shares.
func (c *connection) Close() error {
	if c.leave != nil {
		c.leave()
		c.leave = nil
	}
	if c.unsign != nil {
		c.unsign()
		c.unsign = nil
	}
	return nil
}

func (in connectionIn) authorization() (string, error) {
	bearer := in.Bearer.Reveal()
	switch {
	case bearer != "" && in.Basic != nil:
		return "", errors.New("give bearer or basic, not both")
	case in.OAuth2 != nil && (bearer != "" || in.Basic != nil):
		return "", errors.New("give oauth2, or bearer or basic, not both")
	case bearer != "":
		return "Bearer " + bearer, checkBearer(bearer)
	case in.Basic == nil:
		return "", nil
	}
	var r nethttp.Request
	r.Header = nethttp.Header{}
	r.SetBasicAuth(in.Basic.Username, in.Basic.Password.Reveal())
	return r.Header.Get("Authorization"), checkUsername(in.Basic.Username)
}

func checkBearer(token string) error {
	if !validValue(token) {
		return errors.New("bearer holds a line break or another control character")
	}
	return nil
}

func checkUsername(name string) error {
	if strings.Contains(name, ":") {
		return errors.New("a user name with a colon cannot be sent")
	}
	return nil
}

// errOutside keeps a run in a sandbox from reaching anything else.
var errOutside = errors.New("the run is in a sandbox, where http.request reaches this machine only (localhost, 127.0.0.1, ::1): " +
	"give the step an answer in a test (runner test), or serve the URL on this machine")

// isLoopback is true for an address of this machine. No other name is looked
// up: that would leave the machine already.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

func invalidConnection(message string) *connector.Error {
	return &connector.Error{Code: codeConnection, Class: connector.ClassInvalid, Message: "http connection: " + message}
}
