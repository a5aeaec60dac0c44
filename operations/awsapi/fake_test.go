package awsapi

import (
	"context"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/document"
	"github.com/aws/smithy-go/middleware"
)

// fakeClient has the shape of an SDK client, and the types that the clients of
// Lambda and STS lack.
type fakeClient struct{ options fakeOptions }

type fakeOptions struct {
	Retryer      aws.Retryer
	BaseEndpoint *string
}

func newFakeClient(_ aws.Config, options ...func(*fakeOptions)) *fakeClient {
	c := &fakeClient{}
	for _, option := range options {
		option(&c.options)
	}
	return c
}

type color string

func (color) Values() []color { return []color{"red", "green"} }

// node contains itself.
type node struct {
	Name     *string
	Children []node
	ByName   map[string]node
}

// union stands for the SDK's tagged unions.
type union interface{ isUnion() }

type unionMemberText struct{ Value string }

func (*unionMemberText) isUnion() {}

type unionMemberSS struct{ Value []union }

func (*unionMemberSS) isUnion() {}

type PutThingInput struct {
	Blob    []byte
	Body    io.Reader
	Choice  union
	Color   color
	Double  *float64
	Flag    bool
	KMSKey  *string
	Long    *int64
	Nested  *node
	Nothing *string
	Short   int16
	Tags    map[string]string
	When    *time.Time
	Whole   *int32

	//lint:ignore U1000 reflection sees it
	internal string //nolint:unused // to be left out
}

type PutThingOutput struct {
	Body     io.ReadCloser
	Color    color
	Document document.Unmarshaler
	Echo     *PutThingInput
	Nothing  *string
	Nodes    []node
	Short    int16
	Union    union

	ResultMetadata middleware.Metadata
}

// PutThing gives its input back.
func (*fakeClient) PutThing(_ context.Context, in *PutThingInput, _ ...func(*fakeOptions)) (*PutThingOutput, error) {
	out := &PutThingOutput{Color: in.Color, Echo: in, Short: in.Short, Union: &unionMemberText{Value: "u"}, Document: fakeDocument{}}
	if in.Choice != nil {
		out.Union, in.Choice = in.Choice, nil
	}
	if in.Body != nil {
		text, err := io.ReadAll(in.Body)
		if err != nil {
			return nil, err
		}
		in.Body, out.Body = nil, io.NopCloser(strings.NewReader(string(text)))
	}
	return out, nil
}

type fakeDocument struct{}

func (fakeDocument) UnmarshalSmithyDocument(dst any) error {
	*dst.(*any) = map[string]any{"n": document.Number("12345678901234567"), "list": []any{document.Number("0.5")}}
	return nil
}

type ListThingsInput struct{ NextToken *string }

type ListThingsOutput struct {
	NextToken *string
	Things    []string
}

// ListThings is an operation that reads.
func (c *fakeClient) ListThings(context.Context, *ListThingsInput, ...func(*fakeOptions)) (*ListThingsOutput, error) {
	return &ListThingsOutput{}, nil
}

// Options is a method of SDK clients that is no operation.
func (c *fakeClient) Options() fakeOptions { return c.options }
