package lambdasvc

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/bundle"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/durable"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/fixture"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// defaultRole is the role of a function that declares none.
func (r *realm) defaultRole() string {
	return "arn:" + service.Partition(r.place.Region) + ":iam::" + r.place.Account + ":role/lambda"
}

// furnish puts what the fixture declares into a realm, but for the functions
// and layers that it was given earlier: those may be changed or deleted.
func (r *realm) furnish(f *fixture.File, earlier []string) error {
	functions, layers := f.Of(r.place.Account)
	for _, d := range layers {
		if name := "layer:" + d.Name; !slices.Contains(earlier, name) {
			r.declared = append(r.declared, name)
			r.furnishLayer(d)
		}
	}
	for _, d := range functions {
		name := "function:" + d.Name
		if slices.Contains(earlier, name) {
			continue
		}
		r.declared = append(r.declared, name)
		if err := r.furnishFunction(d); err != nil {
			return fmt.Errorf("function %s: %w", d.Name, err)
		}
	}
	for _, name := range sortedKeys(r.handlers) {
		if err := r.furnishHandler(name); err != nil {
			return err
		}
	}
	return nil
}

func (r *realm) furnishLayer(d fixture.Layer) {
	ref := layerRef{place: r.place, name: d.Name}
	for _, v := range d.Versions {
		content := layerContent{CodeSha256: bundle.Digest([]byte(d.Name + ":" + strconv.FormatInt(v.Number, 10)))}
		r.addLayerVersion(ref, layerVersion{
			Description: v.Description, LicenseInfo: v.License, Content: &content,
			CompatibleRuntimes: v.Runtimes, CompatibleArchitectures: v.Platforms,
		}, v.Number)
	}
}

// furnishHandler adds a function that is a handler of this process, unless
// one of that name was declared.
func (r *realm) furnishHandler(name string) error {
	runs := code{handler: r.handlers[name]}
	if f, ok := r.functions[name]; ok {
		f.latest.code = runs
		for _, v := range f.published {
			if v.code.empty() { // of an earlier run, which cannot keep a handler
				v.code = runs
			}
		}
		return nil
	}
	f := newFunction(functionRef{place: r.place, name: name})
	config, err := r.newConfiguration(f.ref)
	if err != nil {
		return err
	}
	config.Runtime, config.Handler, config.Role = "provided.al2023", "bootstrap", r.defaultRole()
	config.CodeSha256 = bundle.Digest([]byte(name))
	f.latest = &version{config: config, code: runs}
	r.functions[name] = f
	return nil
}

func (r *realm) furnishFunction(d fixture.Function) error {
	f := newFunction(functionRef{place: r.place, name: d.Name})
	config, err := r.newConfiguration(f.ref)
	if err != nil {
		return err
	}
	config.Description, config.Runtime, config.Handler, config.Role = d.Description, d.Runtime, d.Handler, d.Role
	config.Timeout, config.MemorySize = d.Timeout, d.MemorySize
	if config.Role == "" {
		config.Role = r.defaultRole()
	}
	if d.Environment != nil {
		config.Environment = &environment{Variables: d.Environment}
	}
	if d.Execution > 0 {
		config.DurableConfig = &durable.Config{ExecutionTimeout: d.Execution, RetentionPeriodInDays: cmp.Or(d.Retention, usualRetention)}
	}
	if d.Tenants {
		config.TenancyConfig = object{"TenantIsolationMode": "PER_TENANT"}
	}
	if d.LogFormat != "" {
		config.LoggingConfig = object{"LogFormat": d.LogFormat, "LogGroup": "/aws/lambda/" + d.Name}
	}
	f.tags, f.reserved = d.Tags, d.Reserved
	if f.latest, err = r.declaredVersion(d.Code, config, d.Name+":"+latest); err != nil {
		return err
	}
	for _, v := range d.Versions {
		if err := r.furnishVersion(f, v); err != nil {
			return err
		}
	}
	r.functions[d.Name] = f
	for _, a := range d.Aliases {
		if _, err := r.createAlias(f.ref, aliasInputOf(a)); err != nil {
			return err
		}
	}
	if d.URL != nil {
		r.putURL(f, f.ref, urlConfig{}, urlInputOf(*d.URL))
	}
	for _, p := range d.Policy {
		if _, err := r.addPermission(f.ref, permissionInputOf(p)); err != nil {
			return err
		}
	}
	return nil
}

func (r *realm) furnishVersion(f *function, d fixture.Version) error {
	v := f.latest
	if d.Code != nil {
		var err error
		if v, err = r.declaredVersion(*d.Code, f.latest.config, f.ref.name+":"+d.Number); err != nil {
			return err
		}
	}
	frozen, err := r.freeze(f, v, d.Number)
	if err == nil && d.Description != nil {
		frozen.config.Description = *d.Description
	}
	return err
}

// declaredVersion makes a version of a configuration that runs this code.
func (r *realm) declaredVersion(c fixture.Code, config configuration, name string) (*version, error) {
	if c.Local != nil {
		config.CodeSize, config.CodeSha256 = c.Local.Size, c.Local.SHA256
	} else {
		config.CodeSize, config.CodeSha256 = int64(len(c.Text)), bundle.Digest(c.Text)
	}
	runs, err := codeOf(c, r.source, name)
	return &version{config: config, code: runs}, err
}

// code returns what a version runs that declares this; name is how it is found
// again.
func codeOf(c fixture.Code, s source, name string) (code, error) {
	if c.Local == nil || s.codes == nil {
		return code{Declared: name, reply: c.Reply}, nil
	}
	runs, err := keepLocal(c.Local, s)
	runs.Declared = name
	return runs, err
}

// aliasInputOf returns the request that makes a declared alias.
func aliasInputOf(a fixture.Alias) aliasInput {
	in := aliasInput{Name: a.Name, FunctionVersion: &a.Version, Description: a.Description}
	if a.Weights != nil {
		in.RoutingConfig = &routing{AdditionalVersionWeights: a.Weights}
	}
	return in
}

// permissionInputOf returns the request that makes a declared statement.
func permissionInputOf(p fixture.Permission) permissionInput {
	return permissionInput{
		StatementID: p.ID, Action: p.Action, Principal: p.Principal,
		SourceArn: p.SourceARN, SourceAccount: p.SourceAccount, PrincipalOrgID: p.Organization,
	}
}

// urlInputOf returns the request that makes a declared address.
func urlInputOf(u fixture.URL) urlInput {
	in := urlInput{AuthType: u.Auth, InvokeMode: u.Mode}
	if u.Cors {
		in.Cors = &cors{
			AllowCredentials: &u.Credentials, AllowHeaders: u.Headers, AllowMethods: u.Methods, AllowOrigins: u.Origins,
			ExposeHeaders: u.Exposed, MaxAge: &u.MaxAge,
		}
	}
	return in
}

// keepLocal returns the code that a version runs; a zip is copied.
func keepLocal(c *fixture.LocalCode, s source) (code, error) {
	if !c.Zipped {
		return code{folder: c.Path}, nil
	}
	file, err := os.ReadFile(c.Path)
	if err != nil {
		return code{}, err
	}
	hash, err := s.codes.Put(file)
	return code{Archive: hash}, err
}
