package lambdasvc

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/durable"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/reply"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// object is a member that is kept and given back as it came.
type object = map[string]any

// configuration is FunctionConfiguration as Lambda sends it. It is never
// changed in place: an update puts a new one in the old one's stead.
type configuration struct {
	FunctionName       string
	FunctionArn        string
	Runtime            string `json:",omitempty"`
	Role               string
	Handler            string `json:",omitempty"`
	CodeSize           int64
	Description        string
	Timeout            int
	MemorySize         int
	LastModified       string
	CodeSha256         string
	Version            string
	VpcConfig          object           `json:",omitempty"`
	DeadLetterConfig   object           `json:",omitempty"`
	Environment        *environment     `json:",omitempty"`
	KMSKeyArn          string           `json:",omitempty"`
	TracingConfig      object           `json:",omitempty"`
	RevisionID         string           `json:"RevisionId"`
	Layers             []layerReference `json:",omitempty"`
	State              string
	StateReason        string   `json:",omitempty"`
	StateReasonCode    string   `json:",omitempty"`
	LastUpdateStatus   string   `json:",omitempty"`
	UpdateReason       string   `json:"LastUpdateStatusReason,omitempty"`
	UpdateReasonCode   string   `json:"LastUpdateStatusReasonCode,omitempty"`
	FileSystemConfigs  []object `json:",omitempty"`
	PackageType        string
	ImageConfig        object `json:"ImageConfigResponse,omitempty"`
	Architectures      []string
	EphemeralStorage   object
	SnapStart          object
	LoggingConfig      object          `json:",omitempty"`
	CapacityProvider   object          `json:"CapacityProviderConfig,omitempty"`
	DurableConfig      *durable.Config `json:",omitempty"`
	TenancyConfig      object          `json:",omitempty"`
	RuntimeVersionInfo object          `json:"RuntimeVersionConfig,omitempty"`
}

type environment struct {
	Variables map[string]string
}

type layerReference struct {
	Arn      string
	CodeSize int64
}

// version is one state of a function: $LATEST or a published one.
type version struct {
	config   configuration // its states are for view to tell
	code     code
	settles  time.Time // until then it is being made, or changed
	changing bool
}

// code is what a version runs: one of these, or nothing.
type code struct {
	Archive  string `json:",omitempty"` // the hash of a zip
	ImageURI string `json:",omitempty"` // kept, not run
	// Declared is the version of the functions file whose code this is; what
	// that is stands in the members below.
	Declared string `json:",omitempty"`
	folder   string
	reply    *reply.Reply
	handler  Handler
}

// empty says whether there is nothing to run.
func (c code) empty() bool {
	return c.Archive == "" && c.ImageURI == "" && c.folder == "" && c.reply == nil && c.handler == nil
}

// creating is what AWS gives as the reason of both unsettled states.
const creating, creatingCode = "The function is being created.", "Creating"

// view is the configuration of a version with its states as they are now.
func (r *realm) view(v *version) configuration {
	c := v.config
	c.State, c.LastUpdateStatus = "Active", "Successful"
	switch {
	case !r.clock().Before(v.settles):
	case v.changing:
		c.LastUpdateStatus, c.UpdateReason, c.UpdateReasonCode = "InProgress", creating, creatingCode
	default:
		c.State, c.StateReason, c.StateReasonCode = "Pending", creating, creatingCode
		c.LastUpdateStatus = ""
	}
	return c
}

// function is a function with all that hangs on it.
type function struct {
	ref       functionRef // unqualified
	latest    *version
	published []*version // by number
	last      int        // the highest number ever published
	aliases   map[string]*alias
	policies  map[string]*policy // by qualifier
	tags      map[string]string
	reserved  *int                   // concurrency that is set aside; nil: none
	events    map[string]eventConfig // by qualifier
	urls      map[string]urlConfig   // by alias; "" is the function's own
	running   int                    // invocations under way
	busy      map[string]int         // of them in provisioned concurrency, by version

	provisioned map[string]provisionedConfig // by version or alias
}

// function finds a function by its name, whatever the qualifier.
func (r *realm) function(ref functionRef) (*function, error) {
	if f, ok := r.functions[ref.name]; ok {
		return f, nil
	}
	return nil, ref.notFound()
}

// version finds a version by its number or $LATEST; an alias is none.
func (f *function) version(number string) (*version, error) {
	if number == latest {
		return f.latest, nil
	}
	for _, v := range f.published {
		if v.config.Version == number {
			return v, nil
		}
	}
	return nil, service.NotFound("Function not found: %s", f.ref.arn(number))
}

// resolve finds what a qualifier stands for, without counting it as an
// invocation: an alias gives its main version.
func (f *function) resolve(qualifier string) (*version, error) {
	if qualifier == "" {
		return f.latest, nil
	}
	if a, ok := f.aliases[qualifier]; ok {
		return f.version(a.FunctionVersion)
	}
	return f.version(qualifier)
}

