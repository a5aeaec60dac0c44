package direct

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	"github.com/aws/smithy-go/metrics"
	"github.com/aws/smithy-go/middleware"
	"github.com/aws/smithy-go/tracing"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"github.com/google/go-cmp/cmp"
)

type foreignRetryer struct{ aws.Retryer }

type foreignSigner struct{ *v4.Signer }

type foreignResolver struct{ lambda.EndpointResolverV2 }

type foreignSchemes struct{ lambda.AuthSchemeResolver }

type foreignScheme struct{ smithyhttp.AuthScheme }

type foreignProtocol struct{ smithyhttp.ClientProtocol }

type foreignTracer struct{ tracing.NopTracerProvider }

type foreignMeter struct{ metrics.NopMeterProvider }

type interceptor struct{}

func (interceptor) BeforeTransmit(context.Context, *smithyhttp.InterceptorContext) error { return nil }

// perFunction sends each function's requests elsewhere.
type perFunction struct{}

func (perFunction) ResolveEndpoint(context.Context, lambda.EndpointParameters) (smithyendpoints.Endpoint, error) {
	return smithyendpoints.Endpoint{URI: url.URL{Scheme: "https", Host: "elsewhere"}}, nil
}

func middlewareNamed(id string) func(*middleware.Stack) error {
	return func(s *middleware.Stack) error {
		return s.Build.Add(middleware.BuildMiddlewareFunc(id, func(
			ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler,
		) (middleware.BuildOutput, middleware.Metadata, error) {
			return next.HandleBuild(ctx, in)
		}), middleware.After)
	}
}

// A client with anything that is not known stays with the SDK.
func TestUnknownStaysWithTheSDK(t *testing.T) {
	for name, change := range map[string]func(*lambda.Options){
		"middleware": func(o *lambda.Options) { o.APIOptions = append(o.APIOptions, middlewareNamed("Mine")) },
		"middleware in place of another": func(o *lambda.Options) {
			o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
				if _, err := s.Build.Remove("RecursionDetection"); err != nil {
					return err
				}
				return middlewareNamed("RecursionDetection")(s)
			})
		},
		"middleware left out": func(o *lambda.Options) {
			o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
				_, err := s.Build.Remove("ClientRequestID")
				return err
			})
		},
		"unsigned payloads": func(o *lambda.Options) {
			o.APIOptions = append(o.APIOptions, v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware)
		},
		"a signing name":    lambda.WithSigV4SigningName("other"),
		"an interceptor":    func(o *lambda.Options) { o.Interceptors.AddBeforeTransmit(interceptor{}) },
		"a tracer":          func(o *lambda.Options) { o.TracerProvider = foreignTracer{} },
		"a meter":           func(o *lambda.Options) { o.MeterProvider = foreignMeter{} },
		"a log":             func(o *lambda.Options) { o.ClientLogMode = aws.LogRetries },
		"adaptive retries":  func(o *lambda.Options) { o.Retryer = retry.NewAdaptiveMode() },
		"adaptive, bounded": func(o *lambda.Options) { o.Retryer = retry.AddWithMaxAttempts(retry.NewAdaptiveMode(), 2) },
		"adaptive, wrapped twice": func(o *lambda.Options) {
			o.Retryer = retry.AddWithErrorCodes(retry.AddWithMaxAttempts(retry.NewAdaptiveMode(), 2), "Mine")
		},
		"a foreign retryer":  func(o *lambda.Options) { o.Retryer = foreignRetryer{retry.NewStandard()} },
		"a foreign signer":   func(o *lambda.Options) { o.HTTPSignerV4 = foreignSigner{v4.NewSigner()} },
		"a foreign resolver": func(o *lambda.Options) { o.EndpointResolverV2 = foreignResolver{o.EndpointResolverV2} },
		"other endpoints":    func(o *lambda.Options) { o.EndpointResolverV2 = perFunction{} },
		"an old resolver": func(o *lambda.Options) {
			//lint:ignore SA1019 an option of the client that the table has to know
			o.EndpointResolver = lambda.EndpointResolverFromURL("https://old.example.com") //nolint:staticcheck // people use it
		},
		"a foreign scheme resolver": func(o *lambda.Options) { o.AuthSchemeResolver = foreignSchemes{o.AuthSchemeResolver} },
		"a foreign scheme": func(o *lambda.Options) {
			o.AuthSchemes = append(o.AuthSchemes, foreignScheme{smithyhttp.NewAnonymousScheme()})
		},
		"a foreign protocol":    func(o *lambda.Options) { o.Protocol = foreignProtocol{o.Protocol} },
		"another HTTP client":   func(o *lambda.Options) { o.HTTPClient = &http.Client{Transport: answering("1")} },
		"no credentials at all": func(o *lambda.Options) { o.Credentials = nil },
		// Known kinds, other behaviour: the requests differ.
		"a signer that escapes once": func(o *lambda.Options) {
			o.HTTPSignerV4 = v4.NewSigner(func(s *v4.SignerOptions) { s.DisableSessionToken = true })
			o.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: "A", SecretAccessKey: "s", SessionToken: "t"}, nil
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			both := newInvoking(aws.Config{}, answering("1"), nil, change)
			for range mostTries + 1 {
				out, err := both.direct.Do(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("arn:aws:f"), Payload: []byte("{}")})
				if err != nil || string(out.(*lambda.InvokeOutput).Payload) != "1" {
					t.Fatalf("output %v, error %v", out, err)
				}
			}
			if both.direct.Why() == "" || both.direct.plan.Load() != nil {
				t.Error("the operation is done directly")
			}
		})
	}
}

