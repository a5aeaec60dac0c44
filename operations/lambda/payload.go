package lambda

import (
	"encoding/base64"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// maxClientContext is what AWS takes of it, encoded, in bytes.
const maxClientContext = 3583

// payloadField takes any value; see payloadBytes. Another function's answer
// is taken as it came. It is not secret: a flow marks the step sensitive where
// it is.
func payloadField(name string, aliases ...string) *schema.Field {
	if name == "payload" {
		aliases = append(aliases, "Payload")
	}
	return &schema.Field{
		Name: name, Aliases: aliases, Type: schema.Any, Accept: schema.Accept{File: true, Payload: true}, Example: "{orderId: o-17}",
		Description: "What the function is called with: any value, encoded as JSON. Text that is a whole JSON object " +
			"or array, bytes, another function's answer, and {file: path} are sent as they are.",
	}
}

func required(f *schema.Field) *schema.Field {
	f.Required = true
	return f
}

func payloadResult() *schema.Field {
	return &schema.Field{
		Name: "Payload", Type: schema.Any, Nullable: true, Accept: schema.Accept{Payload: true},
		Description: "The function's answer: decoded where it is JSON, otherwise text, otherwise bytes.",
	}
}

func clientContext(alias string) schema.Field {
	return schema.Field{
		Aliases: []string{alias}, Secret: true, MaxLength: length(maxClientContext), Accept: schema.Accept{Coerce: encodeContext},
		Description: "Data about the caller for the function's context: an object, encoded for you, or base64 text. " +
			"At most 3583 bytes encoded.",
	}
}

// encodeContext turns an object, or text that is no base64, into base64.
func encodeContext(v any) (any, error) {
	switch x := v.(type) {
	case map[string]any:
		text, err := value.EncodeJSON(x)
		return base64.StdEncoding.EncodeToString(text), err
	case string:
		if _, err := base64.StdEncoding.DecodeString(x); err != nil {
			if value.IsJSONDocument([]byte(x)) {
				return base64.StdEncoding.EncodeToString([]byte(x)), nil
			}
			return nil, errors.New("expected an object, or base64 text")
		}
	}
	return v, nil
}

// payloadBytes returns the bytes that a payload is sent as.
func payloadBytes(v any) ([]byte, error) {
	switch x := v.(type) {
	case []byte:
		return x, nil
	case string:
		if text := []byte(x); value.IsJSONDocument(text) {
			return text, nil
		}
	case *value.Payload:
		if x.IsJSON() {
			return x.Borrow(), nil // which the call returns that sends it and is over
		}
		if !utf8.Valid(x.Bytes()) {
			return x.Bytes(), nil
		}
	}
	return value.EncodePayload(v)
}

func decodeLog(v any) any {
	text, ok := v.(string)
	if !ok {
		return nil
	}
	log, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return text
	}
	return strings.ToValidUTF8(string(log), "\uFFFD")
}
