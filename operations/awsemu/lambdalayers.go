package awsemu

import "strings"

func (l *lambdaAPI) publishLayerVersion(c *call) (any, error) {
	ref, _, err := c.layer()
	if err != nil {
		return nil, err
	}
	in, err := decode[layerInput](c)
	if err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	loaded, err := l.store.load(in.Content)
	if err != nil {
		return nil, err
	}
	v, err := within(l.store, ref.place, func(r *realm) (layerVersion, error) { return r.publishLayer(ref, in, loaded) })
	return c.located(v), err
}

// located adds to a layer version where its zip can be fetched.
func (c *call) located(v layerVersion) layerVersion {
	if v.Content != nil {
		content := *v.Content
		content.Location = c.location(v.code).Location
		v.Content = &content
	}
	return v
}

func (l *lambdaAPI) getLayerVersion(c *call) (any, error) {
	ref, number, err := c.layer()
	if err != nil {
		return nil, err
	}
	v, err := within(l.store, ref.place, func(r *realm) (layerVersion, error) { return r.getLayerVersion(ref, number) })
	return c.located(v), err
}

func (l *lambdaAPI) getLayerVersionByArn(c *call) (any, error) {
	arn := c.query.Get("Arn")
	c.subject = arn
	cut := strings.LastIndexByte(arn, ':')
	if !layerARN.MatchString(arn) {
		return nil, invalidMember(arn, "arn", "Member must be the ARN of a layer version")
	}
	c.vars = map[string]string{"LayerName": arn[:cut], "VersionNumber": arn[cut+1:]}
	return l.getLayerVersion(c)
}

func (l *lambdaAPI) listLayers(c *call) (any, error) {
	list, err := within(l.store, c.place(), func(r *realm) ([]layerItem, error) {
		return r.listLayers(c.query.Get("CompatibleRuntime"), c.query.Get("CompatibleArchitecture"))
	})
	if err != nil {
		return nil, err
	}
	p, err := paged(c, list, func(item layerItem) string { return item.LayerArn })
	return struct {
		Layers     []layerItem
		NextMarker string `json:",omitempty"`
	}{p.items, p.next}, err
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
