package cli

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/rs/zerolog"

	"github.com/medlar-flow/medlar/flows"
	"github.com/medlar-flow/medlar/serve"
	"github.com/medlar-flow/medlar/serve/console"
)

// servedConsole is where the console stands on the address for operators.
const servedConsole = "/-/console"

// operators returns what answers on the address for operators: what the server tells
// them, and the console where there is a journal. On an address that other machines
// reach there is a console only where people log in as themselves.
func (a *app) operators(ctx context.Context, l net.Listener, server *serve.Server, config serve.Config, address string, again *reloader) (h http.Handler, done func(), err error) {
	who := &again.flags.people
	admin := server.Admin(adminHosts(l, who.url)...)
	if config.Journal == nil || !l.Addr().(*net.TCPAddr).IP.IsLoopback() && !who.known() {
		return admin, func() {}, nil
	}
	if config.PublicURL != "" {
		address = config.PublicURL
	}
	files := slices.DeleteFunc(slices.Clone(again.patterns), func(path string) bool { return path == "-" || isStream(path) }) // those were read to their ends
	shown, err := openShownFlows(files, again.flags.root, config.Registry)
	if err != nil {
		return nil, nil, err
	}
	own := console.Config{
		Journal: config.Journal, Registry: config.Registry, Flows: shown.get, Describe: describer(config.Registry),
		Options: append(slices.Clip(config.Options), flows.WithPublicURL(config.PublicURL)),
		Prefix:  servedConsole, Server: address, Audit: auditTo(again.log),
	}
	guarded := who.known() && !again.flags.adminOpen
	if guarded {
		own.Beside, own.Open = admin, []string{"/-/healthz", "/-/readyz", "/metrics"}
	}
	if err := who.admit(ctx, a, &own, l, "http", again.log); err != nil {
		shown.close()
		return nil, nil, err
	}
	pages, err := console.New(ctx, own)
	if err != nil {
		shown.close()
		return nil, nil, failedBecause("%w", err)
	}
	a.tellConsole(own, who.address("http://"+l.Addr().String(), servedConsole+"/"))
	if guarded {
		return toConsole(pages), shown.close, nil
	}
	return toConsole(beside(pages, admin)), shown.close, nil
}

// adminHosts are the names by which operators reach an address of this machine; none
// for one that others reach, of which nobody knows the names.
func adminHosts(l net.Listener, consoleURL string) []string {
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		return nil
	}
	hosts := []string{"localhost"}
	if u, err := url.Parse(consoleURL); err == nil && u.Hostname() != "" {
		hosts = append(hosts, u.Hostname())
	}
	return hosts
}

// toConsole leads to the console whoever leaves out its last slash.
func toConsole(others http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if req.URL.Path == servedConsole {
			http.Redirect(w, req, servedConsole+"/", http.StatusSeeOther)
			return
		}
		others.ServeHTTP(w, req)
	})
}

// beside answers under servedConsole by pages, and elsewhere by others.
func beside(pages, others http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasPrefix(req.URL.Path, servedConsole+"/") {
			pages.ServeHTTP(w, req)
			return
		}
		others.ServeHTTP(w, req)
	})
}

// auditTo writes what people do in a console as log lines.
func auditTo(log zerolog.Logger) func(console.Action) {
	return func(x console.Action) { logAction(log, x) }
}
