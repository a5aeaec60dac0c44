package lambdasvc

import (
	"net/http"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// updateCodeInput is the body of UpdateFunctionCode.
type updateCodeInput struct {
	codeInput
	Architectures []string
	Publish       bool
	DryRun        bool
	RevisionID    string `json:"RevisionId"`
}

// updateSettingsInput is the body of UpdateFunctionConfiguration.
type updateSettingsInput struct {
	settingsInput
	RevisionID string `json:"RevisionId"`
}

func (r *realm) updateCode(ref functionRef, in updateCodeInput, loaded loadedCode) (configuration, error) {
	f, err := r.changeable(ref, in.RevisionID)
	if err != nil {
		return configuration{}, err
	}
	if err := frozen(f.latest.config.Runtime, r.clock()); err != nil {
		return configuration{}, err
	}
	if image := f.latest.config.PackageType == "Image"; image != (in.ImageURI != "") {
		return configuration{}, service.Invalid("Please don't provide %s when updating a function with packageType %s.",
			map[bool]string{true: "a zip file or an S3 object", false: "ImageUri"}[image], f.latest.config.PackageType)
	}
	if err := r.hasRoom(loaded.CodeSize); err != nil {
		return configuration{}, err
	}
	v, err := r.changed(f.latest)
	if err != nil {
		return configuration{}, err
	}
	v.code = loaded.code
	v.config.CodeSha256, v.config.CodeSize = loaded.CodeSha256, loaded.CodeSize
	if len(in.Architectures) > 0 {
		v.config.Architectures = in.Architectures
	}
	if in.DryRun {
		return r.view(v), nil
	}
	f.latest = v
	if n := len(f.published); in.Publish && n > 0 && sameBuild(f.published[n-1].config, v.config) {
		return r.view(f.published[n-1]), nil
	}
	if in.Publish {
		if v, err = r.publishNew(f, v); err != nil {
			return configuration{}, err
		}
	}
	return r.view(v), nil
}

func (r *realm) updateSettings(ref functionRef, in updateSettingsInput) (configuration, error) {
	if err := in.check(); err != nil {
		return configuration{}, err
	}
	f, err := r.changeable(ref, in.RevisionID)
	if err != nil {
		return configuration{}, err
	}
	if in.DurableConfig != nil && f.latest.config.DurableConfig == nil {
		return configuration{}, service.Invalid("You cannot add a durable configuration to an existing function.")
	}
	if in.Runtime != nil {
		err = retired(*in.Runtime, r.clock())
		if *in.Runtime == f.latest.config.Runtime {
			err = frozen(*in.Runtime, r.clock())
		}
	} else {
		err = frozen(f.latest.config.Runtime, r.clock())
	}
	if err != nil {
		return configuration{}, err
	}
	v, err := r.changed(f.latest)
	if err != nil {
		return configuration{}, err
	}
	if err := r.apply(in.settingsInput, &v.config); err != nil {
		return configuration{}, err
	}
	f.latest = v
	return r.view(v), nil
}

// changeable finds a function that may be changed now.
func (r *realm) changeable(ref functionRef, revisionID string) (*function, error) {
	if ref.qualifier != "" && ref.qualifier != latest {
		return nil, service.Invalid("This operation does not permit specifying a function qualifier.")
	}
	f, err := r.function(ref)
	if err != nil {
		return nil, err
	}
	if revisionID != "" && revisionID != f.latest.config.RevisionID {
		return nil, stale("GetFunction/GetFunctionConfiguration")
	}
	return f, r.settledNow(f.latest)
}

// settledNow refuses to work with a version that is being made or changed.
func (r *realm) settledNow(v *version) error {
	switch {
	case !r.clock().Before(v.settles):
		return nil
	case v.changing:
		return service.Conflict("The operation cannot be performed at this time. An update is in progress for resource: %s", v.config.FunctionArn)
	}
	return pending()
}

func pending() *service.APIError {
	return service.Conflict("The operation cannot be performed at this time. The function is currently in the following state: Pending")
}

// changed returns a copy of a version with a revision of its own.
func (r *realm) changed(v *version) (*version, error) {
	revision, err := r.revision()
	if err != nil {
		return nil, err
	}
	next := *v
	next.config.RevisionID, next.config.LastModified = revision, r.timestamp()
	next.settles, next.changing = r.settled(), true
	return &next, nil
}

// stale refuses a RevisionId that is no longer the latest; source is the
// operation that reads the latest.
func stale(source string) *service.APIError {
	return service.Failure("PreconditionFailedException", http.StatusPreconditionFailed,
		"The Revision Id provided does not match the latest Revision Id. Call the %s API to retrieve the latest Revision Id", source)
}
