package temporal

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

var testSecrets = []runtime.Secret{
	{SecretRef: runtime.SecretRef{Name: "token"}, Value: "token-value-1"},
	{SecretRef: runtime.SecretRef{Name: "longer", Source: runtime.SecretSource{Env: "LONGER"}}, Value: "token-value-1-and-more"},
	{SecretRef: runtime.SecretRef{Name: "pin"}, Value: "4711"},
	{SecretRef: runtime.SecretRef{Name: "empty"}, Value: ""},
}

func holdsTest(v any) bool {
	return interp.NewSecretNet("token-value-1", "token-value-1-and-more").Holds(v)
}

// What is sealed opens as what it was, and holds no secret on the way.
func TestSecretsTravelByReference(t *testing.T) {
	tests := []struct {
		name  string
		value any
		shown any
		err   error
	}{
		{"alone", "token-value-1", nil, nil},
		{"inside", "Bearer token-value-1.", nil, nil},
		{"twice", "token-value-1 token-value-1-and-more", nil, nil},
		{"the longer one first", "token-value-1-and-more", nil, nil},
		{"bytes", []byte("x token-value-1"), nil, nil},
		{"nested", map[string]any{"a": []any{int64(1), map[string]any{"b": "token-value-1"}}, "c": nil}, nil, nil},
		{"a short one that is hidden", map[string]any{"pin": "4711"}, map[string]any{"pin": schema.Masked}, nil},
		{"a short one in the open", map[string]any{"n": "4711"}, nil, nil},
		{"a payload", value.NewPayload([]byte(`{"t":"token-value-1"}`)), nil, nil},
		{"encoded", "dG9rZW4tdmFsdWUtMQ", nil, ErrNeedsKey},
		{"something else that is hidden", map[string]any{"a": "hash"}, map[string]any{"a": schema.Masked}, ErrNeedsKey},
		{"a hidden number", map[string]any{"a": int64(7)}, map[string]any{"a": schema.Masked}, ErrNeedsKey},
		{"a key of a map", map[string]any{"token-value-1": int64(1)}, nil, ErrNeedsKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text, err := newVault(testSecrets, false).seal(tt.value, tt.shown, holdsTest)
			if !errors.Is(err, tt.err) {
				t.Fatalf("the error is %v, want %v", err, tt.err)
			}
			if err != nil {
				if _, err := newVault(testSecrets, true).seal(tt.value, tt.shown, holdsTest); err != nil {
					t.Errorf("with a key: %v", err)
				}
				return
			}
			if strings.Contains(string(text), "token-value") || tt.shown != nil && strings.Contains(string(text), "4711") {
				t.Errorf("a secret is in %q", text)
			}
			back, err := open(text, finder(testSecrets))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(value.Plain(tt.value), value.Plain(back)); diff != "" {
				t.Errorf("(-was +read):\n%s", diff)
			}
		})
	}
}

func TestMissingSecret(t *testing.T) {
	text, err := newVault(testSecrets, false).seal("token-value-1", nil, holdsTest)
	if err != nil {
		t.Fatal(err)
	}
	var missing *missingSecretError
	if _, err := open(text, finder(nil)); !errors.As(err, &missing) || missing.ref.Name != "token" {
		t.Errorf("the error is %v", err)
	}
}

// Texts made of secrets and anything else read back.
func TestReferencesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOf(rapid.SampledFrom([]string{"token-value-1", "token-value-1-and-more", "4711", "x", "", "token-value-", "ä"})).Draw(t, "pieces")
		value := map[string]any{"v": strings.Join(pieces, ""), "l": []any{strings.Join(pieces, " ")}}
		text, err := newVault(testSecrets, false).seal(value, nil, holdsTest)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "token-value-1") {
			t.Fatalf("a secret is in %q", text)
		}
		back, err := open(text, finder(testSecrets))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(any(value), back); diff != "" {
			t.Fatalf("(-was +read):\n%s", diff)
		}
	})
}

// FuzzOpen: whatever the server gives back, nothing panics.
func FuzzOpen(f *testing.F) {
	for _, v := range []any{"a", map[string]any{"a": []any{"token-value-1", int64(1)}}, []byte("token-value-1")} {
		text, err := newVault(testSecrets, false).seal(v, nil, holdsTest)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(_ *testing.T, text []byte) {
		v, err := open(text, finder(testSecrets))
		if err == nil {
			_, _ = readRecords(v)
		}
		_, _ = readStart(text)
		_ = readRefusal(text, "f")
	})
}
