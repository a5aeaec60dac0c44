package awsmodel

import (
	"crypto/md5" //nolint:gosec // SQS and S3 sum with it
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// quirk is what a service's model does not tell of an operation.
type quirk struct {
	// fields changes the parameters.
	fields func([]*schema.Field) []*schema.Field
	// results changes the members of the result.
	results func([]*schema.Field) []*schema.Field
	// prepare changes the values of the parameters, in a map of its own.
	prepare func(params map[string]any) error
	// request changes the request, before it is signed.
	request func(call *call, req *smithyhttp.Request) error
	// answer looks at an answer before it is read.
	answer func(call *call, resp *smithyhttp.Response) error
	// verify looks for damage in a result.
	verify func(params, result map[string]any) error
	// finish changes the result.
	finish func(params, result map[string]any)
}

// quirks are all of them, by operation. What belongs to all operations of a
// service is in serviceQuirks.
var quirks = late.Value[map[string]quirk]{Make: func() map[string]quirk {
	return map[string]quirk{
		"s3.CopyObject":                         {prepare: copySource, answer: errorInSuccess},
		"s3.UploadPartCopy":                     {prepare: copySource, answer: errorInSuccess},
		"s3.CompleteMultipartUpload":            {answer: errorInSuccess},
		"s3.PutObject":                          {fields: fileBody},
		"s3.UploadPart":                         {fields: fileBody},
		"s3.GetBucketLocation":                  {answer: wrapLocation},
		"sqs.SendMessage":                       {verify: sentMessage, fields: valueBody("messageBody"), prepare: bodyText("messageBody")},
		"sqs.SendMessageBatch":                  {verify: sentMessages, fields: valueBodies, prepare: bodyTexts},
		"sqs.ReceiveMessage":                    {verify: receivedMessages},
		"sns.Publish":                           {fields: valueBody("message"), prepare: bodyText("message")},
		"ec2.RunInstances":                      {prepare: inBase64("userData")},
		"ec2.RequestSpotInstances":              {prepare: launchData},
		"autoscaling.CreateLaunchConfiguration": {prepare: inBase64("userData")},
		"machinelearning.Predict":               {request: predictAt},
	}
}}

// serviceQuirk is what holds for all operations of a service.
type serviceQuirk struct {
	fields  func([]*schema.Field) // changes the parameters
	prepare func(params map[string]any)
	request func(c *client, call *call, req *smithyhttp.Request) error
	answer  func(call *call, resp *smithyhttp.Response) error
}

var serviceQuirks = late.Value[map[string]serviceQuirk]{Make: func() map[string]serviceQuirk {
	return map[string]serviceQuirk{
		"s3":         {request: objectRequest, prepare: customerKeys},
		"route53":    {prepare: lastPart},
		"apigateway": {request: accepts("application/json")},
		"dynamodb":   {request: identityEncoding, answer: checkCRC32},
		"glacier":    {request: glacierVersion, prepare: ownAccount, fields: optionalAccount},
	}
}}

// finishRequest does to a request what its model does not tell.
func (s *service) finishRequest(c *client, call *call, req *smithyhttp.Request) error {
	if q := serviceQuirks.Get()[s.model.Name]; q.request != nil {
		if err := q.request(c, call, req); err != nil {
			return err
		}
	}
	if f := call.op.quirk.request; f != nil {
		return f(call, req)
	}
	return nil
}

// checkAnswer looks at an answer before it is read.
func (s *service) checkAnswer(call *call, resp *smithyhttp.Response) error {
	if q := serviceQuirks.Get()[s.model.Name]; q.answer != nil {
		if err := q.answer(call, resp); err != nil {
			return err
		}
	}
	if f := call.op.quirk.answer; f != nil {
		return f(call, resp)
	}
	return nil
}

// lastPart cuts what Route 53 puts before its own ids, which it does not take
// back: /hostedzone/Z1 is Z1.
func lastPart(params map[string]any) {
	for _, name := range []string{"hostedZoneId", "id", "resourceId", "delegationSetId"} {
		if text, ok := params[name].(string); ok && strings.HasPrefix(text, "/") {
			params[name] = text[strings.LastIndexByte(text, '/')+1:]
		}
	}
}

func accepts(contentType string) func(*client, *call, *smithyhttp.Request) error {
	return func(_ *client, _ *call, req *smithyhttp.Request) error {
		req.Header.Set("Accept", contentType)
		return nil
	}
}

// identityEncoding asks for answers that are not compressed, since their sum is
// that of what is sent.
func identityEncoding(_ *client, _ *call, req *smithyhttp.Request) error {
	req.Header.Set("Accept-Encoding", "identity")
	return nil
}

// checkCRC32 compares an answer with the sum that DynamoDB sends.
func checkCRC32(_ *call, resp *smithyhttp.Response) error {
	want, err := strconv.ParseUint(resp.Header.Get("X-Amz-Crc32"), 10, 32)
	if err != nil {
		return nil
	}
	body, err := readBody(resp)
	if err != nil {
		return err
	}
	if got := crc32.ChecksumIEEE(body); got != uint32(want) {
		return damaged("the answer's sum is %d, expected %d", got, want)
	}
	return nil
}

// readBody reads a body, and leaves it to be read again.
func readBody(resp *smithyhttp.Response) ([]byte, error) {
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{strings.NewReader(string(body)), resp.Body}
	return body, nil
}

// damaged is an error of what was changed on its way. What was asked for may
// have been done.
func damaged(format string, args ...any) error {
	return &connector.Error{
		Code: "DamagedAnswer", Class: connector.ClassUnavailable, Message: fmt.Sprintf(format, args...), Outcome: connector.OutcomeUnknown,
	}
}

func glacierVersion(_ *client, _ *call, req *smithyhttp.Request) error {
	req.Header.Set("X-Amz-Glacier-Version", "2012-06-01")
	return nil
}

// ownAccount returns the caller's own account where none is named.
func ownAccount(params map[string]any) {
	if params["accountId"] == nil {
		params["accountId"] = "-"
	}
}

func optionalAccount(fields []*schema.Field) {
	for _, f := range fields {
		if f.Name == "accountId" {
			f.Required, f.Description = false, "The account; without it the caller's own."
		}
	}
}

// predictAt sends a prediction to the endpoint that is a parameter of it.
func predictAt(call *call, req *smithyhttp.Request) error {
	text, _ := call.params["predictEndpoint"].(string)
	u, err := url.Parse(text)
	if err != nil || u.Host == "" {
		return fmt.Errorf("predictEndpoint: %q is no address", text)
	}
	req.URL.Scheme, req.URL.Host = u.Scheme, u.Host
	return nil
}

// inBase64 encodes a parameter that the service takes in base64 only.
func inBase64(name string) func(map[string]any) error {
	return func(params map[string]any) error {
		if text, ok := params[name].(string); ok {
			params[name] = base64.StdEncoding.EncodeToString([]byte(text))
		}
		return nil
	}
}

// launchData is inBase64 for a member of a structure.
func launchData(params map[string]any) error {
	spec, ok := params["launchSpecification"].(map[string]any)
	text, isText := spec["userData"].(string)
	if !ok || !isText {
		return nil
	}
	own := make(map[string]any, len(spec))
	for k, v := range spec {
		own[k] = v
	}
	own["userData"] = base64.StdEncoding.EncodeToString([]byte(text))
	params["launchSpecification"] = own
	return nil
}

// valueBody lets any value be the text of a message.
func valueBody(name string) func([]*schema.Field) []*schema.Field {
	return func(fields []*schema.Field) []*schema.Field {
		for _, f := range fields {
			if f.Name == name {
				f.Type, f.MinLength, f.MaxLength, f.Pattern = schema.Any, nil, nil, ""
				f.Description = "Text is sent as it is, any other value as JSON."
			}
		}
		return fields
	}
}

// valueBodies is valueBody for the entries of a batch.
func valueBodies(fields []*schema.Field) []*schema.Field {
	for _, f := range fields {
		if f.Name == "entries" && f.Elem != nil {
			valueBody("messageBody")(f.Elem.Members.Fields())
		}
	}
	return fields
}

func bodyText(name string) func(map[string]any) error {
	return func(params map[string]any) error {
		v, ok := params[name]
		if _, isText := v.(string); !ok || isText || v == nil {
			return nil
		}
		text, err := value.EncodeJSON(v)
		params[name] = string(text)
		return err
	}
}

func bodyTexts(params map[string]any) error {
	list, _ := params["entries"].([]any)
	out := make([]any, len(list))
	for i, v := range list {
		entry, ok := v.(map[string]any)
		if !ok {
			out[i] = v
			continue
		}
		own := make(map[string]any, len(entry))
		for k, v := range entry {
			own[k] = v
		}
		if err := bodyText("messageBody")(own); err != nil {
			return err
		}
		out[i] = own
	}
	if list != nil {
		params["entries"] = out
	}
	return nil
}

func hexMD5(text string) string {
	sum := md5.Sum([]byte(text)) //nolint:gosec // SQS sums with it
	return hex.EncodeToString(sum[:])
}

// sameMD5 compares a text with the sum that SQS gives of it, where it gives one.
func sameMD5(text, sum any, what string) error {
	t, ok := text.(string)
	s, given := sum.(string)
	if ok && given && s != hexMD5(t) {
		return damaged("SQS sums %s as %s, expected %s", what, s, hexMD5(t))
	}
	return nil
}

func sentMessage(params, result map[string]any) error {
	return sameMD5(params["messageBody"], result["MD5OfMessageBody"], "the message")
}

func sentMessages(params, result map[string]any) error {
	bodies := map[any]any{}
	entries, _ := params["entries"].([]any)
	for _, v := range entries {
		if e, ok := v.(map[string]any); ok {
			bodies[e["id"]] = e["messageBody"]
		}
	}
	sent, _ := result["Successful"].([]any)
	for _, v := range sent {
		if e, ok := v.(map[string]any); ok {
			if err := sameMD5(bodies[e["Id"]], e["MD5OfMessageBody"], fmt.Sprintf("the message %v", e["Id"])); err != nil {
				return err
			}
		}
	}
	return nil
}

func receivedMessages(_, result map[string]any) error {
	list, _ := result["Messages"].([]any)
	for _, v := range list {
		if m, ok := v.(map[string]any); ok {
			if err := sameMD5(m["Body"], m["MD5OfBody"], fmt.Sprintf("the message %v", m["MessageId"])); err != nil {
				return err
			}
		}
	}
	return nil
}

// errorStatus is the status that an error in an answer of success stands for.
const errorStatus = http.StatusInternalServerError
