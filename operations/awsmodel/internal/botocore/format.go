package botocore

import (
	"encoding/json"
)

// API is a service-2.json.
type API struct {
	Metadata struct {
		APIVersion, Protocol, JSONVersion, TargetPrefix string
		Protocols                                       []string
		SigningName, SignatureVersion, EndpointPrefix   string
		ServiceID, ServiceFullName, UID                 string
		Auth                                            []string
		XMLNamespace                                    namespace
		AWSQueryCompatible                              *struct{}
	}
	Operations map[string]operation
	Shapes     map[string]shape
}

// namespace is written as a URI or as an object.
type namespace struct{ URI, Prefix string }

// UnmarshalJSON reads either form.
func (n *namespace) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, &n.URI)
	}
	type plain namespace
	return json.Unmarshal(b, (*plain)(n))
}

type operation struct {
	Name string
	HTTP struct {
		Method, RequestURI string
		ResponseCode       int
	}
	Input *struct {
		Shape, LocationName string
		XMLNamespace        namespace
	}
	Output *struct {
		Shape, ResultWrapper string
	}
	Errors                []struct{ Shape string }
	Idempotent, Readonly  bool
	Deprecated            bool
	AuthType              string
	Auth                  []string
	UnsignedPayload       bool
	Endpoint              struct{ HostPrefix string }
	EndpointDiscovery     *struct{ Required bool }
	StaticContextParams   map[string]struct{ Value json.RawMessage }
	OperationContextParam map[string]struct{ Path string } `json:"operationContextParams"`
	RequestCompression    *struct{}
	HTTPChecksumRequired  bool
	HTTPChecksum          *struct {
		RequestAlgorithmMember, RequestValidationModeMember string
		RequestChecksumRequired                             bool
		ResponseAlgorithms                                  []string
	}
}

type shape struct {
	Type                       string
	Members                    map[string]member
	Member, Key, Value         *member
	Required                   []string
	Enum                       []string
	Pattern                    string
	Min, Max                   *number
	Sensitive, Union, Document bool
	Exception, Fault           bool
	Error                      *struct {
		Code           string
		HTTPStatusCode int
	}
	Retryable       *struct{ Throttling bool }
	Streaming       bool
	RequiresLength  bool
	EventStream     bool
	Event           bool
	Flattened       bool
	Sparse          bool
	TimestampFormat string
	LocationName    string
	Payload         string
	XMLNamespace    namespace
}

// number is a bound, which some services write as text.
type number float64

// UnmarshalJSON reads either form.
func (n *number) UnmarshalJSON(b []byte) error {
	if len(b) > 1 && b[0] == '"' {
		b = b[1 : len(b)-1]
	}
	return json.Unmarshal(b, (*float64)(n))
}

type member struct {
	Shape            string
	Location         string
	LocationName     string
	QueryName        string
	TimestampFormat  string
	XMLNamespace     namespace
	IdempotencyToken bool
	JSONValue        bool
	Flattened        bool
	Streaming        bool
	XMLAttribute     bool
	HostLabel        bool
	EventPayload     bool
	EventHeader      bool
	Deprecated       bool
	Document         bool
	ContextParam     struct{ Name string }
}

type paginators struct {
	Pagination map[string]struct {
		InputToken  oneOrMore `json:"input_token"`
		OutputToken oneOrMore `json:"output_token"`
		ResultKey   oneOrMore `json:"result_key"`
		MoreResults string    `json:"more_results"`
		LimitKey    string    `json:"limit_key"`
	}
}

// oneOrMore is a text or a list of texts.
type oneOrMore []string

// UnmarshalJSON reads either form.
func (l *oneOrMore) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		*l = []string{""}
		return json.Unmarshal(b, &(*l)[0])
	}
	return json.Unmarshal(b, (*[]string)(l))
}

type waiters struct {
	Waiters map[string]struct {
		Operation          string
		Delay, MaxAttempts int
		Acceptors          []struct {
			State, Matcher, Argument string
			Expected                 json.RawMessage
		}
	}
}
