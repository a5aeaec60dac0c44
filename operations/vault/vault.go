// Package vault offers one operation, vault.read: a secret of HashiCorp Vault,
// or of OpenBao. Flows read their secrets with it: secrets: {k: {vault: {path,
// key}}}.
//
// [Connector] is what a registry takes. It logs in by a token and writes
// nothing.
package vault

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations/http"
	"github.com/medlar-flow/medlar/schema"
)

type connectionIn struct {
	Address   string        `param:"address" example:"https://vault.example.com:8200" doc:"Address of the server. Without it VAULT_ADDR."`
	Token     schema.Secret `param:"token" doc:"Token to log in with. Without it VAULT_TOKEN, then the file .vault-token in the home folder."`
	Namespace string        `param:"namespace" doc:"Namespace that paths are in. Without it VAULT_NAMESPACE."`

	CACertificates []byte `param:"caCertificates,file" doc:"Certificates (PEM) of the authorities to trust in place of the system's; {file: ca.pem} reads them from a file. Without it VAULT_CACERT names a file."`
}

type readIn struct {
	Path string `param:"path,required" minLen:"1" example:"secret/data/orders" doc:"Path of the secret as Vault's API has it: with data behind the mount for an engine KV of version 2."`
}

type readOut struct {
	Data          map[string]any `param:"data,secret" doc:"What the secret holds, by key. Of an engine KV of version 2 it is the version that was read."`
	LeaseDuration int64          `param:"leaseDuration" doc:"For how long it is lent, in seconds; 0 where it does not end."`
}

// Connector offers vault.read.
func Connector() *connector.Connector {
	codec, err := schema.For[connectionIn]()
	if err != nil {
		panic("vault: the parameters of a connection: " + err.Error())
	}
	o := &opener{codec: codec, http: sync.OnceValue(func() *connector.Connector { return http.Connector() })}
	return &connector.Connector{
		Name: "vault", Summary: "Secrets of HashiCorp Vault.",
		Connection: codec.Schema(), Open: o.open,
		Hints:      map[string]string{"url": "write address", "addr": "write address"},
		Operations: []*connector.Operation{o.read()},
	}
}

// opener opens connections, which are those of http.
type opener struct {
	codec *schema.Codec[connectionIn]
	http  func() *connector.Connector // made when the first secret is read: few programs read one
}

func (o *opener) open(ctx context.Context, req connector.OpenRequest) (connector.Connection, error) {
	in, err := o.codec.Decode(req.Params)
	if err != nil {
		return nil, invalid(err.Error())
	}
	address := orEnv(in.Address, "VAULT_ADDR")
	if address == "" {
		return nil, invalid("no address: set address on the connection, or VAULT_ADDR")
	}
	token := orEnv(in.Token.Reveal(), "VAULT_TOKEN")
	if token == "" {
		token = tokenFile(ctx)
	}
	if token == "" {
		return nil, invalid("no token: set token on the connection, or VAULT_TOKEN")
	}
	headers := map[string]any{"X-Vault-Token": token, "X-Vault-Request": "true"}
	if namespace := orEnv(in.Namespace, "VAULT_NAMESPACE"); namespace != "" {
		headers["X-Vault-Namespace"] = namespace
	}
	given := map[string]any{"baseUrl": address, "headers": headers}
	switch file := os.Getenv("VAULT_CACERT"); {
	case len(in.CACertificates) > 0:
		given["caCertificates"] = in.CACertificates
	case file != "":
		authorities, err := readfile.Path(ctx, file, maxFile)
		if err != nil {
			return nil, invalid("VAULT_CACERT: " + file + " cannot be read")
		}
		given["caCertificates"] = authorities
	}
	params, err := o.http().Connection.Convert(given)
	if err != nil {
		return nil, invalid(err.Error())
	}
	conn, err := o.http().Open(ctx, connector.OpenRequest{Params: params, RunID: req.RunID, Sandbox: req.Sandbox})
	if err != nil {
		return nil, invalid(strings.TrimPrefix(connector.AsError(err).Message, "http connection: "))
	}
	return conn, nil
}

func orEnv(given, name string) string {
	if given != "" {
		return given
	}
	return os.Getenv(name)
}

// maxFile bounds the files that are read, in bytes.
const maxFile = 1 << 20

// tokenFile returns the token that Vault's command keeps; empty for none.
func tokenFile(ctx context.Context) string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	token, _ := readfile.Path(ctx, filepath.Join(home, ".vault-token"), maxFile)
	return strings.TrimSpace(string(token))
}

func invalid(message string) *connector.Error {
	return &connector.Error{Code: "InvalidConnection", Class: connector.ClassInvalid, Message: "vault connection: " + message}
}

func (o *opener) read() *connector.Operation {
	op := connector.OpWith("vault.read", "Read a secret.", o.run, connector.WithEffect(connector.EffectReadOnly), connector.WithErrors(
		connector.ErrorCode{Code: "Forbidden", Class: connector.ClassDenied}, connector.ErrorCode{Code: "NotFound", Class: connector.ClassNotFound},
	))
	op.URL = "https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2"
	return op
}

func (o *opener) run(ctx context.Context, call *connector.Call, in readIn) (readOut, error) {
	request := o.http().Operations[0]
	params, err := request.Params().Convert(map[string]any{"url": "/v1/" + strings.TrimPrefix(in.Path, "/"), "readAs": "json"})
	if err != nil {
		return readOut{}, err //nolint:wrapcheck // it names the parameter
	}
	own := *call
	own.Params = params
	answer, err := request.Run(ctx, &own)
	if err != nil {
		return readOut{}, err //nolint:wrapcheck // it is http's
	}
	return secretIn(answer)
}

// secretIn returns what an answer of Vault holds.
func secretIn(answer any) (readOut, error) {
	response, _ := answer.(map[string]any)
	body, _ := value.Plain(response["body"]).(map[string]any)
	data, ok := body["data"].(map[string]any)
	if !ok {
		return readOut{}, &connector.Error{
			Code: "InvalidResponse", Class: connector.ClassInvalid, Outcome: connector.OutcomeFailed,
			Message: "the answer holds no data: is that the path of a secret?",
		}
	}
	// KV of version 2 puts the secret beside its metadata.
	if inner, ok := data["data"].(map[string]any); ok && len(data) == 2 {
		if _, ok := data["metadata"].(map[string]any); ok {
			data = inner
		}
	}
	lease, _ := body["lease_duration"].(int64)
	return readOut{data, lease}, nil
}
