// Package model holds what is known of AWS's services as data: operations,
// shapes and their bindings, without documentation.
//
// A [Service] is one service. [Encode] and [Decode] turn it into and out of
// the compact form in which the command carries all of them; [Open] finds the
// services of a file of that form.
package model

// Kind is the type of a shape.
type Kind uint8

// The kinds of shapes.
const (
	Structure Kind = iota
	List
	Map
	String
	Blob
	Boolean
	Integer // 32 bits
	Long    // 64 bits
	Float   // 32 bits
	Double  // 64 bits
	Timestamp
	kinds
)

// None stands for no shape.
const None = -1

// ShapeFlags are the marks of a shape.
type ShapeFlags uint32

// The marks of shapes.
const (
	Sensitive   ShapeFlags = 1 << iota // its values are secret
	Union                              // exactly one member is given
	Document                           // any JSON value
	Exception                          // an error of the service
	Fault                              // an error that is the service's own
	Retryable                          // an error that another attempt may not meet
	Throttling                         // an error that asks for fewer calls
	Streaming                          // a body that is not held in memory
	EventStream                        // a sequence of events
	Flattened                          // a list or map without an element around it
	Sparse                             // a list or map that may hold null
	NeedsLength                        // a stream whose length is sent first
	shapeFlagsEnd
)

// Shape is one type of a service.
type Shape struct {
	Kind  Kind
	Flags ShapeFlags
	// Name is the shape's own, kept where it is told to somebody: of errors,
	// of events, and of structures that are the root of an XML document.
	Name string
	// Wire is the name of the shape's XML element, where it is not Name.
	Wire string
	// Members are those of a Structure; the element of a List; key and value of
	// a Map.
	Members []Member
	// Payload is the index of the member that is the body of a request or
	// answer; None for none.
	Payload int
	// Enum are the values that AWS lists; services send others, too.
	Enum []string
	// Pattern is the regular expression that AWS documents, in Go's syntax.
	Pattern string
	// Min and Max bound a number, or the length of text, bytes, lists and maps;
	// nil for no bound.
	Min, Max *float64
	// TimestampFormat is iso8601, rfc822 or unixTimestamp; empty for the
	// protocol's own.
	TimestampFormat string
	// Code is what is sent for an error, where it is not Name.
	Code string
	// Status is the HTTP status of an error; 0 where unknown.
	Status int
	// Namespace is the XML namespace of the shape's element.
	Namespace Namespace
}

// Elem returns the element of a list or the value of a map.
func (s *Shape) Elem() *Member {
	if len(s.Members) == 0 {
		return nil
	}
	return &s.Members[len(s.Members)-1]
}

// Namespace is an XML namespace.
type Namespace struct{ URI, Prefix string }

// MemberFlags are the marks of a member.
type MemberFlags uint32

// The marks of members.
const (
	Required         MemberFlags = 1 << iota
	IdempotencyToken             // made up where it is not given
	JSONValue                    // a JSON value that is sent as text
	MemberFlattened              // see Flattened
	MemberStreaming              // see Streaming
	XMLAttribute                 // an attribute of the element
	HostLabel                    // stands in the name of the host
	EventPayload                 // the body of an event
	EventHeader                  // a header of an event
	Deprecated                   // AWS advises against it
	memberFlagsEnd
)

// Location says where in a request or an answer a member stands.
type Location uint8

// The places of members. InBody is the place of all others.
const (
	InBody Location = iota
	InURI
	InQuery
	InHeader
	InHeaders // a map whose keys follow a prefix
	InStatus
	locations
)

// Member is one member of a structure, or the element of a list or map.
type Member struct {
	Name     string // as AWS spells it; empty for an element
	Shape    int    // its index among the service's shapes
	Flags    MemberFlags
	Location Location
	// Wire is the name that is sent where it is not Name.
	Wire string
	// QueryName is the name in EC2's requests where it is not that of Wire.
	QueryName string
	// TimestampFormat takes the place of the shape's.
	TimestampFormat string
	Namespace       Namespace
	// ContextParam is the parameter of the endpoint rules that the member is.
	ContextParam string
}

