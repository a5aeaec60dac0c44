package lambdasvc

import (
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// createInput is the body of CreateFunction.
type createInput struct {
	settingsInput
	FunctionName           string
	Publish                bool
	PackageType            string
	Tags                   map[string]string
	Architectures          []string
	CapacityProviderConfig object
	TenancyConfig          object
	Code                   *codeInput
}

// check tells the first member that cannot be.
func (in createInput) check() error {
	switch {
	case in.Role == nil:
		return missingMember("role")
	case in.Code == nil:
		return missingMember("code")
	case in.PackageType != "" && in.PackageType != "Zip" && in.PackageType != "Image":
		return service.InvalidMember(in.PackageType, "packageType", "Member must satisfy enum value set: [Zip, Image]")
	case in.PackageType != "Image" && (empty(in.Runtime) || empty(in.Handler)):
		return service.Invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	case in.PackageType == "Image" && in.Code.ImageURI == "":
		return service.Invalid("Please provide ImageUri when updating a function with packageType Image.")
	}
	if err := checkFunctionTags(in.Tags); err != nil {
		return err
	}
	if err := in.DurableConfig.checkNew(in.Runtime, in.PackageType); err != nil {
		return err
	}
	return in.settingsInput.check()
}

func empty(text *string) bool { return text == nil || *text == "" }

func missingMember(member string) *service.APIError {
	return service.Invalid("1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null", member)
}

func (r *realm) create(ref functionRef, in createInput, loaded loadedCode) (configuration, error) {
	if _, ok := r.functions[ref.name]; ok {
		return configuration{}, service.Conflict("Function already exist: %s", ref.name)
	}
	if in.Runtime != nil {
		if err := retired(*in.Runtime, r.clock()); err != nil {
			return configuration{}, err
		}
	}
	if err := r.hasRoom(loaded.CodeSize); err != nil {
		return configuration{}, err
	}
	f := newFunction(ref)
	f.tags = in.Tags
	v, err := r.newVersion(ref, in, loaded)
	if err != nil {
		return configuration{}, err
	}
	f.latest = v
	if in.Publish {
		if v, err = r.freeze(f, v, "1"); err != nil {
			return configuration{}, err
		}
	}
	r.functions[ref.name] = f
	return r.view(v), nil
}

func newFunction(ref functionRef) *function {
	ref.qualifier = ""
	return &function{
		ref: ref, aliases: map[string]*alias{}, policies: map[string]*policy{}, events: map[string]eventConfig{},
		urls: map[string]urlConfig{}, busy: map[string]int{}, provisioned: map[string]provisionedConfig{},
	}
}

// newVersion makes the $LATEST of a new function.
func (r *realm) newVersion(ref functionRef, in createInput, loaded loadedCode) (*version, error) {
	config, err := r.newConfiguration(ref)
	if err != nil {
		return nil, err
	}
	if err := r.apply(in.settingsInput, &config); err != nil {
		return nil, err
	}
	config.CapacityProvider, config.TenancyConfig = in.CapacityProviderConfig, in.TenancyConfig
	if in.PackageType != "" {
		config.PackageType = in.PackageType
	}
	if len(in.Architectures) > 0 {
		config.Architectures = in.Architectures
	}
	config.CodeSha256, config.CodeSize = loaded.CodeSha256, loaded.CodeSize
	return &version{config: config, code: loaded.code, settles: r.settled()}, nil
}

// settled is when what changes now will have settled.
func (r *realm) settled() time.Time { return r.clock().Add(r.settling) }

// newConfiguration is what AWS gives a function about which nothing is said.
func (r *realm) newConfiguration(ref functionRef) (configuration, error) {
	revision, err := r.revision()
	return configuration{
		FunctionName: ref.name, FunctionArn: ref.arn(""), Version: latest,
		Timeout: 3, MemorySize: 128,
		LastModified: r.timestamp(), RevisionID: revision,
		PackageType: "Zip", Architectures: []string{"x86_64"},
		EphemeralStorage: object{"Size": 512},
		SnapStart:        object{"ApplyOn": "None", "OptimizationStatus": "Off"},
		TracingConfig:    object{"Mode": "PassThrough"},
	}, err
}

// hasRoom refuses code for which the account has no storage left.
func (r *realm) hasRoom(size int64) error {
	if r.codeSize()+size > totalCodeLimit {
		return service.Failure("CodeStorageExceededException", 400, "Code storage limit exceeded.")
	}
	return nil
}
