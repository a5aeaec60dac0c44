package awsemu

import (
	"strings"
)

// place is an account in a region: a namespace of functions and layers.
type place struct{ account, region string }

// arn gives the ARN of a Lambda resource of this place.
func (p place) arn(resource string) string {
	return "arn:" + partition(p.region) + ":lambda:" + p.region + ":" + p.account + ":" + resource
}

func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// latest is the version that can be changed.
const latest = "$LATEST"

// functionRef is a function, and where it was given a version or an alias.
type functionRef struct {
	place     place
	name      string
	qualifier string // "" where none was given
}

// arn is the function's own ARN, qualified where qualifier is not empty.
func (f functionRef) arn(qualifier string) string {
	resource := "function:" + f.name
	if qualifier != "" {
		resource += ":" + qualifier
	}
	return f.place.arn(resource)
}

func (f functionRef) notFound() *apiError {
	return notFound("Function not found: %s", f.arn(f.qualifier))
}

const functionPattern = `(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?`

var (
	regionName   = newPattern(`^[a-z]{2,}(-[a-z]+)+-\d{1,2}$`)
	functionName = newPattern(`^(?:arn:aws[a-z-]*:lambda:)?(?:([a-z]{2,}(?:-[a-z]+)+-\d{1,2}):)?(?:(\d{12}):)?(?:function:)?([\w-]+)(?::(\$LATEST|[\w-]+))?$`)
	layerName    = newPattern(`^(?:arn:aws[a-z-]*:lambda:([a-z0-9-]+):(\d{12}):layer:)?([\w-]+)$`)
	qualifierArg = newPattern(`^(?:\$LATEST|[\w-]+)$`)
)

// parseFunction reads a function name, a partial ARN or a full ARN, each with
// or without a qualifier, as seen from the caller's place. qualifier is the
// one that the request gives beside the name.
func parseFunction(from place, text, qualifier string) (functionRef, error) {
	m := functionName.FindStringSubmatch(text)
	if m == nil || len(text) > 170 {
		return functionRef{}, invalidMember(text, "functionName", "Member must satisfy regular expression pattern: "+functionPattern)
	}
	if len(m[3]) > 64 {
		return functionRef{}, invalidMember(m[3], "functionName", "Member must have length less than or equal to 64")
	}
	if region := m[1]; region != "" && region != from.region {
		return functionRef{}, notFound("Functions from '%s' are not reachable in this region ('%s')", region, from.region)
	}
	ref := functionRef{place: from, name: m[3], qualifier: m[4]}
	if m[2] != "" {
		ref.place.account = m[2]
	}
	return ref.qualified(qualifier)
}

// qualified adds the qualifier of the request to the one in the name.
func (f functionRef) qualified(qualifier string) (functionRef, error) {
	if qualifier == "" {
		return f, nil
	}
	if len(qualifier) > 128 || !qualifierArg.MatchString(qualifier) {
		return f, invalidMember(qualifier, "qualifier", `Member must satisfy regular expression pattern: \$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+`)
	}
	if f.qualifier != "" && f.qualifier != qualifier {
		return f, invalid("The derived qualifier from the function name does not match the specified qualifier.")
	}
	f.qualifier = qualifier
	return f, nil
}

// layerRef is a layer, without its version.
type layerRef struct {
	place place
	name  string
}

func (l layerRef) arn() string { return l.place.arn("layer:" + l.name) }

// parseLayer reads a layer's name or ARN as seen from the caller's place.
func parseLayer(from place, text string) (layerRef, error) {
	m := layerName.FindStringSubmatch(text)
	if m == nil || len(text) > 140 {
		return layerRef{}, invalidMember(text, "layerName", "Member must satisfy regular expression pattern: (arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+")
	}
	ref := layerRef{place: from, name: m[3]}
	if m[1] == "" {
		return ref, nil
	}
	if m[1] != from.region {
		return ref, notFound("Layers from '%s' are not reachable in this region ('%s')", m[1], from.region)
	}
	ref.place.account = m[2]
	return ref, nil
}