// OperationFlags are the marks of an operation.
type OperationFlags uint32

// The marks of operations.
const (
	IdempotentMark    OperationFlags = 1 << iota // AWS says that twice is once
	ReadonlyMark                                 // AWS says that it changes nothing
	Unsigned                                     // called without a signature
	UnsignedPayload                              // the body is not part of the signature
	ChecksumRequired                             // a checksum of the body is always sent
	NeedsDiscovery                               // its endpoint must be asked for first
	CanDiscover                                  // its endpoint can be asked for
	Compressible                                 // its body may be sent compressed
	OperationObsolete                            // AWS advises against it
	S3Express                                    // reserved for sessions of S3 directories
	operationFlagsEnd
)

// Effect is what an operation does to the world, by the generator's rule and
// the reviewed list.
type Effect uint8

// The effects, in the order of package connector.
const (
	Mutating Effect = iota
	ReadOnly
	Idempotent
	effects
)

// Operation is one operation of a service.
type Operation struct {
	Name   string
	Flags  OperationFlags
	Effect Effect
	Method string
	URI    string
	Status int // of a success; 0 where nothing is said
	// Input and Output are indexes of shapes, or None.
	Input, Output int
	Errors        []int
	// Root and Namespace are the element that a request's XML is.
	Root       string
	Namespace  Namespace
	HostPrefix string   // "{AccountId}."; empty for none
	Auth       []string // takes the place of the service's; empty for that
	Checksum   *Checksum
	// Static are fixed parameters of the endpoint rules, as JSON by name.
	Static []Pair
	// Paths are parameters of the endpoint rules that stand at a path of the
	// input, by name.
	Paths  []Pair
	Paging *Paging
	// IAMAction is the permission that a call needs; empty where unknown.
	IAMAction string
}

// Pair is a name and what it stands for.
type Pair struct{ Name, Value string }

// Checksum says how the body of an operation is summed.
type Checksum struct {
	Member   string   // of the input, which names the algorithm
	Validate string   // of the input, which asks for sums of the answer
	Answer   []string // algorithms of the answer
	Required bool
}

// Paging says how an operation gives its pages.
type Paging struct {
	In, Out, Lists []string // members of the input, paths of the output
	More           string   // a flag of the output; empty for none
	Limit          string   // a member of the input; empty for none
	Guessed        bool     // found by name, not in the data
}

// Waiter says how to wait until something is so.
type Waiter struct {
	Name      string
	Operation string
	Delay     int // seconds between attempts
	Attempts  int
	Accept    []Acceptor
}

// Acceptor ends a wait, or lets it go on.
type Acceptor struct {
	State    string // success, failure or retry
	Matcher  string // path, pathAll, pathAny, status or error
	Argument string // a JMESPath expression
	Expected string // JSON
}

// Service is one service.
type Service struct {
	Name            string // canonical, lowerCamel
	Folder          string // that the data were read from
	ID              string // AWS's "service id"
	FullName        string
	UID             string // in addresses of documentation
	APIVersion      string
	Protocol        string // json, rest-json, rest-xml, query, ec2 or smithy-rpc-v2-cbor
	JSONVersion     string
	TargetPrefix    string
	SigningName     string
	EndpointPrefix  string
	IAMPrefix       string
	Namespace       string // of XML
	Auth            []string
	QueryCompatible bool
	Rules           int // index of the endpoint rules
	Shapes          []Shape
	Operations      []Operation // sorted by name
	Waiters         []Waiter
}

// Operation finds an operation by its name, or gives nil.
func (s *Service) Operation(name string) *Operation {
	lo, hi := 0, len(s.Operations)
	for lo < hi {
		mid := (lo + hi) / 2
		if s.Operations[mid].Name < name {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < len(s.Operations) && s.Operations[lo].Name == name {
		return &s.Operations[lo]
	}
	return nil
}
