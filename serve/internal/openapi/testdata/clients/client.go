// Calls the routes of kinds.yaml by a client that oapi-codegen made of the document. The
// address of the server is the argument.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"reflect"
	"time"

	"clients/api"
)

func header(name, text string) api.RequestEditorFn {
	return func(_ context.Context, req *http.Request) error {
		req.Header.Set(name, text)
		return nil
	}
}

func main() {
	failed := false
	want := func(what string, got, wanted any) {
		if !reflect.DeepEqual(got, wanted) {
			fmt.Fprintf(os.Stderr, "%s: %v, want %v\n", what, got, wanted)
			failed = true
		}
	}
	must := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	ctx := context.Background()
	client, err := api.NewClientWithResponses(os.Args[1])
	must(err)
	bearer, key := header("Authorization", "Bearer s3cret"), "k-go"

	at, raw, sure, kind := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), []byte("hi"), true, api.KindsJSONBodyKind("a")
	made, err := client.KindsWithResponse(ctx, "ada", &api.KindsParams{IdempotencyKey: &key}, api.KindsJSONRequestBody{
		N: new(int64(4)), X: new(1.1), Sure: &sure, At: &at, Raw: &raw, Kind: &kind, Any: map[string]any{"q": 1}, Tags: &[]string{"a"},
		Labels: &map[string]int64{"large": 9007199254740993}, Wait: new("10s"), Pin: new("1234"), Deep: &api.KindsDeep{A: "b"},
	}, bearer)
	must(err)
	if made.JSON200 == nil {
		must(fmt.Errorf("made: %s %s", made.Status(), made.Body))
	}
	got := made.JSON200
	want("made", []any{got.N, *got.X, got.Who, got.Deep.A, *(*got.Labels)["large"]}, []any{int64(4), 1.1, "ada", "b", int64(9007199254740993)})

	wrong, err := client.KindsWithResponse(ctx, "ada", nil, api.KindsJSONRequestBody{N: new(int64(40))}, bearer)
	must(err)
	problem := wrong.ApplicationproblemJSON422
	if problem == nil || problem.Errors == nil {
		must(fmt.Errorf("a mistake: %s %s", wrong.Status(), wrong.Body))
	}
	want("a mistake", []any{*(*problem.Errors)[0].Pointer, *(*problem.Errors)[0].Help}, []any{"#/n", "send an integer from 1 to 10 (How many)"})

	found, err := client.Kinds2WithResponse(ctx, "ada", &api.Kinds2Params{Many: new(int64(5))}, header("X-Key", "s3cret"))
	must(err)
	want("found", []any{found.StatusCode(), found.JSON200.N}, []any{200, int64(5)})

	late, err := client.Kinds6WithResponse(ctx, nil, map[string]any{})
	must(err)
	want("late", []any{late.StatusCode(), late.JSON202.State}, []any{202, "running"})
	state, err := client.RunWithResponse(ctx, late.JSON202.Run)
	must(err)
	want("its state", []any{state.StatusCode(), *state.JSON200.Flow}, []any{200, "kinds"})
	if failed {
		os.Exit(1)
	}
}
