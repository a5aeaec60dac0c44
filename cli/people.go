package cli

import (
	"context"
	"crypto/rand"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/schema"
	"github.com/medlar-flow/medlar/serve"
	"github.com/medlar-flow/medlar/serve/console"
	"github.com/medlar-flow/medlar/serve/people"
)

// peopleFlags say who may see a console, and how it is reached.
type peopleFlags struct {
	users, oidc, url string

	urlFlag string // what the flag of the address is called
}

func (f *peopleFlags) register(c *cobra.Command, prefix, urlFlag string) {
	f.urlFlag = "--" + urlFlag
	flags := c.Flags()
	flags.StringVar(&f.users, prefix+"users", "", "`file` of users who may log in to the console, with their roles; read again when it changes (see docs console)")
	flags.StringVar(&f.oidc, prefix+"oidc", "", "`file` that says which issuer of OpenID Connect logs people in to the console (see docs console)")
	flags.StringVar(&f.url, urlFlag, "", "`address` under which people reach the console, such as https://ops.example.com")
}

// known reports whether people log in as themselves.
func (f *peopleFlags) known() bool { return f.users != "" || f.oidc != "" }

// check finds an address that cannot be that of a console.
func (f *peopleFlags) check() error {
	if f.url == "" {
		return nil
	}
	u, err := url.Parse(f.url)
	if serve.CheckPublicURL(f.url) != nil || err != nil || strings.Trim(u.Path, "/") != "" {
		return wrong("write https://HOST, without a path", "%s cannot be %q", f.urlFlag, f.url)
	}
	if u.Scheme != "https" && !isLoopback(u.Hostname()) {
		return wrong("let the console or a proxy in front of it speak HTTPS, and write https://HOST", "%s: passwords and cookies could be read on the way to %s", f.urlFlag, f.url)
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// admit says in a configuration who may log in, and by which names the console is
// reached. Its token is empty where people log in as themselves.
func (f *peopleFlags) admit(ctx context.Context, a *app, config *console.Config, l net.Listener, scheme string, log zerolog.Logger) error {
	if err := f.check(); err != nil {
		return err
	}
	loopback := l.Addr().(*net.TCPAddr).IP.IsLoopback()
	if !loopback && f.url == "" {
		return wrong("add "+f.urlFlag+" https://HOST, the address that people write", "nothing says how people reach the console on %s", l.Addr())
	}
	base := scheme + "://" + l.Addr().String()
	if loopback {
		config.Hosts = hostsOf(l)
	}
	if f.url != "" {
		base = strings.TrimRight(f.url, "/")
		u, _ := url.Parse(base) // check has read it
		config.Hosts = append(config.Hosts, u.Host)
		scheme = u.Scheme
	}
	config.Secure = scheme == "https"
	if !f.known() {
		config.Token = schema.Secret(rand.Text())
		return nil
	}
	if f.users != "" {
		users, err := people.OpenUsers(f.users, func(err error) { log.Warn().Err(err).Msg("console") })
		if err != nil {
			return wrong("make it with "+a.Name+" console passwd, or with htpasswd -B", "the users of the console: %w", err)
		}
		config.Users = users
	}
	if f.oidc == "" {
		return nil
	}
	issuer, err := a.readOIDC(ctx, f.oidc)
	if err != nil {
		return err
	}
	issuer.Redirect = base + config.Prefix + "/login/back"
	if config.OIDC, err = people.NewOIDC(*issuer); err != nil {
		return wrong("", "%s: %w", f.oidc, err)
	}
	return nil
}

// address returns where people find a console that listens at another one.
func (f *peopleFlags) address(at, path string) string {
	if f.url != "" {
		at = strings.TrimRight(f.url, "/")
	}
	return at + path
}

// oidcIn is the file of --oidc.
type oidcIn struct {
	Issuer       string              `param:"issuer,required" example:"https://login.example.com/" doc:"The issuer, as iss has it, to the letter."`
	ClientID     string              `param:"clientId,required" doc:"The client that the console is to the issuer."`
	ClientSecret *secretIn           `param:"clientSecret" doc:"Where its secret is; left out for a public client."`
	Scopes       []string            `param:"scopes" doc:"What is asked for beside openid."`
	Name         string              `param:"name" doc:"The claim with somebody's name; email, then preferred_username if left out."`
	Claim        string              `param:"claim" doc:"The claim with groups; groups if left out."`
	Roles        map[string][]string `param:"roles" doc:"The roles that each group gives."`
	Everyone     []string            `param:"everyone" doc:"The roles of whoever the issuer knows."`
}

type secretIn struct {
	Env  string `param:"env" doc:"A variable of the environment that holds it."`
	File string `param:"file" doc:"A file that holds it, beside this one."`
}

// maxSecretFile bounds the file of a client's secret, in bytes.
const maxSecretFile = 64 << 10

// readOIDC reads the file of --oidc.
func (a *app) readOIDC(ctx context.Context, path string) (*people.OIDCConfig, error) {
	in, err := settings[oidcIn](ctx, a, "--oidc", path, nil)
	if err != nil {
		return nil, err
	}
	secret, err := a.clientSecret(in.ClientSecret, path)
	if err != nil {
		return nil, err
	}
	return &people.OIDCConfig{
		Issuer: in.Issuer, ClientID: in.ClientID, ClientSecret: secret, Scopes: in.Scopes,
		NameClaim: in.Name, RolesClaim: in.Claim, Roles: in.Roles, Everyone: in.Everyone,
	}, nil
}

// clientSecret reads the secret of a client from where its file says.
func (a *app) clientSecret(in *secretIn, path string) (schema.Secret, error) {
	switch {
	case in == nil:
		return "", nil
	case (in.Env == "") == (in.File == ""):
		return "", wrong("write clientSecret: {env: NAME} or clientSecret: {file: PATH}", "%s: clientSecret says nothing, or two things", path)
	case in.Env != "":
		text, _ := a.Env(in.Env)
		if text == "" {
			return "", wrong("set it", "%s: clientSecret: the variable %s is not set", path, in.Env)
		}
		return schema.Secret(text), nil
	}
	name := in.File
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(path), name)
	}
	text, err := readfile.Plain(name, maxSecretFile)
	if err != nil {
		return "", wrong("", "%s: clientSecret: %w", path, readfile.About(name, err))
	}
	return schema.Secret(strings.TrimSpace(string(text))), nil
}

// replaceFile writes a file beside the one that it takes the place of, so that readers
// see one or the other.
func replaceFile(path, text string) error {
	temp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err //nolint:wrapcheck // it names the file
	}
	defer os.Remove(temp.Name()) //nolint:errcheck // it has another name by then
	mode := os.FileMode(0o600)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	_, err = temp.WriteString(text)
	for _, do := range []func() error{func() error { return temp.Chmod(mode) }, temp.Sync, temp.Close} {
		if later := do(); err == nil {
			err = later
		}
	}
	if err != nil {
		return err //nolint:wrapcheck // as above
	}
	return os.Rename(temp.Name(), path) //nolint:wrapcheck // as above
}
