package operations_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/operations"
	"github.com/medlar-flow/medlar/schema"
)

// fact is what is known of one parameter from AWS's reference and from that of
// the published connector, not from this program.
type fact struct {
	operation, parameter, aws string
	also                      []string
	required                  bool
	limits                    []string // pairs: len 1..128, value 900..43200, enum a|b, default x
	sample                    any
}

// named are the 23 operations that the reference documents have.
var named = []string{
	"lambda.getAccountSettings", "lambda.createAlias", "lambda.updateAlias", "lambda.getAlias", "lambda.deleteAlias",
	"lambda.addPermission", "lambda.removePermission", "lambda.createFunction", "lambda.deleteFunction", "lambda.getFunction",
	"lambda.getFunctionConfiguration", "lambda.invoke", "lambda.listFunctions", "lambda.addLayerVersionPermission", "lambda.removeLayerVersionPermission",
	"sts.assumeRole", "sts.assumeRoleWithSAML", "sts.assumeRoleWithWebIdentity", "sts.decodeAuthorizationMessage",
	"sts.getAccessKeyInfo", "sts.getCallerIdentity", "sts.getFederationToken", "sts.getSessionToken",
}

func facts(t *testing.T) []fact {
	t.Helper()
	file, err := os.Open("testdata/facts.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []fact
	for i, row := range rows[1:] {
		f := fact{
			operation: row[0], parameter: row[1], aws: row[2], also: strings.Fields(row[3]), required: row[4] == "*", limits: strings.Fields(row[5]),
		}
		if err := json.Unmarshal([]byte(row[6]), &f.sample); err != nil {
			t.Fatalf("row %d: %v", i+2, err)
		}
		list = append(list, f)
	}
	return list
}

func registry(t *testing.T) *connector.Registry {
	t.Helper()
	r, err := connector.NewRegistry(operations.All()...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// at finds the field at a path of names in any spelling.
func at(s *schema.Schema, path string) *schema.Field {
	var f *schema.Field
	for name := range strings.SplitSeq(path, ".") {
		if f = s.Field(name); f == nil {
			return nil
		}
		s = f.Members
	}
	return f
}

func TestFacts(t *testing.T) {
	registry := registry(t)
	for _, f := range facts(t) {
		t.Run(f.operation+" "+f.parameter, func(t *testing.T) {
			op, ok := registry.Operation(f.operation)
			if !ok {
				t.Fatal("there is no such operation")
			}
			field := at(op.Params(), f.parameter)
			if field == nil {
				t.Fatal("there is no such parameter")
			}
			_, last, nested := strings.Cut(f.parameter, ".")
			if want := f.parameter; !nested && field.Name != want || nested && field.Name != last {
				t.Errorf("the canonical name is %s", field.Name)
			}
			if field.Required != f.required {
				t.Errorf("required is %v", field.Required)
			}
			if f.aws != "" && at(op.Params(), f.aws) != field {
				t.Errorf("%s is another parameter, or none", f.aws)
			}
			for _, name := range f.also {
				checkSpelling(t, op.Params().Field(name), field, f.parameter)
			}
			checkLimits(t, field, f.limits)
		})
	}
}

func checkSpelling(t *testing.T, other, field *schema.Field, path string) {
	t.Helper()
	if other == nil || other != field && strings.Join(other.Into, ".") != path {
		t.Errorf("%v is no spelling of it", other)
	}
}

func checkLimits(t *testing.T, f *schema.Field, limits []string) {
	t.Helper()
	for pair := range slices.Chunk(limits, 2) {
		var got string
		switch pair[0] {
		case "len":
			got = intText(f.MinLength) + ".." + intText(f.MaxLength)
		case "value":
			got = numberText(f.Minimum) + ".." + numberText(f.Maximum)
			if strings.HasSuffix(pair[1], "..") {
				got = numberText(f.Minimum) + ".."
			}
		case "enum":
			got = strings.Trim(strings.ReplaceAll(fmt.Sprint(f.Enum), " ", "|"), "[]")
		case "default":
			got = fmt.Sprint(f.Default)
		}
		if got != pair[1] {
			t.Errorf("%s is %s, want %s", pair[0], got, pair[1])
		}
	}
}

func intText(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

func numberText(n *float64) string {
	if n == nil {
		return ""
	}
	return value.FormatFloat(*n)
}

// Nothing that an operation requires is missing from the facts.
func TestFactsNameWhatIsRequired(t *testing.T) {
	registry := registry(t)
	for _, name := range named {
		op, _ := registry.Operation(name)
		var got, want []string
		for _, f := range op.Params().Fields() {
			if f.Required {
				got = append(got, f.Name)
			}
		}
		for _, f := range facts(t) {
			if f.operation == name && f.required {
				want = append(want, f.parameter)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// Each parameter of the 23 operations is called under each of its spellings,
// beside what is required; the requests are the same.
func TestEverySpellingIsTheSameCall(t *testing.T) {
	services := services(t)
	all := facts(t)
	calls := 0
	for _, f := range all {
		t.Run(f.operation+" "+f.parameter, func(t *testing.T) {
			base := required(all, f)
			want := services.call(t, f.operation, with(base, f.parameter, f.sample))
			for _, name := range append([]string{f.aws}, f.also...) {
				if name == "" {
					continue
				}
				got := services.call(t, f.operation, with(base, name, f.sample))
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s (-canonical +this):\n%s", name, diff)
				}
				calls++
			}
		})
	}
	t.Logf("%d calls under another name than the canonical one", calls)
}

// required returns what must be given beside a parameter.
func required(all []fact, beside fact) map[string]any {
	top, _, _ := strings.Cut(beside.parameter, ".")
	base := map[string]any{}
	for _, f := range all {
		if f.operation == beside.operation && f.required && f.parameter != top {
			base[f.parameter] = f.sample
		}
	}
	return base
}

// with returns a copy of params with a value at a path.
func with(params map[string]any, path string, v any) map[string]any {
	out := maps.Clone(params)
	top, rest, nested := strings.Cut(path, ".")
	if nested {
		v = map[string]any{rest: v}
	}
	out[top] = v
	return out
}

// Every operation of the reference is there with every spelling of its name,
// and without parameters where it needs none.
func TestNamesOfOperations(t *testing.T) {
	registry := registry(t)
	other := map[string][]string{"lambda": {"amazonlambda"}, "sts": {"amazonaws_sts", "amazonsts"}}
	for _, name := range named {
		owner, short, _ := strings.Cut(name, ".")
		op, _ := registry.Operation(name)
		for _, c := range append(other[owner], owner) {
			for _, spelling := range []string{short, strings.ToUpper(short[:1]) + short[1:]} {
				if got, _ := registry.Operation(c + "." + spelling); got == nil || got != op {
					t.Errorf("%s.%s is not %s", c, spelling, name)
				}
			}
		}
	}
	services := services(t)
	for _, name := range []string{"lambda.getAccountSettings", "sts.getCallerIdentity", "sts.getSessionToken", "lambda.listFunctions"} {
		if services.call(t, name, nil) == nil {
			t.Errorf("%s sends nothing", name)
		}
	}
}

func TestAPIVersions(t *testing.T) {
	services := services(t)
	registry := registry(t)
	all := facts(t)
	versions := map[string]string{
		"lambda.getAccountSettings": "2016-08-19", "lambda.addLayerVersionPermission": "2018-10-31", "lambda.removeLayerVersionPermission": "2018-10-31",
	}
	for _, name := range named {
		_, short, _ := strings.Cut(name, ".")
		if !strings.HasPrefix(name, "lambda.") {
			continue
		}
		version := versions[name]
		if version == "" {
			version = "2015-03-31"
		}
		spellings := []string{"apiVersion" + strings.ToUpper(short[:1]) + short[1:]}
		if short == "listFunctions" {
			spellings = append(spellings, "apiVersionListFunction")
		}
		base := required(all, fact{operation: name})
		want := services.call(t, name, base)
		for _, spelling := range spellings {
			if diff := cmp.Diff(want, services.call(t, name, with(base, spelling, version))); diff != "" {
				t.Errorf("%s changes the request:\n%s", spelling, diff)
			}
			op, _ := registry.Operation(name)
			if _, err := op.Params().Convert(with(base, spelling, "2014-01-01")); err == nil || !strings.Contains(err.Error(), version) {
				t.Errorf("%s: error %v, want one with %s", spelling, err, version)
			}
		}
	}
}
