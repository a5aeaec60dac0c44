package awsapi

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/medlar-flow/medlar/operations/internal/http1"
)

func TestPoolKeepsAClientForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPool(10 * time.Second)
		opened := 0
		use := func() *pooled {
			entry, err := p.Acquire(poolKey{params: "1"}, func() (*client, error) {
				opened++
				return &client{transport: http1.New(&http.Transport{})}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return entry
		}
		first, second := use(), use()
		p.Release(poolKey{params: "1"}, first)
		time.Sleep(time.Minute)
		third := use() // the second use goes on
		p.Release(poolKey{params: "1"}, second)
		p.Release(poolKey{params: "1"}, third)
		time.Sleep(9 * time.Second)
		fourth := use() // within the time
		time.Sleep(time.Minute)
		if opened != 1 {
			t.Errorf("opened %d times, want once", opened)
		}
		p.Release(poolKey{params: "1"}, fourth)
		time.Sleep(11 * time.Second)
		synctest.Wait()
		if p.Len() != 0 {
			t.Error("the client is still there")
		}
		if use(); opened != 2 {
			t.Errorf("opened %d times, want twice", opened)
		}
	})
}

func TestPoolForgetsAFailure(t *testing.T) {
	p := &pool{}
	fail := errors.New("no")
	for range 2 {
		if _, err := p.Acquire(poolKey{}, func() (*client, error) { return nil, fail }); !errors.Is(err, fail) {
			t.Errorf("error is %v", err)
		}
	}
	if p.Len() != 0 {
		t.Error("the failure is kept")
	}
}
