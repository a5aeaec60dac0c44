package connector

import "testing"

type (
	noted  string
	silent struct{ n int }
)

func (n noted) Note() (label, text string) { return "Permission", string(n) }

func TestAnnotations(t *testing.T) {
	op := &Operation{Annotations: Annotations{silent{7}, noted("pay:Charge"), nil}}
	if s, ok := Annotation[silent](op.Annotations); !ok || s.n != 7 {
		t.Errorf("silent is %v, %v", s, ok)
	}
	if n, ok := Annotation[noted](op.Annotations); !ok || n != "pay:Charge" {
		t.Errorf("noted is %v, %v", n, ok)
	}
	if s, ok := Annotation[string](op.Annotations); ok || s != "" {
		t.Errorf("text of no annotation: %q, %v", s, ok)
	}
	if s, ok := Annotation[silent](nil); ok || s.n != 0 {
		t.Errorf("of nothing: %v, %v", s, ok)
	}
	notes := op.Notes()
	if len(notes) != 1 {
		t.Fatalf("%d notes", len(notes))
	}
	if label, text := notes[0].Note(); label != "Permission" || text != "pay:Charge" {
		t.Errorf("the note is %s: %s", label, text)
	}
}
