package sqssvc

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/medlar-flow/medlar/internal/late"
)

// How the query protocol writes what is a list or a map in JSON: "Attribute.1.Name"
// is of the map Attributes, whose entries have a name and a value.
var (
	formLists = late.Value[map[string]string]{Make: func() map[string]string {
		return map[string]string{
			"AttributeName": "AttributeNames", "MessageAttributeName": "MessageAttributeNames",
			"MessageSystemAttributeName": "MessageSystemAttributeNames", "TagKey": "TagKeys",
			"SendMessageBatchRequestEntry": "Entries", "DeleteMessageBatchRequestEntry": "Entries",
			"ChangeMessageVisibilityBatchRequestEntry": "Entries",
		}
	}}
	formMaps = late.Value[map[string]string]{Make: func() map[string]string {
		return map[string]string{
			"Attribute": "Attributes", "MessageAttribute": "MessageAttributes",
			"MessageSystemAttribute": "MessageSystemAttributes", "Tag": "tags", "Tags": "tags",
		}
	}}
	formNumbers = []string{"DelaySeconds", "VisibilityTimeout", "MaxNumberOfMessages", "WaitTimeSeconds", "MaxResults"}
)

// formJSON writes a form as the JSON that says the same.
func formJSON(form url.Values) []byte {
	text, _ := json.Marshal(formObject(form)) // texts, maps and numbers always encode
	return text
}

func formObject(form url.Values) map[string]any {
	out := map[string]any{}
	parts := map[string]map[int]url.Values{}
	for key, values := range form {
		if len(values) == 0 {
			continue
		}
		name, rest, nested := strings.Cut(key, ".")
		if !nested || formLists.Get()[name] == "" && formMaps.Get()[name] == "" {
			out[key] = formScalar(key, values[0])
			continue
		}
		number, member, _ := strings.Cut(rest, ".")
		n, err := strconv.Atoi(number)
		if err != nil {
			continue
		}
		if parts[name] == nil {
			parts[name] = map[int]url.Values{}
		}
		if parts[name][n] == nil {
			parts[name][n] = url.Values{}
		}
		parts[name][n].Set(member, values[0])
	}
	for name, items := range parts {
		if list := formLists.Get()[name]; list != "" {
			out[list] = formList(items)
		} else {
			out[formMaps.Get()[name]] = formMap(items)
		}
	}
	return out
}

// formScalar returns a parameter as it is in JSON. What is no number stays text,
// which the operation then refuses.
func formScalar(key, text string) any {
	if slices.Contains(formNumbers, key) {
		if n, err := strconv.Atoi(text); err == nil {
			return n
		}
	}
	return text
}

func formList(items map[int]url.Values) []any {
	var numbers []int
	for n := range items {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	var list []any
	for _, n := range numbers {
		if _, scalar := items[n][""]; scalar {
			list = append(list, items[n].Get(""))
		} else {
			list = append(list, formObject(items[n]))
		}
	}
	return list
}

func formMap(items map[int]url.Values) map[string]any {
	out := map[string]any{}
	for _, one := range items {
		name := one.Get("Name") + one.Get("Key")
		if one.Has("Value") {
			out[name] = one.Get("Value")
			continue
		}
		value := map[string]any{}
		for key := range one {
			if member, ok := strings.CutPrefix(key, "Value."); ok {
				value[member] = one.Get(key)
			}
		}
		out[name] = value
	}
	return out
}
