package awsemu

import (
	"cmp"
	"crypto/rand"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// ReadFixture reads a functions file; the package documentation says what may
// be in it. name is what mistakes are told with. The error is a *FixtureError
// with every mistake of the file. An empty file is an empty account.
func ReadFixture(name string, src []byte) (*Fixture, error) {
	m := &mistakes{name: name, folder: filepath.Dir(name)}
	f := &Fixture{}
	if root := load(src, m); root != nil {
		reader{m}.fixture(root, f)
	}
	if len(m.list) == 0 {
		m.try(f)
	}
	if len(m.list) == 0 {
		return f, nil
	}
	return nil, &FixtureError{list: m.list.Sort(), name: name, source: src}
}

// try puts a fixture to use once, so that whatever the checks above have let
// through is told now and not with the first request.
func (m *mistakes) try(f *Fixture) {
	s := newStore(f, source{entropy: &entropy{source: rand.Reader}, clock: time.Now})
	_, err := within(s, place{account: Account, region: "us-east-1"}, (*realm).settings)
	if err != nil {
		m.add(1, 1, "%s", err)
	}
}

func (r reader) fixture(root *node, f *Fixture) {
	r.fields(root, "a functions file", map[string]func(*node){
		"functions": func(n *node) {
			r.each(n, "functions", func(key, value *node) { f.functions = append(f.functions, r.function(key, value)) })
		},
		"layers": func(n *node) {
			r.each(n, "layers", func(key, value *node) { f.layers = append(f.layers, r.layer(key, value)) })
		},
		"roles":    r.texts(&f.roles),
		"accounts": func(n *node) { r.accounts(n, f) },
		"limits": func(n *node) {
			r.fields(n, "limits", map[string]func(*node){
				"concurrentExecutions": r.whole(&f.concurrency, 1, 1_000_000),
				"session":              r.duration(&f.session),
			})
		},
		"buckets": func(n *node) { r.buckets(n, f) },
		"seed": func(n *node) {
			var seed int
			r.whole(&seed, 0, math.MaxInt)(n)
			f.seed = uint64(seed)
		},
		"faults": func(n *node) { f.faults = r.faults(n) },
	})
}

func (r reader) function(key, n *node) declaredFunction {
	d := declaredFunction{name: key.text, timeout: 3, memorySize: 128}
	if len(d.name) > 64 || !aliasName.MatchString(d.name) {
		r.at(key, "%q is not a function name: up to 64 letters, digits, - and _", d.name)
	}
	var code codeFields
	var versions, aliases, policy *node
	keep := func(to **node) func(*node) { return func(n *node) { *to = n } }
	fields := map[string]func(*node){
		"description": r.text(&d.description),
		"runtime":     r.runtime(&d.runtime),
		"handler":     r.text(&d.handler),
		"role": func(n *node) {
			r.text(&d.role)(n)
			if d.role != "" && !roleName.MatchString(d.role) {
				r.at(n, "expected the ARN of a role, such as arn:aws:iam::%s:role/lambda", Account)
			}
		},
		"timeout":     r.whole(&d.timeout, 1, 900),
		"memorySize":  r.whole(&d.memorySize, 128, 10240),
		"environment": r.textMap(&d.environment),
		"tags":        r.textMap(&d.tags),
		"concurrency": func(n *node) {
			d.reserved = new(int)
			r.whole(d.reserved, 0, 1_000_000)(n)
		},
		"versions": keep(&versions),
		"aliases":  keep(&aliases),
		"policy":   keep(&policy),
	}
	code.handlers(r, fields)
	r.fields(n, "a function", fields)
	if own := r.code(code); own != nil {
		d.code = *own
		r.runnable(d, code.local)
	}
	if versions != nil {
		r.each(versions, "versions", func(key, value *node) { d.versions = append(d.versions, r.version(key, value)) })
	}
	if aliases != nil {
		r.each(aliases, "aliases", func(key, value *node) { d.aliases = append(d.aliases, r.alias(key, value, d)) })
	}
	if policy != nil {
		d.policy = r.policy(policy)
	}
	return d
}

func (r reader) runtime(to *string) func(*node) {
	return func(n *node) {
		r.text(to)(n)
		known := types.Runtime("").Values()
		if *to == "" || slices.Contains(known, types.Runtime(*to)) {
			return
		}
		names := make([]string, len(known))
		for i, k := range known {
			names[i] = string(k)
		}
		r.at(n, "%s", unknownRuntime(*to, names))
	}
}

func (r reader) version(key, n *node) declaredVersion {
	d := declaredVersion{number: key.text}
	r.number(key)
	var code codeFields
	var description string
	fields := map[string]func(*node){
		"description": func(n *node) {
			r.text(&description)(n)
			d.description = &description
		},
	}
	code.handlers(r, fields)
	r.fields(n, "a version", fields)
	d.code = r.code(code)
	return d
}

// number reads the key of a version.
func (r reader) number(key *node) int64 {
	number, err := strconv.ParseInt(key.text, 10, 32)
	if err != nil || number < 1 || strconv.FormatInt(number, 10) != key.text {
		r.at(key, "%q is not a version: versions are numbered from 1", key.text)
	}
	return number
}

func (r reader) layer(key, n *node) declaredLayer {
	d := declaredLayer{name: key.text}
	if !aliasName.MatchString(d.name) {
		r.at(key, "%q is not a layer name: letters, digits, - and _", d.name)
	}
	r.fields(n, "a layer", map[string]func(*node){
		"versions": func(n *node) {
			r.each(n, "versions", func(key, value *node) { d.versions = append(d.versions, r.layerVersion(key, value)) })
		},
	})
	slices.SortFunc(d.versions, func(a, b declaredLayerVersion) int { return cmp.Compare(a.number, b.number) })
	return d
}

func (r reader) layerVersion(key, n *node) declaredLayerVersion {
	d := declaredLayerVersion{number: r.number(key)}
	r.fields(n, "a layer version", map[string]func(*node){
		"description":             r.text(&d.description),
		"licenseInfo":             r.text(&d.license),
		"compatibleRuntimes":      r.texts(&d.runtimes),
		"compatibleArchitectures": r.texts(&d.platforms),
	})
	return d
}

func (r reader) accounts(n *node, f *Fixture) {
	owner := map[string]string{AccessKeyID: Account}
	r.each(n, "accounts", func(key, value *node) {
		d := declaredAccount{account: key.text}
		if !isAccount(d.account) {
			r.at(key, "%q is not an account: accounts have 12 digits", d.account)
		}
		r.fields(value, "an account", map[string]func(*node){
			"accessKeyId":     r.text(&d.keyID),
			"secretAccessKey": r.text(&d.secret),
		})
		if d.keyID == "" || d.secret == "" {
			r.at(key, "an account needs accessKeyId and secretAccessKey")
			return
		}
		if other, taken := owner[d.keyID]; taken {
			r.at(key, "the access key of this account is already that of account %s", other)
			return
		}
		owner[d.keyID] = d.account
		f.accounts = append(f.accounts, d)
	})
}
