package awsapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/schema"
)

// Signer signs requests that are made by hand, such as those of http.request,
// with AWS's signature version 4 and the credentials that a connection of AWS
// would have: chains of roles, renewed in time, shared by the runs of a
// process. Make one with NewSigner.
type Signer struct{ pool *pool }

// NewSigner returns a signer.
func NewSigner() *Signer { return &Signer{pool: newPool(defaultLinger)} }

// ofEndpoints are parameters of a connection of AWS that say where requests go,
// which a signer does not.
var ofEndpoints = []string{"endpoint", "maxAttempts", "maxConnections", "checksums", "connector", "useFips", "useDualStack", "blocking"}

// Params describes what Open takes.
func (s *Signer) Params() *schema.Schema {
	fields := []*schema.Field{{
		Name: "service", Type: schema.String, Required: true, MinLength: length(1), Example: "execute-api",
		Description: "Name of the service in the signature: execute-api, es, aoss, appsync, lambda, s3 …",
	}}
	for _, f := range sharedConnection.Get().Fields() {
		if !slices.Contains(ofEndpoints, f.Name) {
			fields = append(fields, f)
		}
	}
	return schema.MustNew(fields...)
}

// Check finds what Open would refuse, as far as it is known before a run.
func (s *Signer) Check(params map[string]any) []connector.Mistake {
	return checkConnection(connector.Given{Params: params})
}

// Open returns what signs requests, and what ends its use. It needs no network.
func (s *Signer) Open(ctx context.Context, params map[string]any, req connector.OpenRequest) (
	sign func(r *http.Request, body []byte) error, done func(), err error,
) {
	p := connectionParams(params)
	req.Key = "" // it is that of all parameters of the connection
	key, err := s.pool.keyOf(p, req)
	if err != nil {
		return nil, nil, err
	}
	entry, err := s.pool.Acquire(key, func() (*client, error) {
		if err := p.check(); err != nil {
			return nil, err
		}
		return newSigning(context.WithoutCancel(ctx), p, req) // others may be waiting for the same
	})
	if err != nil {
		return nil, nil, err
	}
	return entry.Value.signing.sign, func() { s.pool.Release(key, entry) }, nil
}

// signing signs requests to one service.
type signing struct {
	service, region string
	keys            aws.CredentialsProvider
	signer          *v4.Signer
}

func newSigning(ctx context.Context, p connectionParams, req connector.OpenRequest) (*client, error) {
	cfg, _, err := configOf(ctx, p, req.Sandbox)
	if err != nil {
		return nil, err
	}
	if err := checkRegion(cfg.Region); err != nil {
		return nil, err
	}
	transport, _ := ownTransport(&cfg, defaultConnections, req.Sandbox != nil, false, nil)
	if _, err := p.assume(&cfg, p.endpoint(req.Sandbox), req); err != nil {
		return nil, err
	}
	return &client{transport: transport, signing: &signing{
		service: p.text("service"), region: cfg.Region, keys: cfg.Credentials,
		signer: v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = p.text("service") == "s3" }),
	}}, nil
}

func (s *signing) sign(r *http.Request, body []byte) error {
	keys, err := s.keys.Retrieve(r.Context())
	if err != nil {
		return Error(r.Context(), err, connector.EffectReadOnly)
	}
	sum := sha256.Sum256(body)
	digest := hex.EncodeToString(sum[:])
	if s.service == "s3" || s.service == "aoss" {
		r.Header.Set("X-Amz-Content-Sha256", digest)
	}
	if err := s.signer.SignHTTP(r.Context(), keys, r, digest, s.service, s.region, time.Now()); err != nil {
		return connectionError("the request cannot be signed")
	}
	return oddHeader(r.Header)
}
