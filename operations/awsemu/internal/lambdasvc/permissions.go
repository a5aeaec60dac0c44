package lambdasvc

import (
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

func (l *API) addPermission(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	in, err := decode[permissionInput](c)
	if err != nil {
		return nil, err
	}
	added, err := within(l.store, ref.place, func(r *realm) (statement, error) { return r.addPermission(ref, in) })
	return struct{ Statement string }{added.text()}, err
}

func (l *API) removePermission(c *service.Call) (any, error) {
	return onFunction(l.store, c, func(r *realm, ref functionRef) (struct{}, error) {
		return r.removePermission(ref, c.Vars["StatementId"], c.Query.Get("RevisionId"))
	})
}

func (l *API) getPolicy(c *service.Call) (any, error) {
	return onFunction(l.store, c, (*realm).policy)
}
