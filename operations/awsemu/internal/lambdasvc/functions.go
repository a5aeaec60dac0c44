package lambdasvc

import (
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

func (l *API) createFunction(c *service.Call) (any, error) {
	in, err := decode[createInput](c)
	if err != nil {
		return nil, err
	}
	c.Subject = in.FunctionName
	ref, err := parseFunction(c.Place(), in.FunctionName, "")
	if err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	loaded, err := l.store.load(*in.Code)
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (configuration, error) { return r.create(ref, in, loaded) })
}

func (l *API) updateFunctionCode(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	in, err := decode[updateCodeInput](c)
	if err != nil {
		return nil, err
	}
	loaded, err := l.store.load(in.codeInput)
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (configuration, error) { return r.updateCode(ref, in, loaded) })
}

func (l *API) updateFunctionConfiguration(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	in, err := decode[updateSettingsInput](c)
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (configuration, error) { return r.updateSettings(ref, in) })
}

func (l *API) deleteFunction(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	none, err := within(l.store, ref.place, func(r *realm) (struct{}, error) { return r.remove(ref) })
	if err == nil {
		l.runner.forget(ref)
	}
	return none, err
}

// functionShape is the body of GetFunction.
type functionShape struct {
	Configuration configuration
	Code          codeLocation
	Tags          map[string]string `json:",omitempty"`
	Concurrency   *concurrencyShape `json:",omitempty"`
}

// CodePath is the folder of the emulator's own paths where zips can be fetched,
// each under its hash.
const CodePath = "/_awsemu/code/"

type codeLocation struct {
	RepositoryType string
	Location       string `json:",omitempty"`
	ImageURI       string `json:"ImageUri,omitempty"`
	ResolvedImage  string `json:"ResolvedImageUri,omitempty"`
}

// location is where the code can be fetched without a signature; replies and
// folders have none.
func location(c *service.Call, of code) codeLocation {
	switch {
	case of.ImageURI != "":
		return codeLocation{RepositoryType: "ECR", ImageURI: of.ImageURI, ResolvedImage: of.ImageURI}
	case of.Archive != "":
		return codeLocation{RepositoryType: "S3", Location: "http://" + c.HTTP.Host + CodePath + of.Archive + ".zip"}
	}
	return codeLocation{RepositoryType: "S3"}
}

func (l *API) getFunction(c *service.Call) (any, error) {
	return onFunction(l.store, c, func(r *realm, ref functionRef) (functionShape, error) {
		f, v, err := r.resolve(ref)
		if err != nil {
			return functionShape{}, err
		}
		out := functionShape{Configuration: r.viewAs(ref, v), Code: location(c, v.code), Tags: f.tags}
		if f.reserved != nil {
			out.Concurrency = &concurrencyShape{f.reserved}
		}
		return out, nil
	})
}

func (l *API) getFunctionConfiguration(c *service.Call) (any, error) {
	return onFunction(l.store, c, (*realm).configured)
}

func (l *API) publishVersion(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	in, err := decode[publishInput](c)
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (configuration, error) { return r.publish(ref, in) })
}

// listFunctions returns each function's $LATEST, or with FunctionVersion ALL
// every version.
func (l *API) listFunctions(c *service.Call) (any, error) {
	versions := c.Query.Get("FunctionVersion")
	if versions != "" && versions != "ALL" {
		return nil, service.InvalidMember(versions, "functionVersion", "Member must satisfy enum value set: [ALL]")
	}
	p, err := paged(l.store, c.Place(), c, func(v configuration) string { return v.FunctionArn }, func(r *realm) ([]configuration, error) {
		list := []configuration{}
		for _, name := range sortedKeys(r.functions) {
			if versions == "ALL" {
				list = append(list, r.all(r.functions[name])...)
				continue
			}
			list = append(list, r.view(r.functions[name].latest))
		}
		return list, nil
	})
	return struct {
		Functions  []configuration
		NextMarker string `json:",omitempty"`
	}{p.items, p.next}, err
}

func (l *API) listVersions(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	p, err := paged(l.store, ref.place, c, func(v configuration) string { return v.FunctionArn }, func(r *realm) ([]configuration, error) {
		f, err := r.function(ref)
		if err != nil {
			return nil, err
		}
		return r.all(f), nil
	})
	return struct {
		Versions   []configuration
		NextMarker string `json:",omitempty"`
	}{p.items, p.next}, err
}

// all returns $LATEST and the published versions, each with its qualified ARN.
func (r *realm) all(f *function) []configuration {
	first := r.view(f.latest)
	first.FunctionArn = f.ref.arn(latest)
	list := []configuration{first}
	for _, v := range f.published {
		list = append(list, r.view(v))
	}
	return list
}
