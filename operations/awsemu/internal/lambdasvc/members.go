package lambdasvc

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// memberRule is what a text in an object that is kept as it came has to be: of
// a pattern, or one of some.
type memberRule struct {
	path  string // such as OnFailure.Destination
	match *regex.Late
	shown string // the pattern as AWS tells it
	known []string
}

const (
	resourcePattern = `(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()`
	// A destination is nothing, or this.
	destinationForm    = `kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)`
	destinationPattern = `$|` + destinationForm
	fileSystemPattern  = `arn:aws[a-zA-Z-]*:elasticfilesystem:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}:\d{12}:access-point/fsap-[a-f0-9]{17}$|^arn:aws[-a-z]*:s3files:[0-9a-z-:]+:file-system/fs-[0-9a-f]{17,40}/access-point/fsap-[0-9a-f]{17,40}`
	mountPattern       = `/mnt/[a-zA-Z0-9-_.]+`
	logGroupPattern    = `[\.\-_/#A-Za-z0-9]+`
)

var (
	destinationARN = &regex.Late{Text: `^(?:` + destinationForm + `)$`}
	fileSystemARN  = &regex.Late{Text: `^(?:` + fileSystemPattern + `)$`}
	mountPath      = &regex.Late{Text: `^` + mountPattern + `$`}
	logGroup       = &regex.Late{Text: `^` + logGroupPattern + `$`}
)

// checkObjects tells the first member that cannot be of those that are kept as
// they came.
func (in settingsInput) checkObjects() error {
	levels := []string{"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"}
	for _, of := range []struct {
		value  object
		member string
		rules  []memberRule
	}{
		{in.DeadLetterConfig, "deadLetterConfig", []memberRule{{"TargetArn", resourceARN, resourcePattern, nil}}},
		{in.TracingConfig, "tracingConfig", []memberRule{{path: "Mode", known: []string{"Active", "PassThrough"}}}},
		{in.SnapStart, "snapStart", []memberRule{{path: "ApplyOn", known: []string{"PublishedVersions", "None"}}}},
		{in.LoggingConfig, "loggingConfig", []memberRule{
			{path: "LogFormat", known: []string{"JSON", "Text"}},
			{path: "ApplicationLogLevel", known: levels},
			{path: "SystemLogLevel", known: []string{"DEBUG", "INFO", "WARN"}},
			{"LogGroup", logGroup, logGroupPattern, nil},
		}},
	} {
		if err := checkMembers(of.value, of.member, of.rules); err != nil {
			return err
		}
	}
	for _, one := range in.FileSystemConfigs {
		err := checkMembers(one, "fileSystemConfigs.1.member", []memberRule{
			{"Arn", fileSystemARN, fileSystemPattern, nil}, {"LocalMountPath", mountPath, mountPattern, nil},
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// checkMembers holds the texts of an object against rules. What is not there, or
// empty, is no mistake.
func checkMembers(value object, member string, rules []memberRule) error {
	for _, rule := range rules {
		text, _ := at(value, strings.Split(rule.path, ".")).(string)
		switch {
		case text == "":
		case rule.match != nil && !rule.match.Get().MatchString(text):
			return service.InvalidMember(text, member+"."+lowered(rule.path), "Member must satisfy regular expression pattern: "+rule.shown)
		case rule.match == nil && !slices.Contains(rule.known, text):
			return service.InvalidMember(text, member+"."+lowered(rule.path), "Member must satisfy enum value set: ["+strings.Join(rule.known, ", ")+"]")
		}
	}
	return nil
}

func at(value any, path []string) any {
	for _, name := range path {
		members, _ := value.(object)
		value = members[name]
	}
	return value
}

// lowered is a path as the messages of AWS have it: onFailure.destination.
func lowered(path string) string {
	parts := strings.Split(path, ".")
	for i, part := range parts {
		parts[i] = strings.ToLower(part[:1]) + part[1:]
	}
	return strings.Join(parts, ".")
}
