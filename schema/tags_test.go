package schema

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type (
	loop     struct{ Next *loop }
	loopList struct{ All []loopList }
	loopMap  map[string]loopMap
	loopSelf []loopSelf
)

func TestForRefuses(t *testing.T) {
	type inner struct{ A int }
	tests := []struct {
		name string
		make func() error
		want string
	}{
		{"channel", try[struct{ C chan int }], "C: a chan int cannot be"},
		{"function", try[func()], "a func() cannot be"},
		{"array", try[struct{ A [2]int }], "A: a [2]int cannot be"},
		{"complex number", try[[]complex128], "a complex128 cannot be"},
		{"interface", try[struct{ E error }], "E: a error cannot be"},
		{"keys that are no text", try[map[int]string], "a map needs string keys, found int"},
		{"keys that are secret", try[map[Secret]string], "a map needs string keys, found schema.Secret"},
		{"recursion by pointer", try[loop], "schema.loop contains itself: use any"},
		{"recursion by list", try[loopList], "schema.loopList contains itself"},
		{"recursion of a map", try[loopMap], "schema.loopMap contains itself"},
		{"recursion of a list", try[loopSelf], "schema.loopSelf contains itself"},
		{"embedded pointer that cannot be set", try[struct{ *inner }], "inner: an embedded pointer must be to an exported type"},
		{"tag on an unexported field", try[struct {
			a int `param:"a"`
		}], "a: has the tag param, and is not exported"},
		{"two of a name", try[struct {
			A int `param:"x"`
			X int
		}], `the name "x" belongs to the fields "x" and "x"`},
		{"alias of another", try[struct {
			A int
			B int `alias:"a"`
		}], `the name "a" belongs to the fields "a" and "b"`},
		{"spaces in aliases", try[struct {
			A int `alias:"b, c"`
		}], `tag alias: "b, c" is no list of names`},
		{"unknown option", try[struct {
			A int `param:"a,requird"`
		}], `unknown option "requird" in the tag param`},
		{"pattern that does not compile", try[struct {
			A string `pattern:"("`
		}], "pattern: error parsing regexp"},
		{"bound that is no number", try[struct {
			A int `min:"one"`
		}], `tag min: "one" is no number`},
		{"length that is no integer", try[struct {
			A string `maxLen:"1.5"`
		}], `tag maxLen: "1.5" is no integer`},
		{"bounds the wrong way round", try[struct {
			A int `min:"2" max:"1"`
		}], "tags min and max: 2 is more than 1"},
		{"bound that the type does not hold", try[struct {
			A int8 `max:"128"`
		}], "tags min and max: the Go type does not hold 128"},
		{"bound of text", try[struct {
			A string `min:"1"`
		}], "tag min: does not fit text"},
		{"length of an integer", try[struct {
			A int `maxLen:"3"`
		}], "tag maxLen: does not fit an integer"},
		{"pattern of an integer", try[struct {
			A int `pattern:"^1"`
		}], "tag pattern: does not fit an integer"},
		{"enum of another type", try[struct {
			A int `enum:"1,two"`
		}], `tag enum: expected an integer, found "two"`},
		{"default of another type", try[struct {
			A bool `default:"yes"`
		}], `tag default: expected a boolean, found "yes"`},
		{"default outside the enum", try[struct {
			A string `enum:"a,b" default:"c"`
		}], `tag default: "c" is none of a or b`},
		{"default outside the bounds", try[struct {
			A int8 `default:"300"`
		}], "tag default: 300 is more than 127"},
		{"default outside the pattern", try[struct {
			A string `pattern:"^a" default:"b"`
		}], `tag default: "b" does not match`},
		{"default of a list", try[struct {
			A []string `default:"a"`
		}], "tag default: expected a list of string, found text"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.make(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("For fails with %v, want %q in it", err, tt.want)
			}
		})
	}
}

func try[T any]() error {
	_, err := For[T]()
	return err
}

func TestForTags(t *testing.T) {
	type tagged struct {
		Mode string        `param:"mode,required,file" doc:"How." example:"fast" alias:"Mode,m" enum:"fast,slow" minLen:"1" maxLen:"9" pattern:"^[a-z]+$"`
		Wait time.Duration `default:"90s" min:"1" max:"3600"`
		Size *int8         `default:"5" min:"-4"`
		Code int           `param:",secret" enum:"1,2"`
		None string        `default:""`
	}
	c, err := For[tagged]()
	if err != nil {
		t.Fatal(err)
	}
	want := []*Field{
		{
			Name: "mode", Aliases: []string{"Mode", "m"}, Type: String, Required: true, Accept: Accept{File: true}, Description: "How.", Example: "fast",
			Enum: []any{"fast", "slow"}, MinLength: ptr(1), MaxLength: ptr(9), Pattern: "^[a-z]+$",
		},
		{Name: "wait", Type: Duration, Default: "1m30s", Minimum: ptr(1.0), Maximum: ptr(3600.0)},
		{Name: "size", Type: Integer, Nullable: true, Default: int64(5), Minimum: ptr(-4.0), Maximum: ptr(127.0)},
		{Name: "code", Type: Integer, Secret: true, Enum: []any{int64(1), int64(2)}},
		{Name: "none", Type: String, Default: ""},
	}
	unexported := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".pattern" }, cmp.Ignore())
	if diff := cmp.Diff(want, c.Schema().Fields(), unexported); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
}

func TestLowerCamel(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "A": "a", "ID": "id", "FunctionName": "functionName", "functionName": "functionName",
		"KMSKeyArn": "kmsKeyArn", "SAMLAssertion": "samlAssertion", "S3Bucket": "s3Bucket", "VPCConfig": "vpcConfig", "VpcConfig": "vpcConfig",
		"GetX": "getX", "XRay": "xRay", "EC2Instance": "ec2Instance", "PrincipalOrgID": "principalOrgID", "IPv4": "iPv4", "A_B": "a_B", "Ärger": "Ärger",
	} {
		t.Run(name, func(t *testing.T) {
			if got := lowerCamel(name); got != want {
				t.Errorf("lowerCamel(%q) = %q, want %q", name, got, want)
			}
		})
	}
}
