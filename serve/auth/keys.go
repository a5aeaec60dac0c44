package auth

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/medlar-flow/medlar/internal/reach"
)

const (
	// freshFor is how long keys are good before they are fetched again: no longer is
	// a withdrawn one believed.
	freshFor = 10 * time.Minute
	// staleFor is how long they are good while the issuer cannot be reached.
	staleFor = time.Hour
	// fetchPause is the least time between two fetches, whatever tokens come.
	fetchPause   = 30 * time.Second
	failurePause = 5 * time.Second // after a fetch that failed
	fetchTimeout = 10 * time.Second
	mostBytes    = 1 << 20 // of a document
	mostKeys     = 100
	// mostTried bounds the keys that a token is tried with.
	mostTried = 8
	leastBits = 2048 // of an RSA key
	mostBits  = 8192
	wellKnown = "/.well-known/openid-configuration"
)

// keySet has an issuer's keys, which it fetches when they are asked for.
type keySet struct {
	issuer, address string // the address is empty where the issuer is asked for it
	client          *http.Client
	now             func() time.Time

	turn chan struct{} // held by the one who fetches

	mu      sync.Mutex
	keys    []jose.JSONWebKey
	fetched time.Time // the zero time: never
	tried   time.Time // when a fetch ended last
	failure error     // of that fetch; nil where it succeeded
}

func newKeySet(issuer, address string, o Options) *keySet {
	k := &keySet{issuer: issuer, address: address, client: o.Client, now: o.Now, turn: make(chan struct{}, 1)}
	if k.client == nil {
		transport := &http.Transport{
			Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: fetchTimeout, ResponseHeaderTimeout: fetchTimeout,
			DisableKeepAlives: true, // nothing stays open between two fetches
		}
		k.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	return k
}

// find returns the keys that a token of this kid and algorithm can be signed
// with. An unknown kid has them fetched, where they were not just now.
func (k *keySet) find(ctx context.Context, kid, alg string) ([]jose.JSONWebKey, error) {
	found, due, err := k.known(kid, alg)
	if !due {
		return found, err
	}
	if len(found) > 0 && err == nil {
		select {
		case k.turn <- struct{}{}:
		default:
			return found, nil // somebody fetches them; these are still good
		}
	} else {
		select {
		case k.turn <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err() //nolint:wrapcheck // the caller says what was done
		}
	}
	defer func() { <-k.turn }()
	if found, due, err = k.known(kid, alg); due {
		// A caller that goes away does not stop it: else those that go at once could
		// have the issuer asked as often as they like.
		k.fetch(context.WithoutCancel(ctx))
		found, _, err = k.known(kid, alg)
	}
	return found, err
}

// known returns what there is without a fetch, and whether one is due. The error
// says why there is nothing to go by.
func (k *keySet) known(kid, alg string) (found []jose.JSONWebKey, due bool, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	age, pause := now.Sub(k.fetched), fetchPause
	if k.failure != nil {
		pause = failurePause
	}
	if age < staleFor {
		found = k.fitting(kid, alg)
	}
	due = len(found) == 0 || age >= freshFor || age < 0
	if since := now.Sub(k.tried); since >= 0 && since < pause {
		due = false
	}
	if len(found) == 0 && k.failure != nil {
		err = k.failure
	}
	return found, due, err
}

// fitting returns the known keys for a kid and an algorithm.
func (k *keySet) fitting(kid, alg string) []jose.JSONWebKey {
	var found []jose.JSONWebKey
	for _, key := range k.keys {
		if (kid == "" || key.KeyID == kid) && (key.Algorithm == "" || key.Algorithm == alg) && len(found) < mostTried {
			found = append(found, key)
		}
	}
	return found
}

// fetch gets the keys anew; those that there were stay where it fails.
func (k *keySet) fetch(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	keys, err := k.load(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tried = k.now()
	if k.failure = err; err == nil {
		k.keys, k.fetched = keys, k.tried
	}
}

func (k *keySet) load(ctx context.Context) ([]jose.JSONWebKey, error) {
	address := k.address
	if address == "" {
		var about struct {
			Issuer  string `json:"issuer"`
			JWKSURI string `json:"jwks_uri"`
		}
		if err := k.get(ctx, strings.TrimSuffix(k.issuer, "/")+wellKnown, &about); err != nil {
			return nil, err
		}
		if about.Issuer != k.issuer {
			return nil, fmt.Errorf("%s says that it is the issuer %.200q: write that, to the letter", k.issuer, about.Issuer)
		}
		if !secureURL(about.JWKSURI) {
			return nil, fmt.Errorf("%s has its keys at %.200q, which is no https address", k.issuer, about.JWKSURI)
		}
		address = about.JWKSURI
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := k.get(ctx, address, &set); err != nil {
		return nil, err
	}
	if len(set.Keys) > mostKeys {
		return nil, fmt.Errorf("%s has %d keys, more than %d", address, len(set.Keys), mostKeys)
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		// A key of a kind that is not known is another token's.
		if key := new(jose.JSONWebKey); key.UnmarshalJSON(raw) == nil && usable(key) {
			keys = append(keys, *key)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%s has no key that tokens can be checked with", address)
	}
	return keys, nil
}

// usable reports whether a key is public, asymmetric, strong and for signatures.
func usable(key *jose.JSONWebKey) bool {
	if !key.Valid() || !key.IsPublic() || key.Use != "" && key.Use != "sig" {
		return false
	}
	if public, ok := key.Key.(*rsa.PublicKey); ok {
		bits := public.N.BitLen()
		return bits >= leastBits && bits <= mostBits
	}
	_, symmetric := key.Key.([]byte)
	return !symmetric
}

// get reads a JSON document of the issuer.
func (k *keySet) get(ctx context.Context, address string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return errors.New("fetching keys: the address makes no request")
	}
	address = reach.Address(req.URL)
	req.Header.Set("Accept", "application/json")
	resp, err := k.client.Do(req)
	if err != nil {
		return fmt.Errorf("fetching keys from %s: %w", address, reach.Failure(err))
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", address, resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, mostBytes+1))
	if err != nil {
		return fmt.Errorf("reading %s: %w", address, reach.Failure(err))
	}
	if len(body) > mostBytes {
		return fmt.Errorf("%s is larger than %d bytes", address, mostBytes)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return errors.New(address + " is not the JSON document that it is to be")
	}
	return nil
}
