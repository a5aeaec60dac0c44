package lambdasvc

import (
	"slices"
	"strconv"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// layerVersion is LayerVersionsListItem and, with its Content, what the other
// operations on layer versions give.
type layerVersion struct {
	LayerArn                string `json:",omitempty"`
	LayerVersionArn         string
	Version                 int64
	Description             string
	CreatedDate             string
	CompatibleRuntimes      []string      `json:",omitempty"`
	CompatibleArchitectures []string      `json:",omitempty"`
	LicenseInfo             string        `json:",omitempty"`
	Content                 *layerContent `json:",omitempty"`
	policy                  *policy
	code                    code
}

// layerContent is LayerVersionContentOutput.
type layerContent struct {
	CodeSha256 string
	CodeSize   int64
	Location   string `json:",omitempty"` // where the zip can be fetched
}

// layer is a layer with its versions, oldest first.
type layer struct {
	versions []*layerVersion
	last     int64 // the highest version ever published
}

func (l *layer) codeSize() int64 {
	var size int64
	for _, v := range l.versions {
		size += v.Content.CodeSize
	}
	return size
}

// layerInput is the body of PublishLayerVersion.
type layerInput struct {
	Description             string
	LicenseInfo             string
	CompatibleRuntimes      []string
	CompatibleArchitectures []string
	Content                 codeInput
}

// check tells the first member that cannot be.
func (in layerInput) check() error {
	switch {
	case len([]rune(in.Description)) > 256:
		return service.InvalidMember(in.Description, "description", "Member must have length less than or equal to 256")
	case len(in.LicenseInfo) > 512:
		return service.InvalidMember(in.LicenseInfo, "licenseInfo", "Member must have length less than or equal to 512")
	case len(in.CompatibleRuntimes) > 15:
		return service.Invalid("a layer version has at most 15 compatible runtimes")
	case len(in.CompatibleArchitectures) > 2:
		return service.Invalid("a layer version has at most 2 compatible architectures")
	case in.Content.ImageURI != "":
		return service.Invalid("a layer cannot be an image")
	}
	return nil
}

func (r *realm) publishLayer(ref layerRef, in layerInput, loaded loadedCode) (layerVersion, error) {
	if err := r.hasRoom(loaded.CodeSize); err != nil {
		return layerVersion{}, err
	}
	return r.addLayerVersion(ref, layerVersion{
		Description: in.Description, LicenseInfo: in.LicenseInfo, Content: &loaded.layerContent, code: loaded.code,
		CompatibleRuntimes: in.CompatibleRuntimes, CompatibleArchitectures: in.CompatibleArchitectures,
	}, 0), nil
}

// addLayerVersion puts v into its layer, which it makes if need be. Number 0
// stands for the next one.
func (r *realm) addLayerVersion(ref layerRef, v layerVersion, number int64) layerVersion {
	l := r.layers[ref.name]
	if l == nil {
		l = &layer{}
		r.layers[ref.name] = l
	}
	if number == 0 {
		number = l.last + 1
	}
	l.last = max(l.last, number)
	v.Version, v.CreatedDate = number, r.timestamp()
	v.LayerArn = ref.arn()
	v.LayerVersionArn = ref.versionARN(number)
	l.versions = append(l.versions, &v)
	return v
}

func (l layerRef) versionARN(number int64) string {
	return l.arn() + ":" + strconv.FormatInt(number, 10)
}

// layerVersion finds a version that must exist.
func (r *realm) layerVersion(ref layerRef, number int64) (*layerVersion, error) {
	if l, ok := r.layers[ref.name]; ok {
		for _, v := range l.versions {
			if v.Version == number {
				return v, nil
			}
		}
	}
	return nil, service.NotFound("The resource you requested does not exist.")
}

func (r *realm) getLayerVersion(ref layerRef, number int64) (layerVersion, error) {
	v, err := r.layerVersion(ref, number)
	if err != nil {
		return layerVersion{}, err
	}
	return *v, nil
}

// layerByARN finds a layer version of this realm; nil is none.
func (r *realm) layerByARN(arn string) *layerVersion {
	for _, l := range r.layers {
		for _, v := range l.versions {
			if v.LayerVersionArn == arn {
				return v
			}
		}
	}
	return nil
}

// layerItem is LayersListItem.
type layerItem struct {
	LayerName             string
	LayerArn              string
	LatestMatchingVersion layerVersion
}

// listLayers returns the layers that have a version for what is asked, each with
// the newest such version.
func (r *realm) listLayers(runtime, architecture string) ([]layerItem, error) {
	list := []layerItem{}
	for _, name := range sortedKeys(r.layers) {
		ref := layerRef{place: r.place, name: name}
		versions, err := r.listLayerVersions(ref, runtime, architecture)
		if err != nil {
			return nil, err
		}
		if len(versions) > 0 {
			list = append(list, layerItem{LayerName: name, LayerArn: ref.arn(), LatestMatchingVersion: versions[0]})
		}
	}
	return list, nil
}

// deleteLayerVersion removes a version. As in AWS, one that is not there is as
// good as deleted, and its number is not given out again.
func (r *realm) deleteLayerVersion(ref layerRef, number int64) (struct{}, error) {
	if l, ok := r.layers[ref.name]; ok {
		l.versions = slices.DeleteFunc(l.versions, func(v *layerVersion) bool { return v.Version == number })
	}
	return struct{}{}, nil
}

// listLayerVersions returns the versions, newest first, as a list tells them:
// without the content and without the layer's own ARN.
func (r *realm) listLayerVersions(ref layerRef, runtime, architecture string) ([]layerVersion, error) {
	list := []layerVersion{}
	l, ok := r.layers[ref.name]
	if !ok {
		return list, nil
	}
	for _, v := range slices.Backward(l.versions) {
		if fits(runtime, v.CompatibleRuntimes) && fits(architecture, v.CompatibleArchitectures) {
			item := *v
			item.LayerArn, item.Content = "", nil
			list = append(list, item)
		}
	}
	return list, nil
}

func fits(wanted string, has []string) bool { return wanted == "" || slices.Contains(has, wanted) }

// layerPermission is the body of AddLayerVersionPermission.
type layerPermission struct {
	StatementID    string `json:"StatementId"`
	Action         string
	Principal      string
	OrganizationID string `json:"OrganizationId"`
	RevisionID     string `json:"-"` // of the query
}

func (in layerPermission) check() error {
	switch {
	case !statementID.Get().MatchString(in.StatementID):
		return service.InvalidMember(in.StatementID, "statementId", "Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)")
	case in.Action != "lambda:GetLayerVersion":
		return service.InvalidMember(in.Action, "action", "Member must satisfy regular expression pattern: lambda:GetLayerVersion")
	case in.Principal != "*" && !access.IsAccount(in.Principal) && !principalARN.Get().MatchString(in.Principal):
		return service.InvalidMember(in.Principal, "principal", `Member must satisfy regular expression pattern: \d{12}|\*|arn:(aws[a-zA-Z-]*):iam::\d{12}:root`)
	case in.OrganizationID != "" && !organizationID.Get().MatchString(in.OrganizationID):
		return service.InvalidMember(in.OrganizationID, "organizationId", "Member must satisfy regular expression pattern: o-[a-z0-9]{10,32}")
	case in.OrganizationID != "" && in.Principal != "*":
		return service.Invalid("An organization can only be given with the principal *.")
	}
	return nil
}

// layerGrant is the body of AddLayerVersionPermission's answer.
type layerGrant struct {
	Statement  string
	RevisionID string `json:"RevisionId"`
}

func (r *realm) addLayerPermission(ref layerRef, number int64, in layerPermission) (layerGrant, error) {
	if err := in.check(); err != nil {
		return layerGrant{}, err
	}
	v, err := r.layerVersion(ref, number)
	if err != nil {
		return layerGrant{}, service.NotFound("Layer version %s does not exist.", ref.versionARN(number))
	}
	s := statement{Sid: in.StatementID, Effect: "Allow", Principal: principal(in.Principal), Action: in.Action, Resource: v.LayerVersionArn}
	if in.OrganizationID != "" {
		s.Condition = map[string]map[string]string{"StringEquals": {"aws:PrincipalOrgID": in.OrganizationID}}
	}
	next, err := r.revision()
	if err != nil {
		return layerGrant{}, err
	}
	granted, err := v.policy.grant(s, in.RevisionID, next)
	if err != nil {
		return layerGrant{}, err
	}
	v.policy = granted
	return layerGrant{Statement: s.text(), RevisionID: granted.revision}, nil
}

func (r *realm) removeLayerPermission(ref layerRef, number int64, sid, revisionID string) (struct{}, error) {
	v, err := r.layerVersion(ref, number)
	if err != nil {
		return struct{}{}, service.NotFound("Layer version %s does not exist.", ref.versionARN(number))
	}
	next, err := r.revision()
	if err != nil {
		return struct{}{}, err
	}
	left, err := v.policy.revoke(sid, revisionID, next)
	if err != nil {
		return struct{}{}, err
	}
	v.policy = left
	return struct{}{}, nil
}

func (r *realm) layerPolicy(ref layerRef, number int64) (policyShape, error) {
	v, err := r.layerVersion(ref, number)
	if err != nil {
		return policyShape{}, err
	}
	return v.policy.shape()
}
