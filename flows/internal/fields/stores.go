package fields

import (
	"errors"
	"fmt"
	"slices"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// Store is a place of secrets that an operation reads.
type Store struct {
	// Name is the key that names the store where a secret is declared.
	Name string
	// Title is its name for people.
	Title string
	// Family is the source that the operation belongs to, which is looked in
	// first; empty for none.
	Family string
	// Operation reads a secret; Param is its parameter that says which one.
	Operation, Param string
	// Fixed are its other parameters.
	Fixed map[string]any
	// ID is what Param is, for people.
	ID string
	// Nested is true where the secret is written as a map of path and key.
	Nested bool
	// Keyed is true where a secret may be a member of what is read.
	Keyed bool
	// find returns the text, or the members, of what the operation gave.
	find func(result map[string]any) any
}

// Stores are the stores that a flow can name.
var Stores = []Store{
	{
		Name: "secretsmanager", Title: "Secrets Manager", Family: "aws", Operation: "secretsmanager.getSecretValue", Param: "secretId",
		ID: "the name or the ARN of a secret", Keyed: true,
		find: func(r map[string]any) any {
			if r["SecretString"] != nil {
				return r["SecretString"]
			}
			return r["SecretBinary"]
		},
	},
	{
		Name: "ssm", Title: "SSM's Parameter Store", Family: "aws", Operation: "ssm.getParameter", Param: "name",
		Fixed: map[string]any{"withDecryption": true}, ID: "the name of a parameter",
		find: func(r map[string]any) any {
			parameter, _ := r["Parameter"].(map[string]any)
			return parameter["Value"]
		},
	},
	{
		Name: "vault", Title: "Vault", Operation: "vault.read", Param: "path",
		ID: "the path of a secret, as Vault's API has it", Nested: true, Keyed: true,
		find: func(r map[string]any) any { return r["data"] },
	},
}

// StoreNamed returns the store of a name.
func StoreNamed(name string) (Store, bool) {
	i := slices.IndexFunc(Stores, func(s Store) bool { return s.Name == name })
	if i < 0 {
		return Store{}, false
	}
	return Stores[i], true
}

// Params returns the parameters of the operation for one secret.
func (s Store) Params(id string) map[string]any {
	params := map[string]any{s.Param: id}
	for name, v := range s.Fixed {
		params[name] = v
	}
	return params
}

// Value returns the secret in what the operation gave: a member of it where key
// is given. No error quotes what was given.
func (s Store) Value(result any, key string) (string, error) {
	r, _ := result.(map[string]any)
	found := s.find(r)
	if key == "" {
		text, ok := asText(found)
		if !ok {
			return "", errors.New("what is there is no text")
		}
		return text, nil
	}
	members, ok := found.(map[string]any)
	if !ok {
		text, _ := asText(found)
		decoded, err := value.DecodeJSON([]byte(text))
		if members, ok = decoded.(map[string]any); err != nil || !ok {
			return "", errors.New("what is there is no JSON object, so it has no key " + key)
		}
	}
	v, ok := members[key]
	if !ok {
		return "", fmt.Errorf("it has no key %q", key)
	}
	text, ok := asText(v)
	if !ok {
		return "", fmt.Errorf("its key %q is no text", key)
	}
	return text, nil
}

// asText returns text, bytes, a number or a boolean as text.
func asText(v any) (string, bool) {
	if b, ok := v.([]byte); ok {
		return string(b), true
	}
	text, err := (&schema.Field{Type: schema.String}).Convert(v)
	s, ok := text.(string)
	return s, ok && err == nil
}
