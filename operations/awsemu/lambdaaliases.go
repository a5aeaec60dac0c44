package awsemu

func (l *lambdaAPI) createAlias(c *call) (any, error) {
	ref, err := c.function()
	if err != nil {
		return nil, err
	}
	in, err := decode[aliasInput](c)
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (aliasShape, error) { return r.createAlias(ref, in) })
}

func (l *lambdaAPI) updateAlias(c *call) (any, error) {
	ref, err := c.function()
	if err != nil {
		return nil, err
	}
	in, err := decode[aliasInput](c)
	if err != nil {
		return nil, err
	}
	in.Name = c.vars["Name"]
	return within(l.store, ref.place, func(r *realm) (aliasShape, error) { return r.updateAlias(ref, in) })
}

func (l *lambdaAPI) getAlias(c *call) (any, error) {
	ref, err := c.function()
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (aliasShape, error) { return r.getAlias(ref, c.vars["Name"]) })
}

func (l *lambdaAPI) deleteAlias(c *call) (any, error) {
	ref, err := c.function()
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (struct{}, error) { return r.deleteAlias(ref, c.vars["Name"]) })
}

func (l *lambdaAPI) listAliases(c *call) (any, error) {
	ref, err := c.function()
	if err != nil {
		return nil, err
	}
	list, err := within(l.store, ref.place, func(r *realm) ([]aliasShape, error) {
		return r.listAliases(ref, c.query.Get("FunctionVersion"))
	})
	if err != nil {
		return nil, err
	}
	p, err := paged(c, list, func(a aliasShape) string { return a.Name })
	return struct {
		Aliases    []aliasShape
		NextMarker string `json:",omitempty"`
	}{p.items, p.next}, err
}
