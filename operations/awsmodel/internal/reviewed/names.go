package reviewed

import "strings"

// otherNames are what people call services beside the names in the data.
var otherNames = map[string][]string{
	"stepfunctions": {"states"},
	"cloudwatch":    {"monitoring"},
	"cognitoIdp":    {"cognito"},
	"ssm":           {"systemsManager"},
}

// Aliases returns other spellings of a service: the folder without its hyphens,
// AWS's service id as Go's modules spell it, and what people say.
func Aliases(name, folder, id string) []string {
	var list []string
	plain := strings.NewReplacer("-", "", " ", "").Replace
	for _, other := range append([]string{plain(folder), strings.ToLower(plain(id))}, otherNames[name]...) {
		if other != name && !contains(list, other) {
			list = append(list, other)
		}
	}
	return list
}

func contains(list []string, s string) bool {
	for _, have := range list {
		if have == s {
			return true
		}
	}
	return false
}
