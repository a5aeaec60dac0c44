package schema

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// function is a schema as createFunction has it: spellings that reach into
// objects, one of them two levels deep.
func function() *Schema {
	weights := &Field{Name: "weights", Aliases: []string{"Weights"}, Type: Map, Accept: Accept{JSONText: true}, Elem: &Field{Type: Number}}
	return MustNew(
		&Field{Name: "name", Type: String},
		&Field{Name: "code", Aliases: []string{"Code"}, Type: Object, Required: true, Accept: Accept{JSONText: true}, Members: MustNew(
			&Field{Name: "s3Bucket", Aliases: []string{"S3Bucket"}, Type: String, Required: true},
			&Field{Name: "kmsKeyArn", Aliases: []string{"KMSKeyArn"}, Type: String},
		)},
		&Field{Name: "routing", Aliases: []string{"Routing"}, Type: Object, Members: MustNew(
			&Field{Name: "config", Aliases: []string{"Config"}, Type: Object, Members: MustNew(weights)},
		)},
		&Field{Name: "bucket", Aliases: []string{"s3Bucket"}, Type: String, Accept: Accept{Into: []string{"code", "s3Bucket"}}},
		&Field{Name: "key", Type: String, MaxLength: ptr(5), Accept: Accept{Into: []string{"code", "kmsKeyArn"}}},
		&Field{Name: "aliasWeights", Aliases: []string{"oldWeights"}, Type: Map, Accept: Accept{JSONText: true, Into: []string{"routing", "config", "weights"}}, Elem: &Field{Type: Number}},
		&Field{Name: "aliasName", Type: String, Accept: Accept{Into: []string{"name"}}},
	)
}

