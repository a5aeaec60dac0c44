package process

import (
	"crypto/rand"
	"crypto/subtle"
	"net/http"
)

// metadata is the metadata endpoint of one execution environment.
type metadata struct {
	token string
	zone  string
}

func newMetadata(zone string) metadata { return metadata{token: rand.Text(), zone: zone} }

// env is what a function is told of the endpoint.
func (m metadata) env(address string) []string {
	return []string{"AWS_LAMBDA_METADATA_API=" + address, "AWS_LAMBDA_METADATA_TOKEN=" + m.token}
}

func (m metadata) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		refuse(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "only GET is possible here")
	case subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte("Bearer "+m.token)) != 1:
		refuse(w, http.StatusUnauthorized, "Unauthorized", "the token of AWS_LAMBDA_METADATA_TOKEN is needed as a bearer token")
	default:
		w.Header().Set("Cache-Control", "private, max-age=43200, immutable")
		respond(w, http.StatusOK, map[string]string{"AvailabilityZoneID": m.zone})
	}
}
