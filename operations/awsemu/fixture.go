package awsemu

import (
	"fmt"
	"strconv"
)

// Fixture is what an account holds from the start: the content of a functions
// file. ReadFixture makes one; a Fixture never changes.
type Fixture struct {
	functions   []declaredFunction
	layers      []declaredLayer
	roles       []string // nil: any role may be assumed
	accounts    []declaredAccount
	concurrency int // 0: AWS's own limit
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
	code        declaredCode
	versions    []declaredVersion
	aliases     []declaredAlias
	policy      []permissionInput
}

// declaredCode is a reply and the text that stands for it as code.
type declaredCode struct {
	reply *reply
	text  []byte
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

// furnish puts what the fixture declares into an empty realm.
func (r *realm) furnish(f *Fixture) error {
	for _, d := range f.layers {
		ref := layerRef{place: r.place, name: d.name}
		for _, v := range d.versions {
			content := layerContent{CodeSha256: digest([]byte(d.name + ":" + strconv.FormatInt(v.number, 10)))}
			r.addLayerVersion(ref, layerVersion{
				Description: v.description, LicenseInfo: v.license, Content: &content,
				CompatibleRuntimes: v.runtimes, CompatibleArchitectures: v.platforms,
			}, v.number)
		}
	}
	for _, d := range f.functions {
		if err := r.furnishFunction(d); err != nil {
			return fmt.Errorf("function %s: %w", d.name, err)
		}
	}
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
	f.tags = d.tags
	f.latest = d.code.apply(config)
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
		v = d.code.apply(f.latest.config)
	}
	frozen, err := r.freeze(f, v, d.number)
	if err == nil && d.description != nil {
		frozen.config.Description = *d.description
	}
	return err
}

// apply makes a version of a configuration that runs this code.
func (c declaredCode) apply(config configuration) *version {
	config.CodeSize, config.CodeSha256 = int64(len(c.text)), digest(c.text)
	return &version{config: config, code: code{reply: c.reply}}
}