func TestInto(t *testing.T) {
	type dict = map[string]any
	code := func(members dict) dict { return dict{"code": members} }
	weights := dict{"2": 0.5}
	tests := []struct {
		name string
		in   dict
		want dict
	}{
		{"no parent", dict{"bucket": "b"}, code(dict{"s3Bucket": "b"})},
		{"another spelling of the spelling", dict{"s3Bucket": "b"}, code(dict{"s3Bucket": "b"})},
		{"two into one parent", dict{"bucket": "b", "key": 12}, code(dict{"s3Bucket": "b", "kmsKeyArn": "12"})},
		{"beside members", dict{"code": dict{"S3Bucket": "b"}, "key": "k"}, code(dict{"s3Bucket": "b", "kmsKeyArn": "k"})},
		{"parent in another spelling", dict{"Code": dict{"s3Bucket": "b"}, "key": "k"}, code(dict{"s3Bucket": "b", "kmsKeyArn": "k"})},
		{"parent as JSON text", dict{"code": `{"S3Bucket":"b"}`, "key": "k"}, code(dict{"s3Bucket": "b", "kmsKeyArn": "k"})},
		{"parent of a Go type", dict{"code": map[string]string{"S3Bucket": "b"}, "key": "k"}, code(dict{"s3Bucket": "b", "kmsKeyArn": "k"})},
		{"null parent", dict{"code": nil, "bucket": "b"}, code(dict{"s3Bucket": "b"})},
		{"null member", dict{"code": dict{"s3Bucket": nil, "S3Bucket": nil}, "bucket": "b"}, code(dict{"s3Bucket": "b"})},
		{"null value", dict{"code": dict{"s3Bucket": "b"}, "bucket": nil, "key": nil, "oldWeights": nil}, code(dict{"s3Bucket": "b"})},
		{"not nested", dict{"bucket": "b", "aliasName": "n"}, dict{"name": "n", "code": dict{"s3Bucket": "b"}}},
		{
			"two levels",
			dict{"bucket": "b", "oldWeights": `{"2":"0.5"}`},
			dict{"code": dict{"s3Bucket": "b"}, "routing": dict{"config": dict{"weights": weights}}},
		},
		{
			"two levels, in other spellings",
			dict{"bucket": "b", "Routing": dict{"Config": dict{}}, "aliasWeights": weights},
			dict{"code": dict{"s3Bucket": "b"}, "routing": dict{"config": dict{"weights": weights}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := function().Convert(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Convert (-want +got):\n%s", diff)
			}
		})
	}
}

func TestIntoErrors(t *testing.T) {
	type dict = map[string]any
	same := func(path, a, b string) FieldError {
		return FieldError{Path: path, Rule: RuleDuplicate, Message: `"` + a + `" and "` + b + `" give the same parameter`}
	}
	weights := dict{"2": 0.5}
	tests := []struct {
		name string
		in   dict
		want Errors
	}{
		{"also in the parent", dict{"bucket": "b", "code": dict{"s3Bucket": "c"}}, Errors{same("bucket", "bucket", "code.s3Bucket")}},
		{"also in the parent, in other spellings", dict{"s3Bucket": "b", "Code": dict{"S3Bucket": "c"}}, Errors{same("s3Bucket", "s3Bucket", "Code.S3Bucket")}},
		{"a run of capitals", dict{"key": "k", "code": dict{"KMSKeyArn": "c", "s3Bucket": "b"}}, Errors{same("key", "key", "code.KMSKeyArn")}},
		{"also in the parent's text", dict{"bucket": "b", "code": `{"S3Bucket":"c"}`}, Errors{same("bucket", "bucket", "code.S3Bucket")}},
		{"under both its names", dict{"bucket": "b", "s3Bucket": "c"}, Errors{same("s3Bucket", "s3Bucket", "bucket")}},
		{"not nested", dict{"bucket": "b", "aliasName": "a", "name": "n"}, Errors{same("aliasName", "aliasName", "name")}},
		{
			"two levels",
			dict{"bucket": "b", "aliasWeights": weights, "Routing": dict{"Config": dict{"Weights": weights}}},
			Errors{same("aliasWeights", "aliasWeights", "Routing.Config.Weights")},
		},
		{
			"the parent is text",
			dict{"bucket": "b", "code": "zip"},
			Errors{same("bucket", "bucket", "code"), {Path: "code", Rule: RuleType, Message: "expected an object, found text"}},
		},
		{
			"the parent takes no JSON text",
			dict{"bucket": "b", "aliasWeights": weights, "routing": `{"config":{}}`},
			Errors{same("aliasWeights", "aliasWeights", "routing"), {Path: "routing", Rule: RuleType, Message: "expected an object, found text"}},
		},
		{"wrong, so not missing", dict{"bucket": []any{}}, Errors{{Path: "bucket", Rule: RuleType, Message: "expected text, found a list"}}},
		{"checked as itself", dict{"bucket": "b", "key": "123456"}, Errors{{Path: "key", Rule: RuleLength, Message: "has 6 characters, at most 5 are allowed"}}},
		{"what the parent lacks", dict{"key": "k"}, Errors{{Path: "code.s3Bucket", Rule: RuleMissing, Message: "required, and not given"}}},
		{"nothing", dict{}, Errors{{Path: "code", Rule: RuleMissing, Message: "required, and not given"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for range 5 {
				_, err := function().Convert(tt.in)
				if diff := cmp.Diff(tt.want, err); diff != "" {
					t.Fatalf("errors (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestIntoAParentWithAShapeOfItsOwn(t *testing.T) {
	s := MustNew(
		&Field{Name: "page", Type: Object, Accept: Accept{Coerce: func(v any) (any, error) {
			if v == true {
				return map[string]any{}, nil
			}
			return v, nil
		}}, Members: MustNew(&Field{Name: "size", Type: Integer})},
		&Field{Name: "pageSize", Type: Integer, Accept: Accept{Into: []string{"page", "size"}}},
	)
	got, err := s.Convert(map[string]any{"page": true, "pageSize": "3"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{"page": map[string]any{"size": int64(3)}}, got); diff != "" {
		t.Errorf("Convert (-want +got):\n%s", diff)
	}
}

func TestIntoOfNull(t *testing.T) {
	null := func(v any) (any, error) {
		if v == "null" {
			return nil, nil
		}
		return v, nil
	}
	s := MustNew(
		&Field{Name: "code", Type: Object},
		&Field{Name: "version", Type: String, Accept: Accept{Coerce: null, Into: []string{"code", "version"}}},
	)
	for given, want := range map[string]map[string]any{"null": {}, "3": {"code": map[string]any{"version": "3"}}} {
		got, err := s.Convert(map[string]any{"version": given})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", given, err, diff)
		}
	}
}