// There may be an option that the SDK may get one day.
func TestUnknownOption(t *testing.T) {
	both := newInvoking(aws.Config{}, answering("1"), nil)
	type later struct {
		lambda.Options
		Compression string
	}
	both.direct.client.Options = func() any { return later{Compression: "zstd"} }
	if _, why := both.direct.readSettings(); why == "" {
		t.Error("an option that nobody knows is taken for harmless")
	}
}

// An operation whose endpoint may depend on its input is not done directly.
func TestEndpointOfInput(t *testing.T) {
	type params struct{ Region, Bucket *string }
	type resolver interface {
		ResolveEndpoint(context.Context, params) (smithyendpoints.Endpoint, error)
	}
	type options struct{ EndpointResolverV2 resolver }
	o := &Operation{}
	if o.endpointIsFixed(reflect.ValueOf(options{})) {
		t.Error("a bucket is taken for a setting of the client")
	}
	if !o.endpointIsFixed(reflect.ValueOf(lambda.Options{})) {
		t.Error("the endpoint of Lambda is not taken for fixed")
	}
}

// The table of inputs has every member of the SDK's type: one that the SDK
// gets is a failure here.
func TestInputsHaveEveryMember(t *testing.T) {
	all := reflect.ValueOf(inputs()["everything"]).Elem()
	for i := range all.NumField() {
		if f := all.Type().Field(i); f.IsExported() && all.Field(i).IsZero() {
			t.Errorf("no input with %s", f.Name)
		}
	}
}

// Outputs are their caller's own, however many calls are under way.
func TestConcurrentCalls(t *testing.T) {
	echo := roundTrip(func(r *http.Request) (*http.Response, error) {
		name := strings.Split(r.URL.Path, "/")[3]
		return answering(`"`+name+`"`, "X-Amz-Executed-Version", name)(r)
	})
	form, stack := newInvoking(aws.Config{}, echo, nil), newInvoking(aws.Config{}, echo, nil).inStacks()
	form.learn(t)
	stack.learn(t)
	var wg sync.WaitGroup
	for i := range 16 {
		both := form
		if i%2 == 0 {
			both = stack
		}
		wg.Go(func() {
			var kept []*lambda.InvokeOutput
			name := strings.Repeat("f", i+1)
			for range 50 {
				out, err := both.direct.Do(context.Background(), &lambda.InvokeInput{FunctionName: aws.String(name), Payload: []byte(name)})
				if err != nil {
					t.Error(err)
					return
				}
				kept = append(kept, out.(*lambda.InvokeOutput))
			}
			for _, out := range kept {
				if string(out.Payload) != `"`+name+`"` || *out.ExecutedVersion != name {
					t.Errorf("%s got %s %s", name, out.Payload, *out.ExecutedVersion)
				}
			}
		})
	}
	wg.Wait()
}