// resolve finds a function, and what its qualifier stands for; both are nil
// where one of them is not there.
func (r *realm) resolve(ref functionRef) (*function, *version, error) {
	f, err := r.function(ref)
	if err != nil {
		return nil, nil, err
	}
	v, err := f.resolve(ref.qualifier)
	if err != nil {
		return nil, nil, err
	}
	return f, v, nil
}

// configured is the configuration as seen through a qualifier: the ARN is the
// one that was asked for.
func (r *realm) configured(ref functionRef) (configuration, error) {
	_, v, err := r.resolve(ref)
	if err != nil {
		return configuration{}, err
	}
	return r.viewAs(ref, v), nil
}

// viewAs is view for who has asked for ref.
func (r *realm) viewAs(ref functionRef, v *version) configuration {
	config := r.view(v)
	config.FunctionArn = ref.arn(ref.qualifier)
	return config
}

func (f *function) codeSize() int64 {
	size := f.latest.config.CodeSize
	for _, v := range f.published {
		size += v.config.CodeSize
	}
	return size
}

// publishInput is the body of PublishVersion.
type publishInput struct {
	CodeSha256  string
	Description *string
	RevisionID  string `json:"RevisionId"`
}

// publish freezes $LATEST under the next number. Where nothing has changed
// since the last one, that one is the answer, as in AWS.
func (r *realm) publish(ref functionRef, in publishInput) (configuration, error) {
	f, err := r.function(ref)
	if err != nil {
		return configuration{}, err
	}
	current := f.latest.config
	if in.CodeSha256 != "" && in.CodeSha256 != current.CodeSha256 {
		return configuration{}, service.Invalid("CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). Please try again with the CodeSHA256 in $LATEST.", in.CodeSha256, current.CodeSha256)
	}
	if in.RevisionID != "" && in.RevisionID != current.RevisionID {
		return configuration{}, stale("GetFunction/GetFunctionConfiguration")
	}
	if err := r.settledNow(f.latest); err != nil {
		return configuration{}, err
	}
	if n := len(f.published); n > 0 && sameBuild(f.published[n-1].config, current) {
		return r.view(f.published[n-1]), nil
	}
	v, err := r.publishNew(f, f.latest)
	if err != nil {
		return configuration{}, err
	}
	if in.Description != nil {
		v.config.Description = *in.Description
	}
	return r.view(v), nil
}

// publishNew freezes v under the next number.
func (r *realm) publishNew(f *function, v *version) (*version, error) {
	frozen, err := r.freeze(f, v, strconv.Itoa(f.last+1))
	if err != nil {
		return nil, err
	}
	frozen.settles, frozen.changing = r.settled(), false
	return frozen, nil
}

// freeze adds a copy of v to the published versions.
func (r *realm) freeze(f *function, v *version, number string) (*version, error) {
	revision, err := r.revision()
	if err != nil {
		return nil, err
	}
	frozen := *v
	frozen.config.Version = number
	frozen.config.FunctionArn = f.ref.arn(number)
	frozen.config.RevisionID = revision
	frozen.config.LastModified = r.timestamp()
	f.published = append(f.published, &frozen)
	slices.SortFunc(f.published, func(a, b *version) int { return cmp.Compare(a.number(), b.number()) })
	f.last = max(f.last, frozen.number())
	return &frozen, nil
}

// number orders versions; $LATEST comes before all.
func (v *version) number() int {
	n, _ := strconv.Atoi(v.config.Version)
	return n
}

// sameBuild says whether two versions differ only in what publishing changes.
func sameBuild(a, b configuration) bool {
	for _, c := range []*configuration{&a, &b} {
		c.Version, c.FunctionArn, c.RevisionID, c.LastModified, c.Description = "", "", "", "", ""
	}
	return reflect.DeepEqual(a, b)
}

// remove deletes a function, or one version of it.
func (r *realm) remove(ref functionRef) (struct{}, error) {
	var none struct{}
	f, err := r.function(ref)
	if err != nil {
		return none, err
	}
	switch {
	case ref.qualifier == "":
		delete(r.functions, ref.name)
		return none, nil
	case ref.qualifier == latest:
		return none, service.Invalid("$LATEST version cannot be deleted without deleting the function.")
	case f.aliases[ref.qualifier] != nil:
		return none, service.Invalid("Deletion of aliases is not currently supported.")
	}
	if _, err := f.version(ref.qualifier); err != nil {
		return none, err
	}
	for _, name := range sortedKeys(f.aliases) {
		if f.aliases[name].uses(ref.qualifier) {
			return none, service.Conflict("Version %s is still used by the alias %s.", ref.qualifier, f.aliases[name].AliasArn)
		}
	}
	f.published = slices.DeleteFunc(f.published, func(v *version) bool { return v.config.Version == ref.qualifier })
	delete(f.policies, ref.qualifier)
	delete(f.events, ref.qualifier)
	delete(f.provisioned, ref.qualifier)
	return none, nil
}
