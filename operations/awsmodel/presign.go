package awsmodel

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/schema"
)

// extras are operations that no model has.
func (s *service) extras() []*connector.Operation {
	if s.model.Name != "s3" {
		return nil
	}
	return []*connector.Operation{s.presign()}
}

// longestPresigned is how long S3 lets a signature hold.
const longestPresigned = 7 * 24 * time.Hour

// presigned are the operations that an address can be made for.
var presigned = late.Value[map[string]string]{Make: func() map[string]string {
	return map[string]string{
		"getObject": "GetObject", "putObject": "PutObject", "headObject": "HeadObject", "deleteObject": "DeleteObject",
		"uploadPart": "UploadPart",
	}
}}

// presign returns an address that anybody can use for a while.
func (s *service) presign() *connector.Operation {
	return &connector.Operation{
		Name: "s3.presign", Summary: "Make an address with which anybody can use an object for a while.",
		Description: "Nothing is sent. The address is a secret: whoever has it can do what it is for.",
		Effect:      connector.EffectReadOnly,
		URL:         "https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html",
		Describe:    describePresign,
		Run:         s.runPresign,
	}
}

func describePresign() connector.Shape {
	one, longest := 1.0, longestPresigned.Seconds()
	return connector.Shape{
		Params: schema.MustNew(
			&schema.Field{
				Name: "operation", Type: schema.String, Default: "getObject",
				Enum:        []any{"getObject", "putObject", "headObject", "deleteObject", "uploadPart"},
				Description: "What the address is for.",
			},
			&schema.Field{Name: "bucket", Aliases: []string{"Bucket"}, Type: schema.String, Required: true, Description: "The bucket."},
			&schema.Field{Name: "key", Aliases: []string{"Key"}, Type: schema.String, Required: true, Description: "The object."},
			&schema.Field{
				Name: "expires", Type: schema.Duration, Default: "15m", Minimum: &one, Maximum: &longest,
				Description: "How long the address works; no longer than the credentials do.",
			},
			&schema.Field{
				Name: "params", Type: schema.Map, Accept: schema.Accept{JSONText: true},
				Description: "Further parameters of the operation, such as versionId or responseContentType.",
			},
		),
		Result: &schema.Field{Type: schema.Object, Members: schema.MustNew(
			&schema.Field{Name: "Url", Type: schema.String, Secret: true, Description: "The address."},
			&schema.Field{Name: "Method", Type: schema.String, Description: "The method to use it with."},
			&schema.Field{
				Name: "Headers", Type: schema.Map, Elem: &schema.Field{Type: schema.String},
				Description: "Headers that must be sent with it.",
			},
		)},
	}
}

func (s *service) runPresign(ctx context.Context, c *connector.Call) (any, error) {
	client, err := awsapi.Client[*client](c.Connection)
	if err != nil {
		return nil, err
	}
	name, _ := c.Params["operation"].(string)
	op := s.operation(s.model.Operation(presigned.Get()[name]))
	given := map[string]any{}
	if more, ok := c.Params["params"].(map[string]any); ok {
		given = more
	}
	for _, name := range []string{"bucket", "key"} {
		own := map[string]any{name: c.Params[name]}
		for k, v := range given {
			own[k] = v
		}
		own[name], given = c.Params[name], own
	}
	params, err := schema.MustNew(op.paramFields()...).Convert(given)
	if err != nil {
		return nil, invalid(err)
	}
	if err := op.missesLabel(params); err != nil {
		return nil, invalid(err)
	}
	text, _ := c.Params["expires"].(string)
	expires, err := time.ParseDuration(text)
	if err != nil {
		return nil, invalid(err)
	}
	return client.presign(ctx, &call{op: op, params: params}, expires)
}

// presign signs a request in its query.
func (c *client) presign(ctx context.Context, call *call, expires time.Duration) (any, error) {
	req, ok := smithyhttp.NewStackRequest().(*smithyhttp.Request)
	if !ok {
		return nil, fmt.Errorf("no HTTP request")
	}
	if err := call.op.protocol().Write(ctx, call.params, nil, req); err != nil {
		return nil, invalid(err)
	}
	var err error
	if call.place, err = c.place(ctx, call); err != nil {
		return nil, invalid(err)
	}
	if err := c.address(call, req); err != nil {
		return nil, invalid(err)
	}
	scheme, err := c.scheme(call)
	if err != nil {
		return nil, invalid(err)
	}
	keys, err := c.credentials(ctx)
	if err != nil {
		return nil, awsapi.Error(ctx, err, connector.EffectReadOnly)
	}
	query := req.URL.Query()
	query.Set("X-Amz-Expires", strconv.FormatInt(int64(expires/time.Second), 10))
	req.URL.RawQuery = query.Encode()
	url, headers, err := c.signer.PresignHTTP(ctx, keys, req.Build(ctx), unsignedPayload,
		scheme.SigningName, scheme.SigningRegion, time.Now().Add(c.ahead(call)))
	if err != nil {
		return nil, invalid(err)
	}
	headers.Del("Host")
	return map[string]any{"Url": url, "Method": req.Method, "Headers": headerValues(headers)}, nil
}

func headerValues(h http.Header) map[string]any {
	out := make(map[string]any, len(h))
	for name := range h {
		out[name] = h.Get(name)
	}
	return out
}
