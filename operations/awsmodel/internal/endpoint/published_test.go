package endpoint_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/botocore"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/endpoint"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

type published struct {
	TestCases []struct {
		Documentation string
		Expect        struct {
			Error    string
			Endpoint *struct {
				URL        string
				Headers    map[string][]string
				Properties map[string]any
			}
		}
		Params map[string]any
	}
}

// TestPublished holds the embedded rules to the tests that AWS publishes with
// the rules of the same version.
func TestPublished(t *testing.T) {
	source, ok := botocore.Checkout()
	if !ok {
		t.Skip("MEDLAR_BOTOCORE names no checkout of botocore's source")
	}
	file, parts := embedded(t)
	cases, wrong := 0, 0
	for i := range file.Entries() {
		s, err := file.Service(i)
		if err != nil {
			t.Fatal(err)
		}
		text, err := fs.ReadFile(source, "tests/functional/endpoint-rules/"+s.Folder+"/endpoint-tests-1.json")
		if err != nil {
			continue
		}
		var p published
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		rules := rulesOf(t, file, parts, s)
		for _, c := range p.TestCases {
			cases++
			for name, v := range c.Params {
				if list, ok := v.([]any); ok {
					c.Params[name] = texts(list)
				}
			}
			got, err := rules.Resolve(c.Params)
			switch {
			case c.Expect.Endpoint == nil:
				if err == nil || err.Error() != c.Expect.Error {
					wrong++
					t.Errorf("%s: %s: error %v, want %s", s.Folder, c.Documentation, err, c.Expect.Error)
				}
			case err != nil:
				wrong++
				t.Errorf("%s: %s: %v", s.Folder, c.Documentation, err)
			default:
				want := c.Expect.Endpoint
				if d := cmp.Diff(want.URL, got.URL) + diffJSON(want.Properties, got.Properties) + diffJSON(want.Headers, got.Headers); d != "" {
					wrong++
					t.Errorf("%s: %s: (-want +got)\n%s", s.Folder, c.Documentation, d)
				}
			}
		}
	}
	t.Logf("%d cases, %d wrong", cases, wrong)
}

func texts(list []any) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i], _ = v.(string)
	}
	return out
}

func diffJSON(want, got any) string {
	a, _ := json.Marshal(want)
	b, _ := json.Marshal(got)
	var x, y any
	_, _ = json.Unmarshal(a, &x), json.Unmarshal(b, &y)
	if isEmpty(x) && isEmpty(y) {
		return ""
	}
	return cmp.Diff(lowered(x), lowered(y))
}

func isEmpty(v any) bool {
	m, ok := v.(map[string]any)
	return v == nil || ok && len(m) == 0
}

// lowered makes names of headers alike.
func lowered(v any) any {
	m, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := map[string]any{}
	for k, e := range m {
		out[strings.ToLower(k)] = e
	}
	return out
}

func embedded(t testing.TB) (*model.File, *endpoint.Partitions) {
	t.Helper()
	text, err := os.ReadFile("../../services.bin")
	if err != nil {
		t.Fatal(err)
	}
	file, err := model.Open(string(text))
	if err != nil {
		t.Fatal(err)
	}
	list, err := file.Partitions()
	if err != nil {
		t.Fatal(err)
	}
	parts, err := endpoint.ParsePartitions(list)
	if err != nil {
		t.Fatal(err)
	}
	return file, parts
}

func rulesOf(t testing.TB, file *model.File, parts *endpoint.Partitions, s *model.Service) *endpoint.Rules {
	t.Helper()
	text, err := file.Rules(s.Rules)
	if err != nil {
		t.Fatal(err)
	}
	rules, err := endpoint.Parse(text, s.EndpointPrefix, parts)
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	return rules
}

// TestResolve shows what comes out for services that people use.
func TestResolve(t *testing.T) {
	file, parts := embedded(t)
	tests := []struct {
		service string
		params  map[string]any
		url     string
		err     string
	}{
		{"sqs", map[string]any{"Region": "eu-west-1"}, "https://sqs.eu-west-1.amazonaws.com", ""},
		{"sqs", map[string]any{"Region": "cn-north-1"}, "https://sqs.cn-north-1.amazonaws.com.cn", ""},
		{"sqs", map[string]any{"Region": "eu-west-1", "UseFIPS": true}, "https://sqs-fips.eu-west-1.amazonaws.com", ""},
		{"sqs", map[string]any{"Region": "eu-west-1", "Endpoint": "http://127.0.0.1:4566"}, "http://127.0.0.1:4566", ""},
		{"iam", map[string]any{"Region": "eu-west-1"}, "https://iam.amazonaws.com", ""},
		{"s3", map[string]any{"Region": "eu-west-1", "Bucket": "my-bucket"}, "https://my-bucket.s3.eu-west-1.amazonaws.com", ""},
		{"s3", map[string]any{"Region": "eu-west-1", "Bucket": "my.bucket"}, "https://s3.eu-west-1.amazonaws.com/my.bucket", ""},
		{"s3", map[string]any{"Region": "eu-west-1", "Bucket": "b", "ForcePathStyle": true}, "https://s3.eu-west-1.amazonaws.com/b", ""},
		{
			"s3",
			map[string]any{"Region": "eu-west-1", "Bucket": "my-bucket", "Endpoint": "http://127.0.0.1:9000"},
			"http://127.0.0.1:9000/my-bucket", "",
		},
		{"s3", map[string]any{"Region": "a b"}, "", "Invalid region: region was not a valid DNS name."},
		{"dynamodb", map[string]any{"Region": "eu-west-1"}, "https://dynamodb.eu-west-1.amazonaws.com", ""},
		{
			"dynamodb",
			map[string]any{"Region": "eu-west-1", "AccountId": "111122223333", "AccountIdEndpointMode": "preferred"},
			"https://111122223333.ddb.eu-west-1.amazonaws.com", "",
		},
		{"sqs", map[string]any{}, "", "Invalid Configuration: Missing Region"},
	}
	for _, tt := range tests {
		i, ok := file.Find(tt.service)
		if !ok {
			t.Fatalf("no service %s", tt.service)
		}
		s, err := file.Service(i)
		if err != nil {
			t.Fatal(err)
		}
		got, err := rulesOf(t, file, parts, s).Resolve(tt.params)
		if tt.err != "" {
			if err == nil || err.Error() != tt.err {
				t.Errorf("%s %v: error %v, want %s", tt.service, tt.params, err, tt.err)
			}
			continue
		}
		if err != nil || got.URL != tt.url {
			t.Errorf("%s %v: %v, %v, want %s", tt.service, tt.params, got, err, tt.url)
		}
	}
}

func FuzzParse(f *testing.F) {
	file, parts := embedded(f)
	for _, name := range []string{"sqs", "sts", "dynamodb"} {
		i, _ := file.Find(name)
		s, err := file.Service(i)
		if err != nil {
			f.Fatal(err)
		}
		text, err := file.Rules(s.Rules)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, "eu-west-1", "http://localhost")
	}
	f.Fuzz(func(_ *testing.T, text, region, custom string) {
		rules, err := endpoint.Parse(text, "x", parts)
		if err != nil {
			return
		}
		params := map[string]any{"Region": region, "Endpoint": custom, "Bucket": region, "ResourceArnList": slices.Repeat([]string{region}, 2)}
		_, _ = rules.Resolve(params)
	})
}
