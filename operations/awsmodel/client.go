package awsmodel

import (
	"cmp"
	"context"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/endpoint"
	"github.com/medlar-flow/medlar/operations/internal/sigv4"
)

// options of a client, as package awsapi sets them.
type options struct {
	BaseEndpoint *string
	Retryer      aws.Retryer
}

// client calls the operations of one service with the credentials, the
// transport and the retries of a configuration.
type client struct {
	service  *service
	cfg      aws.Config
	base     string // the endpoint that is given; empty for AWS's own
	settings settings
	signer   *v4.Signer
	last     atomic.Pointer[sigv4.Signer] // of plain requests
	skew     atomic.Int64                 // of the service's clock, in nanoseconds

	many, once stacks             // with retries and without
	attempts   int                // that the retries make at most
	headers    func() http.Header // of all first attempts
	places     places
	onePlace   sync.Map // of *endpoint.Endpoint by *operation, for those that have one
	buckets    buckets
	told       sync.Map // of true by *operation, whose calls were said to go through the SDK
}

// settings are what the configuration says beside credentials and Region.
type settings struct {
	fips, dualStack bool
	sums            bool // sums are sent where they are supported, not only where required
	checks          bool // sums of answers are asked for and held against them
}

// newClient makes a client; it is what awsapi.Connector takes for a service's
// constructor.
func (s *service) newClient(cfg aws.Config, set ...func(*options)) *client {
	var o options
	for _, f := range set {
		f(&o)
	}
	c := &client{
		service: s, cfg: cfg, base: aws.ToString(o.BaseEndpoint),
		signer: v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = s.escapesOnce() }),
	}
	if c.base == "" {
		c.base = configuredEndpoint(cfg, s.model.ID)
	}
	c.settings = settingsOf(cfg)
	retryer := awsapi.Careful(retryerOf(cfg, o))
	c.attempts = retryer.MaxAttempts()
	c.many.build = func() (middleware.Handler, error) { return c.stack(retryer) }
	c.headers = c.commonHeaders(retryer)
	c.once.build = func() (middleware.Handler, error) { return c.stack(aws.NopRetryer{}) }
	return c
}

// escapesOnce reports whether the service signs paths as they are sent.
func (s *service) escapesOnce() bool {
	return s.model.SigningName == "s3" || s.model.Name == "s3control"
}

// retryerOf returns the retries that the SDK's clients would make.
func retryerOf(cfg aws.Config, o options) aws.Retryer {
	switch {
	case o.Retryer != nil:
		return o.Retryer
	case cfg.Retryer != nil:
		return cfg.Retryer()
	case cfg.RetryMode == aws.RetryModeAdaptive:
		return retry.NewAdaptiveMode(func(a *retry.AdaptiveModeOptions) {
			a.StandardOptions = append(a.StandardOptions, attempts(cfg))
		})
	default:
		return retry.NewStandard(attempts(cfg))
	}
}

func attempts(cfg aws.Config) func(*retry.StandardOptions) {
	return func(o *retry.StandardOptions) {
		if cfg.RetryMaxAttempts > 0 {
			o.MaxAttempts = cfg.RetryMaxAttempts
		}
	}
}

// stack returns what carries a call: the SDK's middleware around retries, and
// ours for what is the service's own. It serves one call at a time; what belongs
// to that is in its *call.
func (c *client) stack(retryer aws.Retryer) (middleware.Handler, error) {
	s := middleware.NewStack(c.service.model.ID, smithyhttp.NewStackRequest)
	attempt := retry.NewAttemptMiddleware(retryer, smithyhttp.RequestCloner, func(a *retry.Attempt) {
		a.ClientSkew = &c.skew
		a.DisableClockSkewCorrection = c.cfg.DisableClockSkewCorrection
	})
	after := middleware.After
	errs := []error{
		s.Serialize.Add(c.makes(), after),
		s.Build.Add(&awsmiddleware.ClientRequestID{}, after),
		s.Build.Add(c.agent(), after),
		s.Build.Add(&awsmiddleware.RecursionDetection{}, after),
		s.Build.Add(&smithyhttp.ComputeContentLength{}, after),
		s.Finalize.Add(attempt, after),
		//lint:ignore SA1019 the header of the SDK's own clients
		s.Finalize.Add(&retry.MetricsHeader{}, after),
		s.Finalize.Add(c.signs(), after),
		s.Deserialize.Add(&awshttp.ResponseErrorWrapper{}, after),
		s.Deserialize.Add(&awsmiddleware.RequestIDRetriever{}, after),
		s.Deserialize.Add(c.reads(), after),
		s.Deserialize.Add(&awsmiddleware.RecordResponseTiming{DisableClockSkewCorrection: c.cfg.DisableClockSkewCorrection}, after),
	}
	for _, f := range c.cfg.APIOptions {
		errs = append(errs, f(s))
	}
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	//lint:ignore SA1019 the handler of the SDK's own clients
	return middleware.DecorateHandler(smithyhttp.NewClientHandler(replaying{c}), s), nil
}

