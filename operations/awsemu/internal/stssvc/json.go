package stssvc

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// wantsJSON reports whether a client asks for JSON, which STS has, too.
func wantsJSON(c *service.Call) bool {
	return strings.HasPrefix(c.HTTP.Header.Get("Accept"), "application/json")
}

// asJSON writes an answer in XML as STS writes the same in JSON.
func asJSON(out service.Answer) (service.Answer, error) {
	name, value, err := readTree(out.Body)
	if err != nil {
		return out, err
	}
	members, _ := value.(map[string]any)
	if name != "ErrorResponse" {
		members = map[string]any{name: value}
	}
	body, err := json.Marshal(members)
	out.Header = http.Header{"Content-Type": {"application/json"}}
	out.Body = body
	return out, err
}

// readTree reads an XML document as objects and texts.
func readTree(text []byte) (name string, value any, err error) {
	dec := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := dec.Token()
		if err != nil {
			return "", nil, err
		}
		if start, ok := token.(xml.StartElement); ok {
			value, err := readElement(dec, start.Name.Local)
			return start.Name.Local, value, err
		}
	}
}

func readElement(dec *xml.Decoder, name string) (any, error) {
	members, text := map[string]any{}, ""
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) || err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.StartElement:
			if members[t.Name.Local], err = readElement(dec, t.Name.Local); err != nil {
				return nil, err
			}
		case xml.CharData:
			text += string(t)
		case xml.EndElement:
			if len(members) > 0 || strings.HasSuffix(name, "Result") {
				return members, nil
			}
			return scalar(name, text), nil
		}
	}
}

// scalar returns a member the type that it has in JSON.
func scalar(name, text string) any {
	switch name {
	case "Expiration":
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			return at.Unix()
		}
	case "PackedPolicySize", "SessionTokenSize", "SessionTokenUtilization":
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	}
	return text
}
