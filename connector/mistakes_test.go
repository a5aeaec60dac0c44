package connector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// ownError is an error of somebody else's, whose methods need more than a nil pointer.
type ownError struct{ text string }

func (e *ownError) Error() string { return e.text }

// TestErrorsThatAreNil: what Go takes for an error though it is none is a failure
// that says so, and nobody who asks it later panics.
func TestErrorsThatAreNil(t *testing.T) {
	var none *Error
	var own *ownError
	for name, tt := range map[string]struct {
		err  error
		says string
	}{
		"an Error":         {none, "it returned a nil *connector.Error as its error: where nothing failed, return a plain nil"},
		"another error":    {own, "it returned a nil *connector.ownError as its error: where nothing failed, return a plain nil"},
		"a wrapped Error":  {fmt.Errorf("around: %w", none), "the error that it returned wraps a nil *connector.Error"},
		"a wrapped own":    {around{own}, "an error of type connector.around panicked when it was read"},
		"one that panics":  {panics{}, "an error of type connector.panics panicked when it was read"},
		"joined with nils": {errors.Join(none, errors.New("a")), "the error that it returned wraps a nil *connector.Error"},
	} {
		t.Run(name, func(t *testing.T) {
			e := AsError(tt.err)
			if e.Message != tt.says || e.Code != "Internal" || e.Class != ClassInternal || e.Outcome != OutcomeUnknown {
				t.Errorf("it is %+v", e)
			}
			if errors.Is(e, context.Canceled) || e.Error() == "" || e.Value()["message"] != tt.says {
				t.Errorf("read again it is %v", e)
			}
		})
	}
	if none.Error() == "" || errors.Is(none, context.Canceled) || errors.Is(&Error{Code: "a"}, none) || none.Unwrap() != nil {
		t.Error("a nil error is another's")
	}
}

type around struct{ error }

func (a around) Error() string { return a.error.Error() }

type panics struct{}

func (panics) Error() string { panic("no text") }

// TestRegistrationMistakes: what is missing is told when the program starts.
func TestRegistrationMistakes(t *testing.T) {
	for says, do := range map[string]func() error{
		"connector 2 of 2 is nil": func() error {
			_, err := NewRegistry(&Connector{Name: "pay"}, nil)
			return err
		},
		`operation 1 of 1 of connector "pay" is nil`: func() error {
			_, err := NewRegistry(&Connector{Name: "pay", Operations: []*Operation{nil}})
			return err
		},
		`connector "pay", which is made late, has no Make`: func() error {
			_, err := new(Registry).WithLate(Late{Name: "pay"})
			return err
		},
		"event source 1 of 1 is nil": func() error {
			_, err := new(Registry).WithEventSources(nil)
			return err
		},
		"connector: operation pay.charge: its function is nil": func() (err error) {
			defer func() { err = fmt.Errorf("%v", recover()) }()
			Op[struct{}, struct{}]("pay.charge", "Charge.", nil)
			return nil
		},
		"connector: operation pay.refund: its function is nil": func() (err error) {
			defer func() { err = fmt.Errorf("%v", recover()) }()
			OpWith[struct{}, struct{}]("pay.refund", "Refund.", nil)
			return nil
		},
		"connector: Make of pay, which is made late, returned nil": func() (err error) {
			r, err := new(Registry).WithLate(Late{Name: "pay", Make: func() *Connector { return nil }})
			if err != nil {
				return err
			}
			defer func() { err = fmt.Errorf("%v", recover()) }()
			r.Connectors()
			return nil
		},
	} {
		if err := do(); err == nil || err.Error() != says {
			t.Errorf("%q is told as %v", says, err)
		}
	}
}

// TestNoRegistry: a registry that is nil, or zero, has nothing, and can be given more.
func TestNoRegistry(t *testing.T) {
	for name, r := range map[string]*Registry{"nil": nil, "zero": {}} {
		op, found := r.Operation("pay.charge")
		c, there := r.Connector("pay")
		if found || there || op != nil || c != nil || r.Owner(operation("pay.charge")) != nil || r.EventSource("sqs") != nil || r.Source() != nil || r.Shadows("pay") ||
			len(r.Connectors())+len(r.Operations())+len(r.EventSources())+len(r.Opened()) != 0 {
			t.Errorf("the %s registry has something", name)
		}
		if err := r.Pass(t.Context(), "pay", 1, 1, 1); err != nil {
			t.Errorf("the %s registry: %v", name, err)
		}
		late, err := r.WithLate(Late{Name: "pay", Make: func() *Connector {
			return &Connector{Name: "pay", Operations: []*Operation{operation("pay.charge")}}
		}})
		if err != nil {
			t.Fatal(err)
		}
		late, err = late.WithSource(nil).WithEventSources()
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := late.Operation("pay.charge"); !ok || late.Pass(t.Context(), "pay", 1, 1, 1) != nil {
			t.Errorf("the %s registry cannot be given more", name)
		}
	}
}

// TestNilOptions: an option that is nil changes nothing.
func TestNilOptions(t *testing.T) {
	op := Op("pay.charge", "Charge.", func(context.Context, struct{}) (string, error) { return "", nil }, nil, WithEffect(EffectReadOnly))
	if op.Effect != EffectReadOnly || !strings.HasPrefix(op.Name, "pay") {
		t.Errorf("it is %+v", op)
	}
}
