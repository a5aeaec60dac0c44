package awsapi

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/logging"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/stack"
	"github.com/medlar-flow/medlar/operations/internal/http1"
)

// maxIdlePerHost keeps the connections of a large forEach open between its
// steps; the SDK's own 10 would make most of them anew.
const maxIdlePerHost = 256

// defaultConnections is how many connections to one host there are at most where
// nobody says so: processes have some thousand files.
const defaultConnections = 1000

// OwnAPIOptions is how many APIOptions the configuration of a client has from
// here: what renews credentials, and what names the mode of retries. A client that
// has more has middleware of somebody else.
const OwnAPIOptions = 2

// newClient makes a client of the SDK.
func (b *builder) newClient(ctx context.Context, p connectionParams, req connector.OpenRequest) (*client, error) {
	stack.Grow() // the first call follows, which is the SDK's
	cfg, caches, err := b.config(ctx, p, req.Sandbox)
	if err != nil {
		return nil, err
	}
	if err := checkRegion(cfg.Region); err != nil {
		return nil, err
	}
	sdkOnly, plain, err := b.detour(&cfg)
	if err != nil {
		return nil, err
	}
	transport, sender := ownTransport(&cfg, p.maxConnections(), req.Sandbox != nil, plain, b.wrap)
	endpoint := p.endpoint(req.Sandbox)
	hops, err := p.assume(&cfg, b.stsEndpoint(endpoint, req.Sandbox), req)
	if err != nil {
		return nil, err
	}
	renew, mode := &renewer{caches: append(caches, hops...)}, &retryMode{}
	cfg.APIOptions = append(slices.Clip(cfg.APIOptions), renew.attach, mode.attach) // as many as OwnAPIOptions
	options := []reflect.Value{b.service.change("Retryer", b.carefulOption)}
	if endpoint != "" {
		// As an option it beats AWS_ENDPOINT_URL, in the configuration it does not.
		options = append(options, b.service.with("BaseEndpoint", &endpoint))
	}
	open := func() reflect.Value {
		c := b.service.open(cfg, options...)
		mode.note(c)
		return c
	}
	return &client{service: b.service, sdk: open(), again: open, transport: transport, http: sender, renew: renew, sdkOnly: sdkOnly, alone: b.wrap == nil}, nil
}

// aRegion is the form of a Region's name.
const aRegion = `^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`

// isRegion reports whether a name has that form; each start would compile the
// expression for one name.
func isRegion(name string) bool {
	if name == "" || len(name) > 63 || name[0] == '-' || name[len(name)-1] == '-' {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return true
}

// checkRegion refuses a Region, wherever it is from, that names no host.
func checkRegion(region string) error {
	switch {
	case region == "":
		return connectionError("no AWS Region: set region on the connection, AWS_REGION, or --region (flows.WithConnectionDefaults in Go)")
	case !isRegion(region):
		return connectionError("the AWS Region %q is none, look at region of the connection, AWS_REGION and the profile", region)
	}
	return nil
}

// cache holds credentials until it is told to forget them.
type cache interface{ Invalidate() }

// config returns the configuration without the roles to assume, and what caches
// its credentials.
func (b *builder) config(ctx context.Context, p connectionParams, s *connector.Sandbox) (aws.Config, []cache, error) {
	if s != nil && !slices.Contains(s.Services, b.connector.Name) {
		return aws.Config{}, nil, connectionError("the local emulator has no %s; it has %s",
			b.connector.Name, strings.Join(s.Services, ", "))
	}
	return configOf(ctx, p, s)
}

// configOf is config for any service.
func configOf(ctx context.Context, p connectionParams, s *connector.Sandbox) (aws.Config, []cache, error) {
	if s != nil {
		return sandboxConfig(p, s), nil, nil
	}
	return sdkConfig(ctx, p)
}

// sandboxConfig reads nothing of this machine: no environment, no shared
// files, no instance metadata.
func sandboxConfig(p connectionParams, s *connector.Sandbox) aws.Config {
	own := sandboxKeys(s)
	cfg := aws.Config{
		Region:     or(p.text("region"), own.Region),
		HTTPClient: awshttp.NewBuildableClient(),
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(
			own.AccessKeyID, own.SecretAccessKey.Reveal(), "")),
	}
	if n, ok := p["maxAttempts"].(int64); ok {
		cfg.RetryMaxAttempts = int(n)
	}
	if keys, ok := p.keys("credentials"); ok {
		cfg.Credentials = keys
	}
	return cfg
}

