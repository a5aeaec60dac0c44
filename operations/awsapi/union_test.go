package awsapi

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
)

func withUnions() *connector.Connector {
	return Connector("fake", newFakeClient, Unions(&unionMemberText{}, &unionMemberSS{}))
}

func TestUnionIsAnObjectWithOneMember(t *testing.T) {
	choice := withUnions().Operations[1].Params().Field("choice")
	if diff := cmp.Diff([]string{"text", "ss"}, choice.Members.Names()); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	if choice.Members.Field("SS").Elem.Members != choice.Members {
		t.Error("a union within itself is not described as it is")
	}
	tests := []struct{ name, given, want any }{
		{"plain", map[string]any{"Text": "a"}, map[string]any{"Text": "a"}},
		{
			"nested",
			map[string]any{"ss": []any{map[string]any{"text": "a"}, map[string]any{"SS": []any{}}}},
			map[string]any{"SS": []any{map[string]any{"Text": "a"}, map[string]any{"SS": []any{}}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name.(string), func(t *testing.T) {
			got, err := fakeCall(t, withUnions(), map[string]any{"choice": tt.given})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.(map[string]any)["Union"]); diff != "" {
				t.Errorf("union (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnionsThatAreRefused(t *testing.T) {
	tests := []struct {
		name  string
		c     *connector.Connector
		given any
		want  string
	}{
		{"two members", withUnions(), map[string]any{"text": "a", "ss": []any{}}, "choice: give exactly one of ss, text"},
		{"no member", withUnions(), map[string]any{}, "choice: give exactly one of ss, text"},
		{"members not named", Connector("fake", newFakeClient), map[string]any{"text": "a"}, "choice: a value of type awsapi.union cannot be given"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := fakeCall(t, tt.c, map[string]any{"choice": tt.given})
			e := connector.AsError(err)
			if e == nil || e.Class != connector.ClassInvalid || !strings.Contains(e.Message, tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestNoUnionPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("it did not panic")
		}
	}()
	Connector("fake", newFakeClient, Unions("text"))
}
