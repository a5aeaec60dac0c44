package model_test

import (
	"os"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
)

func open(t testing.TB) *model.File {
	t.Helper()
	text, err := os.ReadFile("../../services.bin")
	if err != nil {
		t.Fatal(err)
	}
	f, err := model.Open(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestServices reads every service, and writes it as it was.
func TestServices(t *testing.T) {
	f := open(t)
	names, err := f.Names()
	if err != nil {
		t.Fatal(err)
	}
	operations := 0
	for i, e := range f.Entries() {
		s, err := f.Service(i)
		if err != nil {
			t.Fatalf("%s: %v", e.Name, err)
		}
		again, err := model.Decode(string(model.Encode(s)))
		if err != nil {
			t.Fatalf("%s: written and read: %v", e.Name, err)
		}
		if !reflect.DeepEqual(s, again) {
			t.Errorf("%s: (-read +written and read)\n%s", e.Name, cmp.Diff(s, again))
		}
		if len(names[i]) != len(s.Operations) {
			t.Errorf("%s: %d names, %d operations", e.Name, len(names[i]), len(s.Operations))
		}
		for j, o := range s.Operations {
			if names[i][j] != (model.Listed{Name: o.Name, Effect: o.Effect}) {
				t.Errorf("%s: listed %v, is %s %d", e.Name, names[i][j], o.Name, o.Effect)
			}
		}
		if at, ok := f.Find(e.Name); !ok || at != i {
			t.Errorf("%s is found at %d", e.Name, at)
		}
		if _, err := f.Rules(s.Rules); err != nil {
			t.Errorf("%s: rules: %v", e.Name, err)
		}
		operations += len(s.Operations)
	}
	if operations < 15000 {
		t.Errorf("%d operations; want over 15,000", operations)
	}
}

func FuzzDecode(f *testing.F) {
	file := open(f)
	for _, name := range []string{"sts", "sqs", "s3"} {
		i, _ := file.Find(name)
		s, err := file.Service(i)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(model.Encode(s)))
	}
	f.Add("")
	f.Add("\x01\x00\x00")
	f.Fuzz(func(t *testing.T, data string) {
		s, err := model.Decode(data)
		if err != nil {
			return
		}
		if _, err := model.Decode(string(model.Encode(s))); err != nil {
			t.Errorf("a service that was read cannot be written and read: %v", err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	sts, err := model.Pack(model.Contents{
		Version: "1", Services: []*model.Service{{Name: "a", Operations: []model.Operation{{Name: "B", Input: model.None, Output: model.None}}}},
		Rules: [][]byte{[]byte("{}")}, Partitions: []byte("{}"),
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(sts))
	f.Fuzz(func(_ *testing.T, data string) {
		file, err := model.Open(data)
		if err != nil {
			return
		}
		_, _ = file.Names()
		_, _ = file.Partitions()
		for i := range file.Entries() {
			_, _ = file.Service(i)
		}
	})
}

func BenchmarkService(b *testing.B) {
	f := open(b)
	for _, name := range []string{"sts", "sqs", "dynamodb", "s3", "ec2"} {
		i, _ := f.Find(name)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Service(i); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