// What one answer has and the next has not does not stay.
func TestOutputsAreFresh(t *testing.T) {
	s := serve(t)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	both := newInvoking(aws.Config{}, transport, nil, func(o *lambda.Options) { o.BaseEndpoint = &s.URL }).inStacks()
	both.learn(t)
	s.play(ok("1", "X-Amz-Function-Error", "Unhandled", "X-Amz-Log-Result", "bG9n"), says(202, ""), torn(halfBody), ok("3"))
	for _, want := range []*lambda.InvokeOutput{
		{StatusCode: 200, Payload: []byte("1"), FunctionError: aws.String("Unhandled"), LogResult: aws.String("bG9n")},
		{StatusCode: 202},
		nil,
		{StatusCode: 200, Payload: []byte("3")},
	} {
		got, _ := both.direct.Do(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("f")})
		out, _ := got.(*lambda.InvokeOutput)
		if diff := cmp.Diff(want, out, metadata, unexported); diff != "" {
			t.Errorf("output (-want +got):\n%s", diff)
		}
	}
}

// provider gives credentials or an error.
type provider struct {
	mu    sync.Mutex
	asked int
	err   error
}

func (p *provider) Retrieve(context.Context) (aws.Credentials, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	return aws.Credentials{AccessKeyID: "A", SecretAccessKey: "s", CanExpire: true, Expires: time.Now().Add(time.Hour)}, p.err
}

func (*provider) ProviderSources() []aws.CredentialSource {
	return []aws.CredentialSource{aws.CredentialSourceSTSAssumeRole}
}

// No credentials are an error of the SDK, and they are asked for as often as
// the SDK asks.
func TestNoCredentials(t *testing.T) {
	var errs [2]error
	var asked [2]int
	for i := range errs {
		p := &provider{}
		both := newInvoking(aws.Config{Credentials: p}, answering("1"), nil)
		both.learn(t)
		p.asked, p.err = 0, errors.New("the token file is gone")
		in := &lambda.InvokeInput{FunctionName: aws.String("f")}
		if i == 0 {
			_, errs[i] = both.bySDK(context.Background(), in)
		} else {
			_, errs[i] = both.direct.Do(context.Background(), in)
		}
		asked[i] = p.asked
	}
	if errs[1] == nil || errs[0].Error() != errs[1].Error() || asked[0] != asked[1] {
		t.Errorf("error %v after %d, want %v after %d", errs[1], asked[1], errs[0], asked[0])
	}
}

// Where credentials may come from elsewhere, the operation is learnt anew.
func TestGenerations(t *testing.T) {
	both := newInvoking(aws.Config{}, answering("1"), nil)
	generation := 0
	both.direct.client.Generation = func() int { return generation }
	for generation = range 3 {
		both.learn(t)
		if got := both.direct.plan.Load().generation; got != generation {
			t.Errorf("plan of generation %d, want %d", got, generation)
		}
	}
}

// A transport that breaks its contract gives the HTTP client's errors.
func TestOddTransports(t *testing.T) {
	for name, odd := range map[string]roundTrip{
		"nothing": func(*http.Request) (*http.Response, error) { return nil, nil }, //nolint:nilnil // that is the point
		"no body": func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusNoContent, Request: r}, nil
		},
		"a promised body": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, ContentLength: 3}, nil
		},
		"response and error": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK}, errors.New("both")
		},
	} {
		t.Run(name, func(t *testing.T) {
			transport := answering("1")
			both := newInvoking(aws.Config{}, roundTrip(func(r *http.Request) (*http.Response, error) { return transport(r) }), []Setting{{"Retryer", aws.NopRetryer{}}})
			both.learn(t)
			transport = odd
			want, wantErr := both.bySDK(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("f")})
			got, gotErr := both.direct.Do(context.Background(), &lambda.InvokeInput{FunctionName: aws.String("f")})
			if plain(gotErr) != strings.ReplaceAll(plain(wantErr), "direct.roundTrip", "*direct.replay") {
				t.Errorf("error %v, want %v", gotErr, wantErr)
			}
			if diff := cmp.Diff(want, got, metadata, unexported); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}
