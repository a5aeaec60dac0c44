package docs

import (
	"context"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var outsideLink = regexp.MustCompile(`\]\((https?://[^)\s]+)\)`)

// outside returns the addresses that pages link to, each with a page that does.
func outside(t *testing.T) map[string]string {
	t.Helper()
	links := map[string]string{}
	for _, file := range pages(t) {
		rel, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range outsideLink.FindAllStringSubmatch(code.ReplaceAllString(read(t, rel), ""), -1) {
			links[m[1]] = rel
		}
	}
	return links
}

// TestOutsideLinksHaveAForm: a link that leads out is one of https to a host with a
// name, and none that is an example.
func TestOutsideLinksHaveAForm(t *testing.T) {
	for link, page := range outside(t) {
		u, err := url.Parse(link)
		switch {
		case err != nil:
			t.Errorf("%s: %v", page, err)
		case u.Scheme != "https":
			t.Errorf("%s links to %s: write https", page, link)
		case u.User != nil || u.Port() != "" || !strings.Contains(u.Host, "."):
			t.Errorf("%s links to %s, which has no plain host", page, link)
		case strings.HasSuffix(u.Host, "example.com") || strings.HasSuffix(u.Host, "example.org"):
			t.Errorf("%s links to %s, which is an example: write it as code", page, link)
		}
	}
}

// TestOutsideLinksLeadSomewhere asks for each address that pages link to. It needs
// the network: MEDLAR_LONG=1 go test ./internal/docs -run OutsideLinks. Hosts that
// cannot be reached from here are listed and skipped.
func TestOutsideLinksLeadSomewhere(t *testing.T) {
	if os.Getenv("MEDLAR_LONG") == "" {
		t.Skip("it asks others: set MEDLAR_LONG=1")
	}
	client := &http.Client{Timeout: 15 * time.Second}
	var unreached []string
	links := outside(t)
	for link, page := range links {
		u, err := url.Parse(link)
		if err != nil || slices.Contains(unreached, u.Host) {
			continue
		}
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, link, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := client.Do(req)
		if err != nil {
			unreached = append(unreached, u.Host)
			continue
		}
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusNotFound || answer.StatusCode == http.StatusGone {
			t.Errorf("%s links to %s: %s", page, link, answer.Status)
		}
	}
	if len(unreached) > 0 {
		t.Skipf("of %d addresses those of these hosts could not be asked for: %s", len(links), strings.Join(unreached, ", "))
	}
}
