package lambdasvc

import (
	"testing"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

func TestFilters(t *testing.T) {
	text := "eu"
	m := service.QueueMessage{
		ID: "m", Body: `{"n":5,"kind":"Order","tags":["a","b"],"in":{"x":null,"ok":true},"empty":""}`,
		System: map[string]string{"MessageGroupId": "g"}, Attributes: map[string]service.QueueAttribute{"region": {Type: "String", Text: &text}},
	}
	for _, row := range []struct {
		pattern string
		want    bool
	}{
		{`{"body":{"n":[5]}}`, true},
		{`{"body":{"n":["5"]}}`, false},
		{`{"body":{"n":[4,5]}}`, true},
		{`{"body":{"n":[{"numeric":[">",4,"<=",5]}]}}`, true},
		{`{"body":{"n":[{"numeric":[">",5]}]}}`, false},
		{`{"body":{"n":[{"numeric":["=",5]}]}}`, true},
		{`{"body":{"kind":[{"numeric":[">",5]}]}}`, false},
		{`{"body":{"kind":[{"prefix":"Or"}]}}`, true},
		{`{"body":{"kind":[{"prefix":"or"}]}}`, false},
		{`{"body":{"kind":[{"suffix":"der"}]}}`, true},
		{`{"body":{"kind":[{"equals-ignore-case":"ORDER"}]}}`, true},
		{`{"body":{"kind":[{"anything-but":["Order"]}]}}`, false},
		{`{"body":{"kind":[{"anything-but":"x"}]}}`, true},
		{`{"body":{"kind":[{"anything-but":{"prefix":"Or"}}]}}`, false},
		{`{"body":{"tags":["b"]}}`, true},
		{`{"body":{"tags":["c"]}}`, false},
		{`{"body":{"in":{"x":[null],"ok":[true]}}}`, true},
		{`{"body":{"in":{"ok":[false]}}}`, false},
		{`{"body":{"empty":[""]}}`, true},
		{`{"body":{"none":[{"exists":false}]}}`, true},
		{`{"body":{"none":{"deep":[{"exists":false}]}}}`, true},
		{`{"body":{"none":[{"exists":true}]}}`, false},
		{`{"body":{"n":[{"exists":true}]}}`, true},
		{`{"body":{"none":[{"anything-but":"x"}]}}`, false},
		{`{"body":{"n":[5],"kind":["x"]}}`, false},
		{`{"body":{"$or":[{"n":[6]},{"kind":["Order"]}]}}`, true},
		{`{"body":{"$or":[{"n":[6]},{"kind":["x"]}]}}`, false},
		{`{"body":["text"]}`, false},
		{`{"attributes":{"MessageGroupId":["g"]},"messageAttributes":{"region":{"stringValue":["eu"]}}}`, true},
		{`{"messageAttributes":{"region":{"stringValue":["us"]}}}`, false},
	} {
		list, err := readFilters(&filterCriteria{Filters: []filterShown{{row.pattern}}})
		if err != nil {
			t.Errorf("%s: %v", row.pattern, err)
			continue
		}
		if got := list.let(m); got != row.want {
			t.Errorf("%s: let through is %t, want %t", row.pattern, got, row.want)
		}
	}
	both, err := readFilters(&filterCriteria{Filters: []filterShown{{`{"body":{"n":[1]}}`}, {`{"body":{"n":[5]}}`}}})
	if err != nil || !both.let(m) {
		t.Errorf("one of two filters is enough: %v", err)
	}
	plain, err := readFilters(&filterCriteria{Filters: []filterShown{{`{"body":["text"]}`}}})
	if err != nil || !plain.let(service.QueueMessage{Body: "text"}) {
		t.Errorf("a text fits itself: %v", err)
	}
	inside, err := readFilters(&filterCriteria{Filters: []filterShown{{`{"body":{"n":[1]}}`}}})
	if err != nil || inside.let(service.QueueMessage{Body: "text"}) {
		t.Errorf("a text has no members: %v", err)
	}
	for _, bad := range []string{``, `[]`, `{}`, `{"body":"x"}`, `{"body":[]}`, `{"body":{}}`, `{"body":[{"prefix":1}]}`, `{"body":[{"numeric":[">"]}]}`, `{"body":[{"numeric":["?",1]}]}`, `{"body":[{"prefix":"a","suffix":"b"}]}`, `{"$or":["x"]}`, `{"body":[["x"]]}`, `{"body":[{"anything-but":[]}]}`} {
		if _, err := readFilters(&filterCriteria{Filters: []filterShown{{bad}}}); err == nil {
			t.Errorf("%s is no pattern", bad)
		}
	}
}
