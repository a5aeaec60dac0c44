package lambdasvc

import (
	"strings"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

func (l *API) publishLayerVersion(c *service.Call) (any, error) {
	ref, _, err := layerOf(c)
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
	return located(c, v), err
}

// located adds to a layer version where its zip can be fetched.
func located(c *service.Call, v layerVersion) layerVersion {
	if v.Content != nil {
		content := *v.Content
		content.Location = location(c, v.code).Location
		v.Content = &content
	}
	return v
}

func (l *API) getLayerVersion(c *service.Call) (any, error) {
	ref, number, err := layerOf(c)
	if err != nil {
		return nil, err
	}
	v, err := within(l.store, ref.place, func(r *realm) (layerVersion, error) { return r.getLayerVersion(ref, number) })
	return located(c, v), err
}

func (l *API) getLayerVersionByArn(c *service.Call) (any, error) {
	arn := c.Query.Get("Arn")
	c.Subject = arn
	cut := strings.LastIndexByte(arn, ':')
	if !layerARN.Get().MatchString(arn) {
		return nil, service.InvalidMember(arn, "arn", "Member must be the ARN of a layer version")
	}
	c.Vars = map[string]string{"LayerName": arn[:cut], "VersionNumber": arn[cut+1:]}
	return l.getLayerVersion(c)
}

func (l *API) listLayers(c *service.Call) (any, error) {
	p, err := paged(l.store, c.Place(), c, func(item layerItem) string { return item.LayerArn }, func(r *realm) ([]layerItem, error) {
		return r.listLayers(c.Query.Get("CompatibleRuntime"), c.Query.Get("CompatibleArchitecture"))
	})
	return struct {
		Layers     []layerItem
		NextMarker string `json:",omitempty"`
	}{p.items, p.next}, err
}

func (l *API) deleteLayerVersion(c *service.Call) (any, error) {
	ref, number, err := layerOf(c)
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (struct{}, error) { return r.deleteLayerVersion(ref, number) })
}

func (l *API) listLayerVersions(c *service.Call) (any, error) {
	ref, _, err := layerOf(c)
	if err != nil {
		return nil, err
	}
	p, err := paged(l.store, ref.place, c, func(v layerVersion) string { return v.LayerVersionArn }, func(r *realm) ([]layerVersion, error) {
		return r.listLayerVersions(ref, c.Query.Get("CompatibleRuntime"), c.Query.Get("CompatibleArchitecture"))
	})
	return struct {
		LayerVersions []layerVersion
		NextMarker    string `json:",omitempty"`
	}{p.items, p.next}, err
}

func (l *API) addLayerVersionPermission(c *service.Call) (any, error) {
	ref, number, err := layerOf(c)
	if err != nil {
		return nil, err
	}
	in, err := decode[layerPermission](c)
	if err != nil {
		return nil, err
	}
	in.RevisionID = c.Query.Get("RevisionId")
	return within(l.store, ref.place, func(r *realm) (layerGrant, error) { return r.addLayerPermission(ref, number, in) })
}

func (l *API) removeLayerVersionPermission(c *service.Call) (any, error) {
	ref, number, err := layerOf(c)
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (struct{}, error) {
		return r.removeLayerPermission(ref, number, c.Vars["StatementId"], c.Query.Get("RevisionId"))
	})
}

func (l *API) getLayerVersionPolicy(c *service.Call) (any, error) {
	ref, number, err := layerOf(c)
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (policyShape, error) { return r.layerPolicy(ref, number) })
}