func (c *client) httpClient() smithyhttp.ClientDo {
	if c.cfg.HTTPClient != nil {
		return c.cfg.HTTPClient
	}
	return http.DefaultClient
}

// do makes a call, and sends it elsewhere once where the service says that it
// belongs there.
func (c *client) do(ctx context.Context, call *call) error {
	c.remember(call)
	if done, err := c.fast(ctx, call); done {
		return err
	}
	stacks := &c.many
	if call.single {
		stacks = &c.once
	}
	ctx = middleware.ClearStackValues(ctx)
	ctx = middleware.WithServiceID(ctx, c.service.model.ID)
	ctx = middleware.WithOperationName(ctx, call.op.model.Name)
	ctx = middleware.SetLogger(ctx, cmp.Or[logging.Logger](c.cfg.Logger, logging.Nop{}))
	err := stacks.handle(ctx, call)
	if err != nil && c.movedTo(call, err) {
		err = stacks.handle(ctx, call)
	}
	return err
}

// stacks are the handlers of a client that no call uses. smithy-go's keep the
// state of a call while they handle it, so no two calls share one.
type stacks struct {
	build func() (middleware.Handler, error)
	pool  sync.Pool
}

func (s *stacks) handle(ctx context.Context, call *call) error {
	handler, ok := s.pool.Get().(middleware.Handler)
	if !ok {
		var err error
		if handler, err = s.build(); err != nil {
			return err
		}
	}
	_, _, err := handler.Handle(ctx, call)
	s.pool.Put(handler)
	return err
}

// configured are what a configuration's sources may know.
type (
	endpointSource interface {
		GetServiceBaseEndpoint(ctx context.Context, sdkID string) (string, bool, error)
	}
	ignoringSource interface {
		GetIgnoreConfiguredEndpoints(ctx context.Context) (bool, bool, error)
	}
	fipsSource interface {
		GetUseFIPSEndpoint(ctx context.Context) (aws.FIPSEndpointState, bool, error)
	}
	dualStackSource interface {
		GetUseDualStackEndpoint(ctx context.Context) (aws.DualStackEndpointState, bool, error)
	}
)

// configuredEndpoint returns the endpoint that environment or shared files name;
// empty for none.
func configuredEndpoint(cfg aws.Config, id string) string {
	ctx := context.Background()
	for _, source := range cfg.ConfigSources {
		if s, ok := source.(ignoringSource); ok {
			if ignored, found, err := s.GetIgnoreConfiguredEndpoints(ctx); err == nil && found {
				if ignored {
					return ""
				}
				break
			}
		}
	}
	for _, source := range cfg.ConfigSources {
		if s, ok := source.(endpointSource); ok {
			if v, found, err := s.GetServiceBaseEndpoint(ctx, id); err == nil && found {
				return v
			}
		}
	}
	return aws.ToString(cfg.BaseEndpoint)
}

func settingsOf(cfg aws.Config) settings {
	ctx := context.Background()
	set := settings{
		sums:   cfg.RequestChecksumCalculation != aws.RequestChecksumCalculationWhenRequired,
		checks: cfg.ResponseChecksumValidation != aws.ResponseChecksumValidationWhenRequired,
	}
	for _, source := range cfg.ConfigSources {
		if s, ok := source.(fipsSource); ok {
			if v, found, err := s.GetUseFIPSEndpoint(ctx); err == nil && found {
				set.fips = v == aws.FIPSEndpointStateEnabled
				break
			}
		}
	}
	for _, source := range cfg.ConfigSources {
		if s, ok := source.(dualStackSource); ok {
			if v, found, err := s.GetUseDualStackEndpoint(ctx); err == nil && found {
				set.dualStack = v == aws.DualStackEndpointStateEnabled
				break
			}
		}
	}
	return set
}

// places are endpoints that were resolved, by what they hang on.
type places struct {
	mu    sync.Mutex
	known map[string]*endpoint.Endpoint
}

// mostPlaces bounds what is kept: endpoints can hang on the names of buckets.
const mostPlaces = 1000

func (p *places) get(key string, resolve func() (*endpoint.Endpoint, error)) (*endpoint.Endpoint, error) {
	p.mu.Lock()
	e := p.known[key]
	p.mu.Unlock()
	if e != nil {
		return e, nil
	}
	e, err := resolve()
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || len(p.known) >= mostPlaces {
		p.known = map[string]*endpoint.Endpoint{}
	}
	p.known[key] = e
	return e, nil
}
