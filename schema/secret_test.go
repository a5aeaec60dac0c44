package schema

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	htmltemplate "html/template"
	"log/slog"
	"strings"
	"testing"
	"text/template"
)

const plainSecret = "hunter2-hunter2"

func TestSecretIsNeverShown(t *testing.T) {
	secret := Secret(plainSecret)
	type holder struct {
		Token  Secret
		Tokens []Secret
		Named  map[string]Secret
		Ref    *Secret
	}
	type named struct{ Token Secret }
	whole := holder{secret, []Secret{secret}, map[string]Secret{"a": secret}, &secret}
	shown := map[string]func() string{
		"String": secret.String,
		"json": func() string {
			b, _ := json.Marshal(whole)
			return string(b)
		},
		"xml": func() string {
			b, _ := xml.Marshal(named{secret})
			return string(b)
		},
		"text template": func() string {
			var b strings.Builder
			_ = template.Must(template.New("").Parse(`{{.}} {{.Token}} {{printf "%s %q" .Token .Token}} {{index .Tokens 0}}`)).Execute(&b, whole)
			return b.String()
		},
		"html template": func() string {
			var b strings.Builder
			_ = htmltemplate.Must(htmltemplate.New("").Parse(`{{.Token}} <script>x = {{.Token}}</script>`)).Execute(&b, whole)
			return b.String()
		},
		"slog": func() string {
			var b bytes.Buffer
			timeless := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				if a.Key == slog.TimeKey {
					return slog.Attr{} // its digits can be those of the secret
				}
				return a
			}}
			slog.New(slog.NewTextHandler(&b, timeless)).Info("m", "token", secret, "whole", whole)
			slog.New(slog.NewJSONHandler(&b, timeless)).Info("m", "token", secret, "whole", whole)
			return b.String()
		},
		"Print": func() string { return fmt.Sprint(secret, whole, &whole) },
		"Errorf": func() string {
			return fmt.Errorf("bad token %v, %d", secret, secret).Error()
		},
		"an argument too many": func() string {
			format := "nothing"
			return fmt.Sprintf(format, secret) //nolint:staticcheck // that is the mistake
		},
	}
	for _, verb := range "vsqxXdbcoOUteEfFgG" {
		for _, flags := range []string{"", "+", "#", "-40", "040", ".3", " "} {
			format := "%" + flags + string(verb)
			shown[format] = func() string { return fmt.Sprintf(format, secret) + fmt.Sprintf(format, whole.Tokens) }
		}
	}
	hex := fmt.Sprintf("%x", plainSecret)
	for name, show := range shown {
		t.Run(name, func(t *testing.T) {
			got := show()
			for _, leak := range []string{plainSecret, plainSecret[:3], hex, strings.ToUpper(hex), "104"} {
				if strings.Contains(got, leak) {
					t.Errorf("shows the secret: %s", got)
				}
			}
			if !strings.Contains(got, Masked) {
				t.Errorf("no mask in %q", got)
			}
		})
	}
}

func TestReveal(t *testing.T) {
	if got := Secret(plainSecret).Reveal(); got != plainSecret {
		t.Errorf("Reveal gives %q", got)
	}
}

// However a secret is wrong, its value is not in the error.
func TestErrorsHideSecrets(t *testing.T) {
	inner := MustNew(
		&Field{Name: "text", Type: String, MaxLength: ptr(3), Pattern: "^x", Enum: []any{"x"}},
		&Field{Name: "number", Type: Integer, Maximum: ptr(1.0)},
	)
	number := json.Number("042421") // which is none
	tests := []struct {
		name  string
		field *Field
		in    any
	}{
		{"pattern and enum", &Field{Type: String, Secret: true, Pattern: "^x", Enum: []any{"x"}}, "hunter2"},
		{"integer", &Field{Type: Integer, Secret: true}, "hunter2"},
		{"number", &Field{Type: Number, Secret: true, Minimum: ptr(50000.0)}, 42421},
		{"boolean", &Field{Type: Boolean, Secret: true}, "hunter2"},
		{"duration", &Field{Type: Duration, Secret: true}, "hunter2"},
		{"timestamp", &Field{Type: Timestamp, Secret: true}, "hunter2"},
		{"bytes", &Field{Type: Bytes, Secret: true}, "hunter2!"},
		{"JSON number", &Field{Type: String, Secret: true}, number},
		{"any", &Field{Secret: true}, []any{number}},
		{"a map of integers", &Field{Type: Map, Secret: true, Elem: &Field{Type: Integer}}, map[string]any{"a": "hunter2", "b": 4.2421}},
		{"a map of a Go type", &Field{Type: Map, Secret: true, Elem: &Field{Type: Integer}}, map[string]json.Number{"a": number}},
		{"a list of lists", &Field{Type: List, Secret: true, Elem: &Field{Type: List, Elem: &Field{Type: Boolean}}}, []any{[]any{"hunter2"}}},
		{"an object", &Field{Type: Object, Secret: true, Members: inner}, map[string]any{"text": "hunter2", "number": 42421}},
		{"text of an object", &Field{Type: Object, Secret: true, Accept: Accept{JSONText: true}, Members: inner}, `{"text":"hunter2","number":42421}`},
		{"a wrong container", &Field{Type: Object, Secret: true, Accept: Accept{JSONText: true}, Members: inner}, "hunter2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.field.Compile(); err != nil {
				t.Fatal(err)
			}
			_, err := tt.field.Convert(tt.in)
			if err == nil {
				t.Fatal("no error")
			}
			if strings.Contains(err.Error(), "hunter") || strings.Contains(err.Error(), "2421") {
				t.Errorf("shows the secret: %v", err)
			}
		})
	}
}

// A spelling that reaches into a secret is as secret as its place.
func TestErrorsHideSecretsPlacedInto(t *testing.T) {
	s := MustNew(
		&Field{Name: "environment", Type: Object, Secret: true, Members: MustNew(&Field{Name: "level", Type: Integer})},
		&Field{Name: "level", Type: Integer, Accept: Accept{Into: []string{"environment", "level"}}},
	)
	_, err := s.Convert(map[string]any{"level": "hunter2"})
	if want := "level: expected an integer, found ***"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = MustNew(append([]*Field{{Name: "open", Type: Integer}}, s.Fields()...)...).Convert(map[string]any{"open": "seen", "level": "hunter2"})
	if want := `level: expected an integer, found ***; open: expected an integer, found "seen"`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func ExampleSecret() {
	token := Secret("hunter2")
	fmt.Println(token, []Secret{token})
	fmt.Println(len(token.Reveal()))
	// Output:
	// *** [***]
	// 7
}
