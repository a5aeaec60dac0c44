package lambdasvc

import (
	"encoding/base64"
	"slices"
	"strconv"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// pageLimit is how many items AWS gives at once, however many are asked for.
const pageLimit = 50

// page is one page of a list; next is "" on the last one.
type page[T any] struct {
	items []T
	next  string
}

// paged reads a list in the realm of p, and cuts the page out of it that the
// request's Marker and MaxItems ask for. A marker is the key of the last item
// seen; a list that has lost that item meanwhile cannot be gone on with.
func paged[T any](s *store, p service.Place, c *service.Call, key func(T) string, read func(*realm) ([]T, error)) (page[T], error) {
	list, err := within(s, p, read)
	if err != nil {
		return page[T]{}, err
	}
	size := pageLimit
	if text := c.Query.Get("MaxItems"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > 10000 {
			return page[T]{}, service.InvalidMember(text, "maxItems", "Member must have value between 1 and 10000")
		}
		size = min(size, n)
	}
	if marker := c.Query.Get("Marker"); marker != "" {
		last, err := base64.URLEncoding.DecodeString(marker)
		seen := slices.IndexFunc(list, func(item T) bool { return key(item) == string(last) })
		if err != nil || seen < 0 {
			return page[T]{}, service.Invalid("Invalid Marker: %s", marker)
		}
		list = list[seen+1:]
	}
	if len(list) <= size {
		return page[T]{items: list}, nil
	}
	return page[T]{items: list[:size], next: base64.URLEncoding.EncodeToString([]byte(key(list[size-1])))}, nil
}
