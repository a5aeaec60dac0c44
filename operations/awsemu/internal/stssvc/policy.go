package stssvc

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// packedLimit is how many bytes of session policies and tags count as all that
// AWS packs into a token. AWS does not say how it packs; this is an estimate.
const packedLimit = 4096

// packed are the session policies and tags of a request, checked.
type packed struct {
	given   bool
	percent int
}

// readPacked checks Policy, PolicyArns, Tags and TransitiveTagKeys. Their
// constraints are collected in k; what has a code of its own comes back.
func readPacked(k *checker) (packed, error) {
	policy := k.text("Policy", rule{least: 1, most: 2048})
	arns := k.list("PolicyArns", ".arn", 10)
	for _, arn := range arns {
		if len(arn) < 20 || len(arn) > 2048 || !strings.HasPrefix(arn, "arn:") {
			k.add("'"+arn+"'", "policyArns", "Member must be the ARN of a policy")
		}
	}
	keys, values := k.list("Tags", ".Key", 50), k.list("Tags", ".Value", 50)
	transitive := k.list("TransitiveTagKeys", "", 50)
	checkTags(k, keys, values)
	if err := k.err(); err != nil {
		return packed{}, err
	}
	if policy != "" && !isPolicy(policy) {
		return packed{}, service.Failure("MalformedPolicyDocument", http.StatusBadRequest, "This policy contains invalid Json")
	}
	for _, key := range transitive {
		if !slices.ContainsFunc(keys, func(tag string) bool { return strings.EqualFold(tag, key) }) {
			return packed{}, validation("The specified transitive tag key must be included in the requested tags.")
		}
	}
	if duplicate(keys) {
		return packed{}, validation("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
	}
	size := len(policy) + len(strings.Join(arns, "")) + len(strings.Join(keys, "")) + len(strings.Join(values, ""))
	p := packed{given: size > 0, percent: (size*100 + packedLimit - 1) / packedLimit}
	if p.percent > 100 {
		return p, service.Failure("PackedPolicyTooLarge", http.StatusBadRequest, "Packed size of session tags consumes %d%% of allotted space.", p.percent)
	}
	return p, nil
}

func checkTags(k *checker, keys, values []string) {
	if len(keys) != len(values) {
		k.add("null", "tags", "Member must have a key and a value each")
	}
	for _, text := range slices.Concat(keys, values) {
		if text != "" && !tagChars.Get().MatchString(text) {
			k.add("'"+text+"'", "tags", `Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+`)
		}
	}
	for _, key := range keys {
		if strings.HasPrefix(strings.ToLower(key), "aws:") {
			k.add("'"+key+"'", "tags.key", "Member must not begin with aws:")
		}
		if n := utf8.RuneCountInString(key); n < 1 || n > 128 {
			k.add("'"+key+"'", "tags.key", "Member must have length between 1 and 128")
		}
	}
	for _, value := range values {
		if utf8.RuneCountInString(value) > 256 {
			k.add("'"+value+"'", "tags.value", "Member must have length less than or equal to 256")
		}
	}
}

func isPolicy(text string) bool {
	var document map[string]any
	return json.Unmarshal([]byte(text), &document) == nil && document != nil
}

func duplicate(keys []string) bool {
	seen := map[string]bool{}
	for _, key := range keys {
		folded := strings.ToLower(key)
		if seen[folded] {
			return true
		}
		seen[folded] = true
	}
	return false
}

// size is PackedPolicySize, which AWS leaves out where nothing was packed.
func (p packed) size() *int {
	if !p.given {
		return nil
	}
	return &p.percent
}
