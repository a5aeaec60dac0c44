package http

import (
	"maps"
	nethttp "net/http"
	"slices"
	"testing"
)

// What one host sends to another and that one back is not the flow's request
// any more: another host chose it, so it gets none of the flow's credentials,
// and neither does what it leads to on the same host.
func TestRedirectsThatComeBack(t *testing.T) {
	rows := []struct {
		status int
		asks   params
	}{
		{nethttp.StatusFound, params{"method": "POST", "body": "text"}},
		{nethttp.StatusTemporaryRedirect, params{}}, // a body would stay here
	}
	for _, row := range rows {
		status := row.status
		var home, away string
		there := func(w nethttp.ResponseWriter, r *nethttp.Request) {
			nethttp.Redirect(w, r, home+"/back", status)
		}
		other, seenThere := serve(t, there)
		server, seenHere := serve(t, func(w nethttp.ResponseWriter, r *nethttp.Request) {
			to := map[string]string{"/stay": home + "/go", "/go": away + "/there", "/back": home + "/on"}[r.URL.Path]
			if to != "" {
				nethttp.Redirect(w, r, to, status)
			}
		})
		home, away = server.URL, other.URL
		conn, err := opened(t, params{"baseUrl": home, "bearer": "token", "headers": params{"X-Key": "k", "Cookie": "c=1"}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = call(t.Context(), t, conn, with(row.asks, params{"url": "/stay", "headers": params{"X-Own": "1"}})); err != nil {
			t.Fatal(err)
		}
		seenHere.mu.Lock() // nobody writes any more
		defer seenHere.mu.Unlock()
		requests := append(slices.Clone(seenHere.list), seenThere.list...)
		if len(requests) != 5 {
			t.Fatalf("%d requests", len(requests))
		}
		for _, r := range requests {
			mine := r.URL.Path == "/stay" || r.URL.Path == "/go"
			for name, want := range map[string]string{"Authorization": "Bearer token", "X-Key": "k", "X-Own": "1", "Cookie": "c=1", "Referer": ""} {
				if !mine {
					want = ""
				}
				if got := r.Header.Get(name); got != want {
					t.Errorf("status %d: %s gets the header %s: %q, want %q", status, r.URL.Path, name, got, want)
				}
			}
		}
	}
}

func with(some, more params) params {
	all := maps.Clone(some)
	maps.Copy(all, more)
	return all
}
