package lambdasvc

import (
	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// lambdaARN returns the ARN of a Lambda resource of a place.
func lambdaARN(p service.Place, resource string) string {
	return "arn:" + service.Partition(p.Region) + ":lambda:" + p.Region + ":" + p.Account + ":" + resource
}

// latest is the version that can be changed.
const latest = "$LATEST"

// functionRef is a function, and where it was given a version or an alias.
type functionRef struct {
	place     service.Place
	name      string
	qualifier string // "" where none was given
}

// arn is the function's own ARN, qualified where qualifier is not empty.
func (f functionRef) arn(qualifier string) string {
	resource := "function:" + f.name
	if qualifier != "" {
		resource += ":" + qualifier
	}
	return lambdaARN(f.place, resource)
}

func (f functionRef) notFound() *service.APIError {
	return service.NotFound("Function not found: %s", f.arn(f.qualifier))
}

const functionPattern = `(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?`

var (
	functionName = &regex.Late{Text: `^(?:arn:(aws[a-zA-Z-]*):lambda:)?(?:([a-z]{2,}(?:-[a-z]+)+-\d{1,2}):)?(?:(\d{12}):)?(?:function:)?([\w-]+)(?::(\$LATEST|[\w-]+))?$`}
	layerName    = &regex.Late{Text: `^(?:arn:aws[a-z-]*:lambda:([a-z0-9-]+):(\d{12}):layer:)?([\w-]+)$`}
	qualifierArg = &regex.Late{Text: `^(?:\$LATEST|[\w-]+)$`}
)

// parseFunction reads a function name, a partial ARN or a full ARN, each with
// or without a qualifier, as seen from the caller's place. qualifier is the
// one that the request gives beside the name.
func parseFunction(from service.Place, text, qualifier string) (functionRef, error) {
	m := functionName.Get().FindStringSubmatch(text)
	if m == nil || len(text) > 170 {
		return functionRef{}, service.InvalidMember(text, "functionName", "Member must satisfy regular expression pattern: "+functionPattern)
	}
	partition, region, account, name := m[1], m[2], m[3], m[4]
	if len(name) > 64 {
		return functionRef{}, service.InvalidMember(name, "functionName", "Member must have length less than or equal to 64")
	}
	if region != "" && region != from.Region {
		return functionRef{}, service.NotFound("Functions from '%s' are not reachable in this region ('%s')", region, from.Region)
	}
	ref := functionRef{place: from, name: name, qualifier: m[5]}
	if account != "" {
		ref.place.Account = account
	}
	if partition != "" && partition != service.Partition(from.Region) {
		return functionRef{}, service.NotFound("Function not found: %s", text)
	}
	return ref.qualified(qualifier)
}

// qualified adds the qualifier of the request to the one in the name.
func (f functionRef) qualified(qualifier string) (functionRef, error) {
	if qualifier == "" {
		return f, nil
	}
	if len(qualifier) > 128 || !qualifierArg.Get().MatchString(qualifier) {
		return f, service.InvalidMember(qualifier, "qualifier", `Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`)
	}
	if f.qualifier != "" && f.qualifier != qualifier {
		return f, service.Invalid("The derived qualifier from the function name does not match the specified qualifier.")
	}
	f.qualifier = qualifier
	return f, nil
}

// layerRef is a layer, without its version.
type layerRef struct {
	place service.Place
	name  string
}

func (l layerRef) arn() string { return lambdaARN(l.place, "layer:"+l.name) }

// parseLayer reads a layer's name or ARN as seen from the caller's place.
func parseLayer(from service.Place, text string) (layerRef, error) {
	m := layerName.Get().FindStringSubmatch(text)
	if m == nil || len(text) > 140 {
		return layerRef{}, service.InvalidMember(text, "layerName", "Member must satisfy regular expression pattern: (arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+")
	}
	ref := layerRef{place: from, name: m[3]}
	if m[1] == "" {
		return ref, nil
	}
	if m[1] != from.Region {
		return ref, service.NotFound("Layers from '%s' are not reachable in this region ('%s')", m[1], from.Region)
	}
	ref.place.Account = m[2]
	return ref, nil
}

// BareName is the name of a function in whatever way it was written.
func BareName(subject string) string {
	if m := functionName.Get().FindStringSubmatch(subject); m != nil {
		return m[4]
	}
	return subject
}
