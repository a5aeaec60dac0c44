package direct

import (
	"slices"

	"github.com/aws/smithy-go/middleware"
)

// Where the SDK's middleware comes from. own stands for the client's package.
const (
	own        = "."
	fromAWS    = "github.com/aws/aws-sdk-go-v2/aws/middleware"
	fromHTTP   = "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	fromRetry  = "github.com/aws/aws-sdk-go-v2/aws/retry"
	fromSigV4  = "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	fromSmithy = "github.com/aws/smithy-go/transport/http"
)

// member is one middleware: its name, and the package of its type.
type member struct{ id, pkg string }

// The middleware of an operation that needs nothing special, in order. Most
// operations also check their input.
var (
	checksInput = []member{{"OperationInputValidation", own}}
	serializes  = []member{{"setOperationInput", own}, {"ResolveEndpoint", own}, {"OperationSerializer", own}}
	builds      = []member{{"ClientRequestID", fromAWS}, {"UserAgent", fromAWS}, {"RecursionDetection", fromAWS}}
	finalizes   = []member{
		{"InterceptBeforeRetryLoop", fromSmithy},
		{"Retry", fromRetry},
		{"InterceptAttempt", fromSmithy},
		{"ResolveAuthScheme", own},
		{"GetIdentity", own},
		{"ResolveEndpointV2", own},
		{"disableHTTPS", own},
		{"ComputePayloadHash", fromSigV4},
		{"setLegacyContextSigningOptions", own},
		{"Signing", own},
	}
	deserializes = []member{
		{"AddRawResponseToMetadata", fromAWS},
		{"ResponseErrorWrapper", fromHTTP},
		{"RequestIDRetriever", fromAWS},
		{"OperationDeserializer", own},
		{"RecordResponseTiming", fromAWS},
		{"RequestResponseLogger", fromSmithy},
	}
)

// knowsStack is true for a stack of exactly the middleware above, and the
// client's own around it.
func (c *Client) knowsStack(s *middleware.Stack) bool {
	initialize := membersOf(s.Initialize, c.Package)
	finalize := membersOf(s.Finalize, c.Package)
	if c.Renewer != nil {
		first, ok := s.Finalize.Get(c.Renewer.ID())
		if !ok || first != c.Renewer || finalize[0].id != c.Renewer.ID() {
			return false
		}
		finalize = finalize[1:]
	}
	return (len(initialize) == 0 || slices.Equal(initialize, checksInput)) &&
		slices.Equal(membersOf(s.Serialize, c.Package), serializes) &&
		slices.Equal(membersOf(s.Build, c.Package), builds) &&
		slices.Equal(finalize, finalizes) &&
		slices.Equal(membersOf(s.Deserialize, c.Package), deserializes)
}

// step is one step of a stack.
type step[M any] interface {
	List() []string
	Get(id string) (M, bool)
}

func membersOf[M any](s step[M], pkg string) []member {
	var list []member
	for _, id := range s.List() {
		m, _ := s.Get(id)
		from := packageOf(m)
		if from == pkg {
			from = own
		}
		list = append(list, member{id, from})
	}
	return list
}
