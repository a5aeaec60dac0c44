package protocol

import (
	"bytes"
	"compress/gzip"
	"crypto/md5" //nolint:gosec // AWS asks for it
	"encoding/base64"
	"io"
	"strings"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// compressFrom is the least length of a body that AWS's SDKs compress, in bytes.
const compressFrom = 10240

// afterwards does to a body what the model asks for: compresses a large one,
// and adds the sum that a service demands.
func (op *Operation) afterwards(req *smithyhttp.Request) error {
	// A space is + only in forms; the signature needs %20, too.
	req.URL.RawQuery = strings.ReplaceAll(req.URL.RawQuery, "+", "%20")
	if err := op.dropEmptyXML(req); err != nil {
		return err
	}
	compress := op.model.Flags&model.Compressible != 0
	sum := op.model.Flags&model.ChecksumRequired != 0 && op.model.Checksum == nil && req.Header.Get("Content-Md5") == ""
	stream := req.GetStream()
	if stream == nil || !compress && !sum {
		return nil
	}
	body, err := io.ReadAll(stream)
	if err != nil {
		return err
	}
	if compress && len(body) >= compressFrom {
		if body, err = zipped(body); err != nil {
			return err
		}
		encoding := "gzip"
		if own := req.Header.Get("Content-Encoding"); own != "" {
			encoding = own + ", gzip"
		}
		req.Header.Set("Content-Encoding", encoding)
	}
	if sum {
		md := md5.Sum(body) //nolint:gosec // as above
		req.Header.Set("Content-MD5", base64.StdEncoding.EncodeToString(md[:]))
	}
	set, err := req.SetStream(bytes.NewReader(body))
	if err == nil {
		*req = *set
	}
	return err
}

func zipped(body []byte) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(body); err != nil {
		return nil, err
	}
	err := z.Close()
	return b.Bytes(), err
}

// dropEmptyXML takes away the {} that smithy-go sends for a structure that is
// the whole body and is not given, also where bodies are XML.
func (op *Operation) dropEmptyXML(req *smithyhttp.Request) error {
	stream := req.GetStream()
	if stream == nil || op.service.model.Protocol != "rest-xml" || req.Header.Get("Content-Type") != "application/xml" {
		return nil
	}
	if n, ok, err := req.StreamLength(); err != nil || !ok || n != int64(len("{}")) {
		return err
	}
	body, err := io.ReadAll(stream)
	if err != nil {
		return err
	}
	if string(body) != "{}" {
		return req.RewindStream()
	}
	req.Header.Del("Content-Type")
	set, err := req.SetStream(nil)
	if err == nil {
		*req = *set
	}
	return err
}