// sdkConfig reads what the SDK reads: environment, shared files and the rest.
func sdkConfig(ctx context.Context, p connectionParams) (aws.Config, []cache, error) {
	var missing config.SharedConfigProfileNotExistError
	cfg, err := config.LoadDefaultConfig(ctx, p.loadOptions()...)
	switch {
	case errors.As(err, &missing):
		return cfg, nil, connectionError("there is no profile %q in the shared AWS files", missing.Profile)
	case err != nil:
		return cfg, nil, connectionError("the AWS configuration cannot be read: %v", err)
	}
	if _, given := p.base(); given {
		cfg.Credentials = marked(cfg.Credentials, "no AWS credentials could be had")
		return cfg, nil, nil
	}
	base := &reloading{current: cfg.Credentials, load: func(ctx context.Context) (aws.CredentialsProvider, error) {
		again, err := config.LoadDefaultConfig(ctx, p.loadOptions()...)
		return again.Credentials, err
	}}
	cfg.Credentials = marked(base, "no AWS credentials could be had")
	return cfg, []cache{base}, nil
}

// sumsWhenRequired is the value of the parameter checksums that saves them.
const sumsWhenRequired = "whenRequired"

func (p connectionParams) loadOptions() []func(*config.LoadOptions) error {
	// AWS_CA_BUNDLE needs the SDK's own buildable client. A library writes
	// nothing to standard error on its own, so the SDK's log goes nowhere.
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(awshttp.NewBuildableClient()), config.WithLogger(logging.Nop{}),
	}
	if region := p.text("region"); region != "" {
		options = append(options, config.WithRegion(region))
	}
	if profile := p.text("profile"); profile != "" {
		options = append(options, config.WithSharedConfigProfile(profile))
	}
	if keys, ok := p.base(); ok {
		options = append(options, config.WithCredentialsProvider(keys))
	}
	if n, ok := p["maxAttempts"].(int64); ok {
		options = append(options, config.WithRetryMaxAttempts(int(n)))
	}
	if p.text("checksums") == sumsWhenRequired {
		options = append(options,
			config.WithRequestChecksumCalculation(aws.RequestChecksumCalculationWhenRequired),
			config.WithResponseChecksumValidation(aws.ResponseChecksumValidationWhenRequired))
	}
	if p["useFips"] == true {
		options = append(options, config.WithUseFIPSEndpoint(aws.FIPSEndpointStateEnabled))
	}
	if p["useDualStack"] == true {
		options = append(options, config.WithUseDualStackEndpoint(aws.DualStackEndpointStateEnabled))
	}
	return options
}

// ownTransport replaces the configuration's HTTP client by one whose
// connections can be closed. The certificates that the SDK put into its own
// are kept. plain has net/http send the requests; wrap, nil for none, is put
// around the transport.
func ownTransport(cfg *aws.Config, most int, sandbox, plain bool, wrap func(http.RoundTripper) http.RoundTripper) (*http1.Transport, *http.Client) {
	buildable, ok := cfg.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		buildable = awshttp.NewBuildableClient()
	}
	settings := buildable.GetTransport()
	settings.MaxIdleConns = 4 * maxIdlePerHost
	settings.MaxIdleConnsPerHost = maxIdlePerHost
	settings.MaxConnsPerHost = most
	if sandbox {
		settings.Proxy = nil
	}
	newTransport := http1.New
	if plain {
		newTransport = http1.Plain
	}
	transport := newTransport(settings)
	var roundTripper http.RoundTripper = sampling{transport}
	if wrap != nil {
		roundTripper = wrap(roundTripper)
	}
	client := &http.Client{
		Transport:     roundTripper,
		CheckRedirect: redirect,
	}
	cfg.HTTPClient = client
	return transport, client
}

// redirect follows what the SDK's own client follows: 307 and 308, which keep
// the method, and whose body can be sent again. Credentials stay with the host
// that they were meant for.
func redirect(r *http.Request, via []*http.Request) error {
	if r.Response == nil || len(via) == 0 || len(via) >= mostRedirects ||
		r.Response.StatusCode != http.StatusTemporaryRedirect && r.Response.StatusCode != http.StatusPermanentRedirect {
		return http.ErrUseLastResponse
	}
	if via[len(via)-1].URL.Host != r.URL.Host {
		r.Header.Del("X-Amz-Security-Token")
		r.Header.Del("Authorization") // net/http leaves it to hosts below the first
	}
	if call := callOf(r.Context()); call != nil {
		call.requests++ // the one that was answered so
	}
	return nil
}

// mostRedirects is how often a request is sent on, as net/http has it.
const mostRedirects = 10

// maxConnections returns how many connections to one host there are at most.
func (p connectionParams) maxConnections() int {
	if n, ok := p["maxConnections"].(int64); ok {
		return int(n)
	}
	return defaultConnections
}

func (p connectionParams) endpoint(s *connector.Sandbox) string {
	if s != nil {
		return s.Endpoint
	}
	return p.text("endpoint")
}

// stsEndpoint returns where roles are assumed; empty for STS itself. An
// endpoint on this machine is an emulator, which has all services; any other
// belongs to the connection's own service.
func (b *builder) stsEndpoint(endpoint string, s *connector.Sandbox) string {
	if s != nil || b.service.isSTS() || isLoopback(endpoint) {
		return endpoint
	}
	return ""
}

func isLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
