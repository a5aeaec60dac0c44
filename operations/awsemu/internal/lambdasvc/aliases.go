package lambdasvc

import (
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

func (l *API) createAlias(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	in, err := decode[aliasInput](c)
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (aliasShape, error) { return r.createAlias(ref, in) })
}

func (l *API) updateAlias(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	in, err := decode[aliasInput](c)
	if err != nil {
		return nil, err
	}
	in.Name = c.Vars["Name"]
	return within(l.store, ref.place, func(r *realm) (aliasShape, error) { return r.updateAlias(ref, in) })
}

func (l *API) getAlias(c *service.Call) (any, error) {
	return onFunction(l.store, c, func(r *realm, ref functionRef) (aliasShape, error) { return r.getAlias(ref, c.Vars["Name"]) })
}

func (l *API) deleteAlias(c *service.Call) (any, error) {
	return onFunction(l.store, c, func(r *realm, ref functionRef) (struct{}, error) { return r.deleteAlias(ref, c.Vars["Name"]) })
}

func (l *API) listAliases(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	p, err := paged(l.store, ref.place, c, func(a aliasShape) string { return a.Name }, func(r *realm) ([]aliasShape, error) {
		return r.listAliases(ref, c.Query.Get("FunctionVersion"))
	})
	return struct {
		Aliases    []aliasShape
		NextMarker string `json:",omitempty"`
	}{p.items, p.next}, err
}
