package awsmodel

import (
	"bytes"
	"crypto/md5" //nolint:gosec // S3 sums keys with it
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// copySource escapes the source of a copy, which is sent in a header.
func copySource(params map[string]any) error {
	source, ok := params["copySource"].(string)
	if !ok {
		return nil
	}
	path, version, versioned := strings.Cut(source, "?versionId=")
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = strings.ReplaceAll(url.QueryEscape(p), "+", "%20")
	}
	source = strings.Join(parts, "/")
	if versioned {
		source += "?versionId=" + version
	}
	params["copySource"] = source
	return nil
}

// customerKeys returns keys of a customer in base64, with their sums, as S3 takes
// them.
func customerKeys(params map[string]any) {
	for _, name := range []string{"sseCustomerKey", "copySourceSSECustomerKey"} {
		key, ok := params[name].(string)
		if !ok || params[name+"MD5"] != nil {
			continue
		}
		sum := md5.Sum([]byte(key)) //nolint:gosec // as S3 wants it
		params[name] = base64.StdEncoding.EncodeToString([]byte(key))
		params[name+"MD5"] = base64.StdEncoding.EncodeToString(sum[:])
	}
}

// expectFrom is the least length of a body that is announced first, in bytes,
// so that it is not sent where S3 would refuse it: as in the SDK.
const expectFrom = 2 << 20

// objectRequest adds sums, and asks for those of objects.
func objectRequest(c *client, call *call, req *smithyhttp.Request) error {
	req.Header.Set("Accept-Encoding", "identity")
	if err := c.addSum(call, req); err != nil {
		return err
	}
	if sum := call.op.model.Checksum; sum != nil && sum.Validate != "" && c.settings.checks && req.Header.Get("X-Amz-Checksum-Mode") == "" {
		req.Header.Set("X-Amz-Checksum-Mode", "ENABLED")
	}
	if n, ok, err := req.StreamLength(); err == nil && ok && n >= expectFrom && req.Method == http.MethodPut {
		req.Header.Set("Expect", "100-continue")
	}
	return nil
}

// errorInSuccess finds the error that S3 writes into an answer of success, when
// it has begun to answer before the work was done.
func errorInSuccess(_ *call, resp *smithyhttp.Response) error {
	if resp.StatusCode != http.StatusOK {
		return nil
	}
	body, err := readBody(resp)
	if err != nil {
		return err
	}
	root, err := rootOf(body)
	switch {
	case errors.Is(err, io.EOF):
		return damaged("S3 ended its answer before it had begun")
	case err == nil && root == "Error":
		resp.StatusCode = errorStatus
	}
	return nil
}

// rootOf returns the name of a document's root element.
func rootOf(body []byte) (string, error) {
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		tok, err := d.Token()
		if err != nil {
			return "", err
		}
		if start, ok := tok.(xml.StartElement); ok {
			return start.Name.Local, nil
		}
	}
}

// wrapLocation puts an element around the bare one that S3 answers with where a
// bucket's Region is asked for.
func wrapLocation(_ *call, resp *smithyhttp.Response) error {
	if resp.StatusCode != http.StatusOK {
		return nil
	}
	body, err := readBody(resp)
	if err != nil {
		return err
	}
	at := bytes.Index(body, []byte("<LocationConstraint"))
	if at < 0 {
		return nil
	}
	wrapped := append([]byte("<GetBucketLocationOutput>"), body[at:]...)
	wrapped = append(wrapped, "</GetBucketLocationOutput>"...)
	resp.Body = struct {
		io.Reader
		io.Closer
	}{bytes.NewReader(wrapped), resp.Body}
	return nil
}

// buckets are the Regions of buckets that S3 told.
type buckets struct {
	mu    sync.Mutex
	known map[string]string
}

func (b *buckets) region(bucket string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.known[bucket]
}

func (b *buckets) learn(bucket, region string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.known == nil || len(b.known) >= mostPlaces {
		b.known = map[string]string{}
	}
	b.known[bucket] = region
}

// movedTo reports whether S3 says that a bucket is in another Region, in which
// the call then belongs.
func (c *client) movedTo(call *call, err error) bool {
	bucket, ok := call.params["bucket"].(string)
	var response *smithyhttp.ResponseError
	if !ok || c.service.model.Name != "s3" || c.base != "" || !errors.As(err, &response) || response.Response == nil {
		return false
	}
	switch response.HTTPStatusCode() {
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusBadRequest:
	default:
		return false
	}
	region := response.Response.Header.Get("X-Amz-Bucket-Region")
	if region == "" || region == call.regionOr(c.cfg.Region) {
		return false
	}
	c.buckets.learn(bucket, region)
	call.region, call.skew = region, nil
	return true
}
