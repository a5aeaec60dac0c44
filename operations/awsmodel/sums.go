package awsmodel

import (
	"crypto/sha1" //nolint:gosec // one of the sums that S3 takes
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"strings"

	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

// sums are the algorithms that S3 takes, by name.
func newSum(name string) hash.Hash {
	switch name {
	case "CRC32":
		return crc32.NewIEEE()
	case "CRC32C":
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case "CRC64NVME":
		return crc64.New(crc64.MakeTable(nvme))
	case "SHA1":
		return sha1.New() //nolint:gosec // as above
	case "SHA256":
		return sha256.New()
	case "SHA512":
		return sha512.New()
	default:
		return nil
	}
}

// nvme is the polynomial of CRC64NVME, reversed.
const nvme = 0x9a6c9329ac4bc9b5

// addSum puts the sum of a body into the head of the request, where the
// operation has one: the one that is asked for, or CRC32. Unlike the SDK, no
// body is sent in chunks for it: many stores that speak S3 cannot read those.
func (c *client) addSum(call *call, req *smithyhttp.Request) error {
	sum := call.op.model.Checksum
	if sum == nil || sum.Member == "" && !sum.Required || call.op.model.Input == model.None {
		return nil
	}
	for name := range req.Header {
		if strings.HasPrefix(name, "X-Amz-Checksum-") && name != "X-Amz-Checksum-Mode" && name != "X-Amz-Checksum-Type" &&
			name != "X-Amz-Checksum-Algorithm" {
			return nil
		}
	}
	algorithm, _ := call.params[spelled(sum.Member)].(string)
	if algorithm == "" && !sum.Required && !c.settings.sums {
		return nil
	}
	if algorithm == "" {
		algorithm = "CRC32"
	}
	h := newSum(algorithm)
	if h == nil {
		return fmt.Errorf("%s: the sum %s is unknown; use CRC32, CRC32C, CRC64NVME, SHA1, SHA256 or SHA512", spelled(sum.Member), algorithm)
	}
	if stream := req.GetStream(); stream != nil {
		if _, err := io.Copy(h, stream); err != nil {
			return fmt.Errorf("reading the body: %w", err)
		}
		if err := req.RewindStream(); err != nil {
			return fmt.Errorf("the body cannot be read twice: %w", err)
		}
	}
	req.Header.Set("X-Amz-Checksum-"+algorithm, base64.StdEncoding.EncodeToString(h.Sum(nil)))
	return nil
}

// answerSum is the sum of a body that S3 sends along.
type answerSum struct {
	hash      hash.Hash
	algorithm string
	want      string
}

// answerSums are tried in this order, the cheapest first.
var answerSums = []string{"CRC64NVME", "CRC32C", "CRC32", "SHA1", "SHA256", "SHA512"}

// sumOf returns the sum that an answer's body is to have; nil for none. That of
// the parts of an upload is not of the body.
func sumOf(result map[string]any) *answerSum {
	for _, name := range answerSums {
		want, _ := result["Checksum"+name].(string)
		if want != "" && !strings.Contains(want, "-") && result["ChecksumType"] != "COMPOSITE" {
			return &answerSum{hash: newSum(name), algorithm: name, want: want}
		}
	}
	return nil
}

// check compares the sum of what was read.
func (s *answerSum) check() error {
	if got := base64.StdEncoding.EncodeToString(s.hash.Sum(nil)); got != s.want {
		return damaged("the body's %s is %s, expected %s", s.algorithm, got, s.want)
	}
	return nil
}
