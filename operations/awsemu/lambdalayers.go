package awsemu

func (l *lambdaAPI) publishLayerVersion(c *call) (any, error) {
	ref, _, err := c.layer()
	if err != nil {
		return nil, err
	}
	in, err := decode[layerInput](c)
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (layerVersion, error) { return r.publishLayer(ref, in) })
}

func (l *lambdaAPI) getLayerVersion(c *call) (any, error) {
	ref, number, err := c.layer()
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (layerVersion, error) { return r.getLayerVersion(ref, number) })
}

func (l *lambdaAPI) deleteLayerVersion(c *call) (any, error) {
	ref, number, err := c.layer()
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (struct{}, error) { return r.deleteLayerVersion(ref, number) })
}

func (l *lambdaAPI) listLayerVersions(c *call) (any, error) {
	ref, _, err := c.layer()
	if err != nil {
		return nil, err
	}
	list, err := within(l.store, ref.place, func(r *realm) ([]layerVersion, error) {
		return r.listLayerVersions(ref, c.query.Get("CompatibleRuntime"), c.query.Get("CompatibleArchitecture"))
	})
	if err != nil {
		return nil, err
	}
	p, err := paged(c, list, func(v layerVersion) string { return v.LayerVersionArn })
	return struct {
		LayerVersions []layerVersion
		NextMarker    string `json:",omitempty"`
	}{p.items, p.next}, err
}

func (l *lambdaAPI) addLayerVersionPermission(c *call) (any, error) {
	ref, number, err := c.layer()
	if err != nil {
		return nil, err
	}
	in, err := decode[layerPermission](c)
	if err != nil {
		return nil, err
	}
	in.RevisionID = c.query.Get("RevisionId")
	return within(l.store, ref.place, func(r *realm) (layerGrant, error) { return r.addLayerPermission(ref, number, in) })
}

func (l *lambdaAPI) removeLayerVersionPermission(c *call) (any, error) {
	ref, number, err := c.layer()
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (struct{}, error) {
		return r.removeLayerPermission(ref, number, c.vars["StatementId"], c.query.Get("RevisionId"))
	})
}

func (l *lambdaAPI) getLayerVersionPolicy(c *call) (any, error) {
	ref, number, err := c.layer()
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (policyShape, error) { return r.layerPolicy(ref, number) })
}
