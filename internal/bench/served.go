//go:build !before

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/flows/journal"
	"github.com/medlar-flow/medlar/serve"
)

// requestBody is what every client of a server sends.
func requestBody() []byte {
	body, err := json.Marshal(map[string]any{"order": orderInput()})
	if err != nil {
		panic(err) // texts and numbers
	}
	return body
}

// servedTarget makes a target that sends requests to a server in this process.
func servedTarget(ctx context.Context, o *order) (*target, error) {
	handler, run, closeIt, err := answerer(ctx, o)
	if err != nil {
		return nil, err
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening a port: %w", err), closeIt())
	}
	ctx, stop := context.WithCancel(ctx)
	web := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	var running sync.WaitGroup
	running.Go(func() { _ = web.Serve(ln) })
	running.Go(func() { _ = run(ctx) })
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: o.AtOnce, DisableCompression: true}}
	body := requestBody()
	url := "http://" + ln.Addr().String() + "/orders"
	return &target{
		call: func(ctx context.Context, _ string) error { return post(ctx, client, url, body) },
		close: func() error {
			stop()
			err := web.Close()
			running.Wait()
			return errors.Join(err, closeIt())
		},
	}, nil
}

func post(ctx context.Context, client *http.Client, url string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err //nolint:wrapcheck // the measurement fails with it
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(r)
	if err != nil {
		return err //nolint:wrapcheck // the measurement fails with it
	}
	defer resp.Body.Close() //nolint:errcheck // it was read to its end
	text, err := io.ReadAll(resp.Body)
	if err == nil && (resp.StatusCode != http.StatusOK || !bytes.Equal(bytes.TrimSpace(text), []byte(`"o-1700"`))) {
		err = fmt.Errorf("the answer is %d %s", resp.StatusCode, text)
	}
	return err //nolint:wrapcheck // the measurement fails with it
}

// answerer returns who answers requests, what runs beside it, and what closes it.
func answerer(ctx context.Context, o *order) (h http.Handler, run func(context.Context) error, closeIt func() error, err error) {
	idle := func(ctx context.Context) error { <-ctx.Done(); return nil }
	sent := newTracing(o)
	nothing := sent.end
	switch o.Client {
	case clientRaw:
		return byHand(netHTTP(o, nil)), idle, nothing, nil
	case clientSDK:
		client, err := sdkClient(ctx, o)
		if err != nil {
			return nil, nil, nil, err
		}
		return byHand(sdkInvoker(client)), idle, nothing, nil
	}
	flow, err := loadFlow("served.yaml")
	if err != nil {
		return nil, nil, nil, err
	}
	registry, err := newRegistry()
	if err != nil {
		return nil, nil, nil, err
	}
	config := serve.Config{Flows: []serve.Served{{Flow: flow}}, Registry: registry, Observer: sent.observer(), Options: []flows.RunOption{
		flows.WithConnectionDefaults("aws", connectionParams(o)),
		flows.WithListener(flows.LogEvents(zerolog.New(io.Discard).Level(zerolog.InfoLevel))),
	}}
	if o.Client == clientJournal {
		if config.Journal, err = journal.Open(filepath.Join(o.Dir, "runs.db")); err != nil {
			return nil, nil, nil, fmt.Errorf("opening a journal: %w", err)
		}
		nothing = config.Journal.Close
	}
	s, err := serve.New(ctx, config)
	if err != nil {
		return nil, nil, nil, errors.Join(err, nothing())
	}
	return s, s.Run, nothing, nil
}

// byHand is what somebody writes who needs no more than this: it reads the order,
// calls the function, and answers with a part of what that gave.
func byHand(invoke invoker) http.Handler {
	log := zerolog.New(io.Discard).Level(zerolog.InfoLevel)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Order struct {
				ID    string  `json:"id"`
				Total float64 `json:"total"`
				Lines []any   `json:"lines"`
			} `json:"order"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		payload, err := json.Marshal(map[string]any{"id": in.Order.ID, "total": in.Order.Total, "lines": in.Order.Lines, "region": region})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		answer, err := invoke(r.Context(), "small", payload)
		var out struct {
			OrderID string `json:"orderId"`
		}
		if err == nil {
			err = json.Unmarshal(answer, &out)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		log.Info().Str("order", in.Order.ID).Msg("the order is done")
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(out.OrderID)
	})
	return mux
}
