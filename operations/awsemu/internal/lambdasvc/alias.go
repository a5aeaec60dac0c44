package lambdasvc

import (
	"maps"
	"strconv"

	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// routing is RoutingConfig as Lambda sends it.
type routing struct {
	AdditionalVersionWeights map[string]float64
}

// aliasShape is AliasConfiguration as Lambda sends it.
type aliasShape struct {
	AliasArn        string
	Name            string
	FunctionVersion string
	Description     string
	RoutingConfig   *routing `json:",omitempty"`
	RevisionID      string   `json:"RevisionId"`
}

// alias is a name for a version, or for two that share its invocations.
type alias struct {
	aliasShape
	split split
}

// additional is the second version of the alias and its weight; "" is none.
func (a *aliasShape) additional() (number string, weight float64) {
	if a.RoutingConfig != nil {
		for n, w := range a.RoutingConfig.AdditionalVersionWeights { // at most one
			number, weight = n, w
		}
	}
	return number, weight
}

func (a *aliasShape) uses(number string) bool {
	second, _ := a.additional()
	return number == a.FunctionVersion || number == second
}

// pick returns the version that the next invocation goes to.
func (a *alias) pick() string {
	if number, weight := a.additional(); number != "" && a.split.additional(weight) {
		return number
	}
	return a.FunctionVersion
}

// aliasInput is the body of CreateAlias and UpdateAlias; nil is not given.
type aliasInput struct {
	Name            string
	FunctionVersion *string
	Description     *string
	RoutingConfig   *routing
	RevisionID      string `json:"RevisionId"`
}

var (
	aliasName     = &regex.Late{Text: `^[\w-]{1,128}$`}
	onlyDigits    = &regex.Late{Text: `^[0-9]+$`}
	versionNumber = &regex.Late{Text: `^(?:\$LATEST|[0-9]{1,18})$`}
)

// checkAliasName is about the characters alone.
func checkAliasName(name string) error {
	if !aliasName.Get().MatchString(name) || onlyDigits.Get().MatchString(name) {
		return service.InvalidMember(name, "name", "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)")
	}
	return nil
}

func (r *realm) createAlias(ref functionRef, in aliasInput) (aliasShape, error) {
	var none aliasShape
	if err := checkAliasName(in.Name); err != nil {
		return none, err
	}
	if in.FunctionVersion == nil {
		return none, service.Invalid("1 validation error detected: Value null at 'functionVersion' failed to satisfy constraint: Member must not be null")
	}
	f, err := r.function(ref)
	if err != nil {
		return none, err
	}
	if _, ok := f.aliases[in.Name]; ok {
		return none, service.Conflict("Alias already exists: %s", f.ref.arn(in.Name))
	}
	return r.putAlias(f, aliasShape{Name: in.Name, AliasArn: f.ref.arn(in.Name)}, in)
}

func (r *realm) updateAlias(ref functionRef, in aliasInput) (aliasShape, error) {
	f, a, err := r.alias(ref, in.Name)
	if err != nil {
		return aliasShape{}, err
	}
	if in.RevisionID != "" && in.RevisionID != a.RevisionID {
		return aliasShape{}, stale("GetAlias")
	}
	return r.putAlias(f, a.aliasShape, in)
}

// putAlias lays what is given over shape, checks the whole and keeps it.
func (r *realm) putAlias(f *function, shape aliasShape, in aliasInput) (aliasShape, error) {
	if in.FunctionVersion != nil {
		shape.FunctionVersion = *in.FunctionVersion
	}
	if in.Description != nil {
		shape.Description = *in.Description
	}
	if in.RoutingConfig != nil {
		shape.RoutingConfig = nil
		if weights := in.RoutingConfig.AdditionalVersionWeights; len(weights) > 0 {
			shape.RoutingConfig = &routing{AdditionalVersionWeights: maps.Clone(weights)}
		}
	}
	if err := f.checkAlias(shape); err != nil {
		return aliasShape{}, err
	}
	revision, err := r.revision()
	if err != nil {
		return aliasShape{}, err
	}
	shape.RevisionID = revision
	f.aliases[shape.Name] = &alias{aliasShape: shape}
	return shape, nil
}

// checkAlias checks an alias against the versions that there are.
func (f *function) checkAlias(a aliasShape) error {
	if !versionNumber.Get().MatchString(a.FunctionVersion) {
		return service.InvalidMember(a.FunctionVersion, "functionVersion", `Member must satisfy regular expression pattern: (\$LATEST(\.PUBLISHED)?|[0-9]+)`)
	}
	if len([]rune(a.Description)) > 256 {
		return service.InvalidMember(a.Description, "description", "Member must have length less than or equal to 256")
	}
	if _, err := f.version(a.FunctionVersion); err != nil {
		return err
	}
	if a.RoutingConfig == nil {
		return nil
	}
	return f.checkWeights(a)
}

func (f *function) checkWeights(a aliasShape) error {
	weights := a.RoutingConfig.AdditionalVersionWeights
	if len(weights) > 1 {
		return service.Invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
	}
	number, weight := a.additional()
	switch {
	case weight < 0 || weight > 1:
		return service.InvalidMember("{"+number+"="+strconv.FormatFloat(weight, 'g', -1, 64)+"}", "routingConfig.additionalVersionWeights",
			"Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0]")
	case a.FunctionVersion == latest || number == latest:
		return service.Invalid("$LATEST is not supported for an alias pointing to more than 1 version")
	case !versionNumber.Get().MatchString(number):
		return service.InvalidMember("{"+number+"}", "routingConfig.additionalVersionWeights",
			"Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [0-9]+]")
	case number == a.FunctionVersion:
		return service.Invalid("Invalid function version %s. Function version %s is already included in routing configuration.", number, number)
	}
	_, err := f.version(number)
	return err
}

// alias finds an alias of a function that must exist.
func (r *realm) alias(ref functionRef, name string) (*function, *alias, error) {
	if err := checkAliasName(name); err != nil {
		return nil, nil, err
	}
	f, err := r.function(ref)
	if err != nil {
		return nil, nil, err
	}
	if a, ok := f.aliases[name]; ok {
		return f, a, nil
	}
	return nil, nil, service.NotFound("Cannot find alias arn: %s", f.ref.arn(name))
}

func (r *realm) getAlias(ref functionRef, name string) (aliasShape, error) {
	_, a, err := r.alias(ref, name)
	if err != nil {
		return aliasShape{}, err
	}
	return a.aliasShape, nil
}

// deleteAlias removes an alias and its policy. As in AWS, one that is not
// there is as good as deleted.
func (r *realm) deleteAlias(ref functionRef, name string) (struct{}, error) {
	if err := checkAliasName(name); err != nil {
		return struct{}{}, err
	}
	if f, ok := r.functions[ref.name]; ok {
		delete(f.aliases, name)
		delete(f.policies, name)
		delete(f.events, name)
		delete(f.urls, name)
		delete(f.provisioned, name)
	}
	return struct{}{}, nil
}

// listAliases returns the aliases by name; of one version where number is set.
func (r *realm) listAliases(ref functionRef, number string) ([]aliasShape, error) {
	f, err := r.function(ref)
	if err != nil {
		return nil, err
	}
	list := []aliasShape{}
	for _, name := range sortedKeys(f.aliases) {
		if a := f.aliases[name]; number == "" || a.uses(number) {
			list = append(list, a.aliasShape)
		}
	}
	return list, nil
}
