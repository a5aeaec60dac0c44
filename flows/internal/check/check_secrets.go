package check

import (
	"slices"
	"strings"

	"github.com/medlar-flow/medlar/diag"
	"github.com/medlar-flow/medlar/flows/internal/fields"
	"github.com/medlar-flow/medlar/flows/internal/habits"
	"github.com/medlar-flow/medlar/flows/internal/interp"
	"github.com/medlar-flow/medlar/flows/internal/runtime"
	"github.com/medlar-flow/medlar/internal/value"
)

// declaredSecret is a secret of the header.
type declaredSecret struct {
	spec interp.SecretSpec
	key  *node
	body *node
	// state is how far it is put into the order in which secrets are read.
	state secretState
}

type secretState uint8

const (
	secretNew secretState = iota
	secretOpen
	secretDone
)

// secretHelp says how a secret is declared.
const secretHelp = "write ‹{env: VARIABLE}›, ‹{file: path}›, ‹{secretsmanager: name}›, ‹{ssm: name}›, ‹{vault: {path: secret/data/name, key: name}}›, or nothing; " +
	"a secret itself does not belong into the file"

// declareSecrets reads secrets: {name: {env: VARIABLE}}.
func (c *checker) declareSecrets(n *node) {
	if n == nil || n.IsNull() {
		return
	}
	if n.Kind != mapNode {
		c.fail(n, "wrong-type", "write ‹secrets: {name: {env: VARIABLE}}›", "secrets must be a map of names, found %s", describe(n))
		if n = byNames(n); n == nil {
			return
		}
		n = mapOf(n, n.Keys(), make([]*node, len(n.Keys()))) // what they hold is not looked at
		for i, key := range n.Keys() {
			n.Items()[i] = &node{Line: key.Line, Col: key.Col}
		}
	}
	for i, key := range n.Keys() {
		name, ok := c.plainName(key, "a secret")
		if !ok {
			continue
		}
		d := &declaredSecret{key: key, body: n.Items()[i]}
		d.spec = interp.SecretSpec{SecretRef: runtime.SecretRef{Name: name}, Slot: c.root.newSlot()}
		c.secrets[name] = d.spec.Slot
		if d.body.Kind == mapNode {
			c.secretSource(d)
		} else if !d.body.IsNull() {
			c.fail(d.body, "wrong-type", secretHelp, "secret %s must say where it comes from", name)
			c.src.Hide(d.body.Text)
		}
		c.declared = append(c.declared, d)
	}
}

// secretKeys are the keys of a secret's declaration, the places first.
func secretKeys() (places, all []string) {
	places = []string{"env", "file"}
	for _, s := range fields.Stores {
		places = append(places, s.Name)
	}
	return places, append(slices.Clip(places), "key", "connection", "description")
}

// secretSource reads where a secret comes from.
func (c *checker) secretSource(d *declaredSecret) {
	places, all := secretKeys()
	name := d.spec.Name
	var place *node
	use := useIn(habits.Secret)
	for _, key := range d.body.Keys() {
		if !contains(all, key.Text) {
			c.foreignKey(key, nil, use(key.Text), "secret "+name, all)
		}
	}
	d.body = mendedKeys(d.body, all, use)
	for _, key := range d.body.Keys() {
		switch {
		case !contains(places, key.Text):
		case place != nil:
			c.fail(key, "two-places", "leave one of them out", "secret %s comes from two places, %s and %s", name, place.Text, key.Text)
		default:
			place = key
		}
	}
	source := &d.spec.Source
	store, stored := fields.Store{}, false
	if place != nil {
		at, what := d.body.Get(place.Text), "secrets."+name+"."+place.Text
		switch store, stored = fields.StoreNamed(place.Text); {
		case place.Text == "env":
			source.Env = c.text(at, what)
		case place.Text == "file":
			source.File = c.text(at, what)
		case store.Nested:
			source.Store = store.Name
			c.nestedSource(d, store, at, what)
		default:
			source.Store, source.ID = store.Name, c.text(at, what)
		}
	}
	if key := d.body.Get("key"); key != nil {
		if stored && store.Keyed && !store.Nested {
			source.Key = c.text(key, "secrets."+name+".key")
		} else {
			c.fail(d.body.Key("key"), "unknown-key", "leave it out", "a key names a member of a secret of Secrets Manager; secret %s is none", name)
		}
	}
	if at := d.body.Get("connection"); at != nil && !stored {
		c.fail(d.body.Key("connection"), "no-connection", "leave it out", "secret %s is read without a connection", name)
	}
}

