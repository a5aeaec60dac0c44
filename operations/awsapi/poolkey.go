package awsapi

import (
	"crypto/sha256"
	"hash/maphash"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/value"
)

// poolKey is what makes a client distinct: its parameters, the run where a
// session is named after it, and what it finds around it. It tells nothing of
// them but the run's id, since they hold secrets.
type poolKey struct {
	params string
	run    string
	around [sha256.Size]byte
}

// keyOf returns the key of the client that a request asks for.
func (p *pool) keyOf(params connectionParams, req connector.OpenRequest) (poolKey, error) {
	k := poolKey{params: req.Key}
	if req.Key == "" {
		text, err := value.EncodeJSON(map[string]any(params))
		if err != nil {
			return poolKey{}, connectionError("%v", err)
		}
		sum := sha256.Sum256(text)
		k.params = "params " + string(sum[:]) // unlike any key of a caller's
	}
	if params.namesSessionAfterRun() {
		k.run = "run " + req.RunID // also where the run has no id
	}
	if req.Sandbox != nil {
		k.around = sandboxSum(req.Sandbox)
	} else {
		k.around = p.environment.sum()
	}
	return k, nil
}

// sandboxSum stands for a stand-in. It differs from that of any environment.
func sandboxSum(s *connector.Sandbox) [sha256.Size]byte {
	var buf [512]byte
	k := poolText(buf[:0])
	keys := sandboxKeys(s)
	k = k.add("endpoint", s.Endpoint).add("region", keys.Region).add("id", keys.AccessKeyID).add("secret", keys.SecretAccessKey.Reveal())
	k = k.add("services", strings.Join(s.Services, ",")).add("direct", os.Getenv(DirectVariable))
	return sha256.Sum256(k)
}

// environment is what the SDK reads of the process's environment when a client
// is made. The strong hash of it is kept for as long as a quick one, with a
// seed that nobody knows, stays the same: the variables hold secrets, which are
// not kept to be compared.
type environment struct {
	mu    sync.Mutex
	known bool
	seeds [2]maphash.Seed
	quick [2]uint64
	hash  [sha256.Size]byte
}

func (e *environment) sum() [sha256.Size]byte {
	pairs := awsPairs(os.Environ())
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.known {
		e.seeds = [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}
	}
	quick := [2]uint64{quickSum(e.seeds[0], pairs), quickSum(e.seeds[1], pairs)}
	if e.known && quick == e.quick {
		return e.hash
	}
	var buf [1024]byte
	k := poolText(buf[:0])
	for _, pair := range pairs {
		k = k.add("env", pair)
	}
	e.known, e.quick, e.hash = true, quick, sha256.Sum256(k)
	return e.hash
}

// awsPairs leaves the AWS settings, and ours, in the list that it is given.
func awsPairs(list []string) []string {
	n := 0
	for _, pair := range list {
		if strings.HasPrefix(pair, "AWS_") || strings.HasPrefix(pair, DirectVariable+"=") {
			list[n] = pair
			n++
		}
	}
	return list[:n]
}

// quickSum tells lists of texts without NUL apart.
func quickSum(seed maphash.Seed, list []string) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	for _, text := range list {
		_, _ = h.WriteString(text) // never fails
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

// poolText is names and values, each with its length, so that no two lists of
// them read the same.
type poolText []byte

func (k poolText) add(name, value string) poolText {
	k = append(append(k, name...), ' ')
	k = append(strconv.AppendInt(k, int64(len(value)), 10), ' ')
	return append(k, value...)
}
