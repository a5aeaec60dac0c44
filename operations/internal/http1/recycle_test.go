package http1

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// What is taken back of an answer is in no other one, and texts that somebody kept of
// its header stay as they were.
func TestRecycle(t *testing.T) {
	s := listen(t, func(c net.Conn, n int) bool {
		fields := []string{fmt.Sprintf("X-Number: %d", n), "X-Same: same"}
		if n%3 == 0 {
			fields = append(fields, "X-Third: yes", "x-third: again")
		}
		return raw(withLength(fmt.Sprintf("body %d", n), fields...))(c, n)
	})
	tr := made(t, &http.Transport{MaxIdleConnsPerHost: 8})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			var kept []string
			for range 200 {
				resp, body, err := send(tr, request(t, "POST", s.url("/"), "{}"))
				if err != nil {
					t.Error(err)
					return
				}
				number, third := resp.Header.Get("X-Number"), strings.Join(resp.Header["X-Third"], " ")
				if want := ""; body != "body "+number || third != want && third != "yes again" || resp.Header.Get("X-Same") != "same" {
					t.Errorf("body %q with %v", body, resp.Header)
				}
				kept = append(kept, number, body)
				if !Recycle(resp) {
					t.Error("an answer that was read is not taken back")
				}
			}
			for i := 0; i < len(kept); i += 2 {
				if kept[i+1] != "body "+kept[i] {
					t.Errorf("%q became %q", kept[i+1], kept[i])
				}
			}
		})
	}
	all.Wait()
}

func TestRecycleLeavesOthersAlone(t *testing.T) {
	s := listen(t, raw(withLength("a body", "X-A: b")))
	tr := made(t, &http.Transport{})
	resp, err := tr.RoundTrip(request(t, "POST", s.url("/"), "{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // of a test
	if Recycle(resp) {
		t.Error("an answer that is being read was taken back")
	}
	if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "a body" {
		t.Errorf("%q, %v", body, err)
	}
	if copied := *resp; Recycle(&copied) {
		t.Error("a copy was taken back")
	}
	if resp.Header.Get("X-A") != "b" {
		t.Errorf("the header is %v", resp.Header)
	}
	if Recycle(&http.Response{Body: http.NoBody}) {
		t.Error("an answer of somebody else was taken back")
	}
}
