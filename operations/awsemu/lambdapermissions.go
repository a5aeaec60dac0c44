package awsemu

func (l *lambdaAPI) addPermission(c *call) (any, error) {
	ref, err := c.function()
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

func (l *lambdaAPI) removePermission(c *call) (any, error) {
	ref, err := c.function()
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (struct{}, error) {
		return r.removePermission(ref, c.vars["StatementId"], c.query.Get("RevisionId"))
	})
}

func (l *lambdaAPI) getPolicy(c *call) (any, error) {
	ref, err := c.function()
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (policyShape, error) { return r.policy(ref) })
}
