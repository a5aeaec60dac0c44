package awsemu

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Fixture is what an account holds from the start: the content of a functions
// file. ReadFixture makes one; a Fixture never changes.
type Fixture struct {
	functions   []declaredFunction
	layers      []declaredLayer
	roles       []string // nil: any role may be assumed
	accounts    []declaredAccount
	concurrency int               // 0: AWS's own limit
	session     time.Duration     // the longest session of STS; 0: AWS's own limits
	buckets     map[string]string // the folder of each
	faults      []fault
	seed        uint64
}

type declaredFunction struct {
	name        string
	description string
	runtime     string
	handler     string
	role        string
	timeout     int
	memorySize  int
	environment map[string]string
	tags        map[string]string
	reserved    *int
	code        declaredCode
	versions    []declaredVersion
	aliases     []declaredAlias
	policy      []permissionInput
}

// declaredCode is a reply and the text that stands for it as code, or code
// that the file names by its path.
type declaredCode struct {
	reply *reply
	text  []byte
	local *localCode
}

type declaredVersion struct {
	number      string
	description *string
	code        *declaredCode // nil: the function's own
}

type declaredAlias struct {
	name  string
	input aliasInput
}

type declaredLayer struct {
	name     string
	versions []declaredLayerVersion
}

type declaredLayerVersion struct {
	number      int64
	description string
	license     string
	runtimes    []string
	platforms   []string // CompatibleArchitectures
}

type declaredAccount struct {
	account string
	keyID   string
	secret  string
}

// defaultRole is the role of a function that declares none.
func (r *realm) defaultRole() string {
	return "arn:" + partition(r.place.region) + ":iam::" + r.place.account + ":role/lambda"
}

// furnish puts what the fixture declares into a realm, but for the functions
// and layers that it was given earlier: those may be changed or deleted.
func (r *realm) furnish(f *Fixture, earlier []string) error {
	for _, d := range f.layers {
		if name := "layer:" + d.name; !slices.Contains(earlier, name) {
			r.declared = append(r.declared, name)
			r.furnishLayer(d)
		}
	}
	for _, d := range f.functions {
		name := "function:" + d.name
		if slices.Contains(earlier, name) {
			continue
		}
		r.declared = append(r.declared, name)
		if err := r.furnishFunction(d); err != nil {
			return fmt.Errorf("function %s: %w", d.name, err)
		}
	}
	for _, name := range sortedKeys(r.handlers) {
		if err := r.furnishHandler(name); err != nil {
			return err
		}
	}
	return nil
}

func (r *realm) furnishLayer(d declaredLayer) {
	ref := layerRef{place: r.place, name: d.name}
	for _, v := range d.versions {
		content := layerContent{CodeSha256: digest([]byte(d.name + ":" + strconv.FormatInt(v.number, 10)))}
		r.addLayerVersion(ref, layerVersion{
			Description: v.description, LicenseInfo: v.license, Content: &content,
			CompatibleRuntimes: v.runtimes, CompatibleArchitectures: v.platforms,
		}, v.number)
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
	config.CodeSha256 = digest([]byte(name))
	f.latest = &version{config: config, code: runs}
	r.functions[name] = f
	return nil
}

func (r *realm) furnishFunction(d declaredFunction) error {
	f := newFunction(functionRef{place: r.place, name: d.name})
	config, err := r.newConfiguration(f.ref)
	if err != nil {
		return err
	}
	config.Description, config.Runtime, config.Handler, config.Role = d.description, d.runtime, d.handler, d.role
	config.Timeout, config.MemorySize = d.timeout, d.memorySize
	if config.Role == "" {
		config.Role = r.defaultRole()
	}
	if d.environment != nil {
		config.Environment = &environment{Variables: d.environment}
	}
	f.tags, f.reserved = d.tags, d.reserved
	if f.latest, err = r.declaredVersion(d.code, config, d.name+":"+latest); err != nil {
		return err
	}
	for _, v := range d.versions {
		if err := r.furnishVersion(f, v); err != nil {
			return err
		}
	}
	r.functions[d.name] = f
	for _, a := range d.aliases {
		if _, err := r.createAlias(f.ref, a.input); err != nil {
			return err
		}
	}
	for _, p := range d.policy {
		if _, err := r.addPermission(f.ref, p); err != nil {
			return err
		}
	}
	return nil
}

func (r *realm) furnishVersion(f *function, d declaredVersion) error {
	v := f.latest
	if d.code != nil {
		var err error
		if v, err = r.declaredVersion(*d.code, f.latest.config, f.ref.name+":"+d.number); err != nil {
			return err
		}
	}
	frozen, err := r.freeze(f, v, d.number)
	if err == nil && d.description != nil {
		frozen.config.Description = *d.description
	}
	return err
}

// declaredVersion makes a version of a configuration that runs this code.
func (r *realm) declaredVersion(c declaredCode, config configuration, name string) (*version, error) {
	if c.local != nil {
		config.CodeSize, config.CodeSha256 = c.local.CodeSize, c.local.CodeSha256
	} else {
		config.CodeSize, config.CodeSha256 = int64(len(c.text)), digest(c.text)
	}
	runs, err := c.code(r.source, name)
	return &version{config: config, code: runs}, err
}

// code gives what a version runs that declares this; name is how it is found
// again.
func (c declaredCode) code(s source, name string) (code, error) {
	if c.local == nil || s.codes == nil {
		return code{Declared: name, reply: c.reply}, nil
	}
	runs, err := c.local.keep(s)
	runs.Declared = name
	return runs, err
}

// declaredCode finds the code that the fixture declares under a name.
func (f *Fixture) declaredCode(name string) (declaredCode, bool) {
	for _, d := range f.functions {
		if name == d.name+":"+latest {
			return d.code, true
		}
		for _, v := range d.versions {
			if name == d.name+":"+v.number && v.code != nil {
				return *v.code, true
			}
		}
	}
	return declaredCode{}, false
}
