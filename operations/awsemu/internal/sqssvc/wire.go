package sqssvc

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

const jsonType = "application/x-amz-json-1.0"

// isJSON reports whether a request is one of the JSON protocol.
func isJSON(c *service.Call) bool { return IsCall(c.HTTP) }

// decode reads what was asked for, in the protocol of the request.
func decode(c *service.Call, in any) error {
	text := c.Body
	if !isJSON(c) {
		text = formJSON(c.Form)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		text = []byte("{}")
	}
	err := json.Unmarshal(text, in)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong) && !isJSON(c):
		return invalid("Value %s for parameter %s is invalid.", wrong.Value, wrong.Field)
	case err != nil:
		return failure("SerializationException", "the request is not what the operation takes: %v", err)
	}
	return nil
}

// Encode writes a result in the protocol of the request.
func (a *API) Encode(c *service.Call, op service.Operation, result any) (service.Answer, error) {
	out := service.Answer{Status: op.Status, Header: http.Header{}}
	if isJSON(c) {
		out.Header.Set("Content-Type", jsonType)
		if result == nil {
			return out, nil
		}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		err := enc.Encode(result)
		out.Body = bytes.TrimSuffix(b.Bytes(), []byte("\n"))
		return out, err
	}
	out.Header.Set("Content-Type", "text/xml")
	var b bytes.Buffer
	enc := xml.NewEncoder(&b)
	root := element(op.Name + "Response")
	root.Attr = []xml.Attr{{Name: xml.Name{Local: "xmlns"}, Value: namespace}}
	meta := struct{ RequestId string }{c.RequestID} //nolint:revive // the wire's spelling
	err := enc.EncodeToken(root)
	if result != nil {
		err = errors.Join(err, enc.EncodeElement(result, element(op.Name+"Result")))
	}
	err = errors.Join(err, enc.EncodeElement(meta, element("ResponseMetadata")), enc.EncodeToken(root.End()), enc.Close())
	out.Body = b.Bytes()
	return out, err
}

func element(name string) xml.StartElement { return xml.StartElement{Name: xml.Name{Local: name}} }

// texts is a map of the wire: an object in JSON, pairs of a name and a value in XML.
type texts map[string]string

// MarshalXML writes one element for each entry, with Name or Key and Value.
func (m texts) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		pair := struct {
			Name  string `xml:"Name,omitempty"`
			Key   string `xml:"Key,omitempty"`
			Value string
		}{Value: m[name]}
		if start.Name.Local == "Tag" {
			pair.Key = name
		} else {
			pair.Name = name
		}
		if err := e.EncodeElement(pair, start); err != nil {
			return err
		}
	}
	return nil
}

// attributes are those of a message.
type attributes map[string]attribute

// attribute is a value of a message with its type.
type attribute struct {
	DataType    string
	StringValue *string `json:",omitempty" xml:",omitempty"`
	BinaryValue []byte  `json:",omitempty" xml:"-"`
}

// MarshalXML writes one element for each attribute.
func (m attributes) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		type content struct {
			DataType    string
			StringValue *string `xml:",omitempty"`
			BinaryValue *string `xml:",omitempty"`
		}
		one := struct {
			Name  string
			Value content
		}{Name: name, Value: content{DataType: m[name].DataType, StringValue: m[name].StringValue}}
		if m[name].binary() {
			text, _ := json.Marshal(m[name].BinaryValue) // base64, in quotes
			plain := strings.Trim(string(text), `"`)
			one.Value.BinaryValue = &plain
		}
		if err := e.EncodeElement(one, start); err != nil {
			return err
		}
	}
	return nil
}

// formOf reads the parameters of a request of the query protocol.
func formOf(c *service.Call) (url.Values, *service.APIError) {
	if c.HTTP.Method == http.MethodGet {
		return c.Query, nil
	}
	form, err := url.ParseQuery(string(c.Body))
	if err != nil {
		return nil, failure("MalformedQueryString", "The query string contains a syntax error")
	}
	return form, nil
}

// subjectOf returns the name of the queue that a request is about; empty where it
// cannot be read.
func subjectOf(c *service.Call) string {
	var in struct{ QueueUrl, QueueName string } //nolint:revive // the wire's spelling
	if isJSON(c) {
		if json.Unmarshal(c.Body, &in) != nil {
			return ""
		}
	} else {
		in.QueueUrl, in.QueueName = c.Form.Get("QueueUrl"), c.Form.Get("QueueName")
	}
	if in.QueueUrl == "" {
		return in.QueueName
	}
	return in.QueueUrl[strings.LastIndexByte(in.QueueUrl, '/')+1:]
}
