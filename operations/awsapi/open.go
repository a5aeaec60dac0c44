package awsapi

import (
	"context"
	"errors"
	"fmt"
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

	"github.com/medlar-flow/medlar/connector"
)

// maxIdlePerHost keeps the connections of a large forEach open between its
// steps; the SDK's own 10 would make most of them anew.
const maxIdlePerHost = 256

// Connection is one client of the SDK. Any number of steps may use it at once.
type Connection struct {
	service   *service
	client    reflect.Value // *Client
	transport *http.Transport
}

// Close closes the connections that are idle.
func (c *Connection) Close() error {
	c.transport.CloseIdleConnections()
	return nil
}

// Client gives the SDK's client behind a connection, for operations made by
// hand: Client[*lambda.Client](call.Connection).
func Client[C any](conn connector.Connection) (C, error) {
	if c, ok := conn.(*Connection); ok {
		if client, ok := c.client.Interface().(C); ok {
			return client, nil
		}
	}
	var none C
	return none, connectionError("needs a connection of the SDK's type %T", none)
}

func connectionError(format string, args ...any) *connector.Error {
	return &connector.Error{Code: codeConnection, Class: connector.Invalid, Message: fmt.Sprintf(format, args...)}
}

// open makes a connection. It needs no network: credentials are fetched when
// the first call needs them.
func (b *builder) open(ctx context.Context, req connector.OpenRequest) (connector.Connection, error) {
	p := connectionParams(req.Params)
	if err := p.check(); err != nil {
		return nil, err
	}
	var cfg aws.Config
	var err error
	if req.Sandbox != nil {
		cfg, err = b.sandboxConfig(p, req.Sandbox)
	} else {
		cfg, err = sdkConfig(ctx, p)
	}
	if err != nil {
		return nil, err
	}
	if cfg.Region == "" {
		return nil, connectionError("no AWS Region: set region on the connection, AWS_REGION, or --region")
	}
	transport := ownTransport(&cfg, req.Sandbox != nil)
	endpoint := p.endpoint(req.Sandbox)
	if err := p.assume(&cfg, b.stsEndpoint(endpoint, req.Sandbox), req); err != nil {
		return nil, err
	}
	var options []reflect.Value
	if endpoint != "" {
		// As an option it beats AWS_ENDPOINT_URL, in the configuration it does not.
		options = append(options, b.service.with("BaseEndpoint", &endpoint))
	}
	return &Connection{service: b.service, client: b.service.open(cfg, options...), transport: transport}, nil
}

// sandboxConfig reads nothing of this machine: no environment, no shared
// files, no instance metadata.
func (b *builder) sandboxConfig(p connectionParams, s *connector.Sandbox) (aws.Config, error) {
	if !slices.Contains(s.Services, b.connector.Name) {
		return aws.Config{}, connectionError("the local emulator has no %s; it has %s",
			b.connector.Name, strings.Join(s.Services, ", "))
	}
	cfg := aws.Config{
		Region:     or(p.text("region"), s.Region),
		HTTPClient: awshttp.NewBuildableClient(),
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(
			s.AccessKeyID, s.SecretAccessKey.Reveal(), "")),
	}
	if n, ok := p["maxAttempts"].(int64); ok {
		cfg.RetryMaxAttempts = int(n)
	}
	if keys, ok := p.keys("credentials"); ok {
		cfg.Credentials = keys
	}
	return cfg, nil
}

func sdkConfig(ctx context.Context, p connectionParams) (aws.Config, error) {
	var missing config.SharedConfigProfileNotExistError
	cfg, err := config.LoadDefaultConfig(ctx, p.loadOptions()...)
	switch {
	case errors.As(err, &missing):
		return cfg, connectionError("there is no profile %q in the shared AWS files", missing.Profile)
	case err != nil:
		return cfg, connectionError("the AWS configuration cannot be read: %v", err)
	}
	cfg.Credentials = marked(cfg.Credentials, "no AWS credentials could be had")
	return cfg, nil
}

func (p connectionParams) loadOptions() []func(*config.LoadOptions) error {
	// AWS_CA_BUNDLE needs the SDK's own buildable client.
	options := []func(*config.LoadOptions) error{config.WithHTTPClient(awshttp.NewBuildableClient())}
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
// are kept.
func ownTransport(cfg *aws.Config, sandbox bool) *http.Transport {
	buildable, ok := cfg.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		buildable = awshttp.NewBuildableClient()
	}
	transport := buildable.GetTransport()
	transport.MaxIdleConns = 4 * maxIdlePerHost
	transport.MaxIdleConnsPerHost = maxIdlePerHost
	if sandbox {
		transport.Proxy = nil
	}
	cfg.HTTPClient = &http.Client{
		Transport: transport,
		// A signed request is not sent to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return transport
}

func (p connectionParams) endpoint(s *connector.Sandbox) string {
	if s != nil {
		return s.Endpoint
	}
	return p.text("endpoint")
}

// stsEndpoint gives where roles are assumed; empty for STS itself. An
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