// nestedSource reads {path, key}.
func (c *checker) nestedSource(d *declaredSecret, store fields.Store, at *node, what string) {
	if at.Kind != mapNode {
		c.fail(at, "wrong-type", "write ‹"+store.Name+": {"+store.Param+": secret/data/orders, key: password}›", "%s must be a map, found %s", what, describe(at))
		return
	}
	known := []string{store.Param, "key"}
	for _, key := range at.Keys() {
		if !contains(known, key.Text) {
			c.unknownKey(key, what, known)
		}
	}
	at = mendedKeys(at, known, noUse)
	for i, to := range []*string{&d.spec.Source.ID, &d.spec.Source.Key} {
		if n := at.Get(known[i]); n != nil {
			*to = c.text(n, what+"."+known[i])
		} else {
			c.fail(at, "missing-key", "", "%s needs %s", what, known[i])
		}
	}
}

// orderSecrets puts the secrets into the order in which they are read: one
// whose store is asked with a connection goes behind those that the connection
// is made of.
func (c *checker) orderSecrets() {
	for _, d := range c.declared {
		c.orderSecret(d, nil)
	}
}

func (c *checker) orderSecret(d *declaredSecret, way []string) {
	way = append(slices.Clip(way), "secret "+d.spec.Name)
	switch d.state {
	case secretDone:
		return
	case secretOpen:
		at := slices.Index(way, way[len(way)-1])
		c.fail(d.key, "secret-cycle", "have one of them read otherwise, such as by env", "secrets and connections need each other in a circle: %s",
			strings.Join(way[at:], " → "))
		return
	}
	d.state = secretOpen
	if d.spec.Source.Store != "" {
		c.secretStore(d, way)
	}
	d.state = secretDone
	c.program.Secrets = append(c.program.Secrets, d.spec)
}

// secretStore finds the operation and the connection that a store is asked with.
func (c *checker) secretStore(d *declaredSecret, way []string) {
	store, _ := fields.StoreNamed(d.spec.Source.Store)
	op, ok := interp.StoreOperation(c.registry, store)
	if !ok {
		c.fail(d.body.Key(store.Name), "unknown-store", "", "this program has no operation %s to read secret %s with", store.Operation, d.spec.Name)
		return
	}
	plan := &interp.StorePlan{Operation: op, Owner: c.registry.Owner(op), Program: c.program}
	d.spec.Store = plan
	decl := c.storeConnection(d, plan)
	if decl == nil {
		return
	}
	d.spec.Source.Connection = c.src.Name + "#" + decl.name
	before := c.readFor
	c.readFor = d.spec.Name
	plan.Connection = c.usePlan(decl, nil)
	c.readFor = before
	if decl.usesInputs {
		c.program.SecretsTakeInputs = d.spec.Name
	}
	for _, name := range decl.usesSecrets {
		for _, other := range c.declared {
			if other.spec.Name == name {
				c.orderSecret(other, append(slices.Clip(way), "connection "+decl.name))
			}
		}
	}
}

// storeConnection finds the connection of a store; nil for the default of what
// the caller gives.
func (c *checker) storeConnection(d *declaredSecret, plan *interp.StorePlan) *connectionDecl {
	n := d.body.Get("connection")
	if n == nil {
		for _, name := range append([]string{plan.Owner.Name}, append(plan.Owner.Aliases, plan.Owner.Family)...) {
			if decl := c.connections[name]; decl != nil {
				return decl
			}
		}
		return nil
	}
	name := c.text(n, "secrets."+d.spec.Name+".connection")
	decl := c.connections[name]
	switch {
	case decl == nil && name != "":
		c.fail(n, "unknown-connection", diag.Suggest(name, value.SortedKeys(c.connections), "connections are"), "there is no connection %q", name)
	case decl != nil && decl.owner != nil && decl.owner != plan.Owner && (plan.Owner.Family == "" || decl.owner.Family != plan.Owner.Family):
		c.fail(n, "wrong-connection", "", "connection %s is for %s, secret %s is read with %s", name, decl.owner.Name, d.spec.Name, plan.Operation.Name)
	}
	return decl
}
