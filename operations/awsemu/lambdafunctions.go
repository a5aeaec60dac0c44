package awsemu

func (l *lambdaAPI) createFunction(c *call) (any, error) {
	in, err := decode[createInput](c)
	if err != nil {
		return nil, err
	}
	c.subject = in.FunctionName
	ref, err := parseFunction(c.place(), in.FunctionName, "")
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (configuration, error) { return r.create(ref, in) })
}

func (l *lambdaAPI) deleteFunction(c *call) (any, error) {
	ref, err := c.function()
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (struct{}, error) { return r.remove(ref) })
}

// functionShape is the body of GetFunction. Code has no Location: there is
// nothing to download.
type functionShape struct {
	Configuration configuration
	Code          codeLocation
	Tags          map[string]string `json:",omitempty"`
}

type codeLocation struct {
	RepositoryType string
	ImageURI       string `json:"ImageUri,omitempty"`
}

func (l *lambdaAPI) getFunction(c *call) (any, error) {
	ref, err := c.function()
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (functionShape, error) {
		config, err := r.configured(ref)
		if err != nil {
			return functionShape{}, err
		}
		f := r.functions[ref.name]
		v, err := f.resolve(ref.qualifier)
		if err != nil {
			return functionShape{}, err
		}
		location := codeLocation{RepositoryType: "S3"}
		if v.code.imageURI != "" {
			location = codeLocation{RepositoryType: "ECR", ImageURI: v.code.imageURI}
		}
		return functionShape{Configuration: config, Code: location, Tags: f.tags}, nil
	})
}

func (l *lambdaAPI) getFunctionConfiguration(c *call) (any, error) {
	ref, err := c.function()
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (configuration, error) { return r.configured(ref) })
}

func (l *lambdaAPI) publishVersion(c *call) (any, error) {
	ref, err := c.function()
	if err != nil {
		return nil, err
	}
	in, err := decode[publishInput](c)
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (configuration, error) { return r.publish(ref, in) })
}

// listFunctions gives each function's $LATEST, or with FunctionVersion ALL
// every version.
func (l *lambdaAPI) listFunctions(c *call) (any, error) {
	versions := c.query.Get("FunctionVersion")
	if versions != "" && versions != "ALL" {
		return nil, invalidMember(versions, "functionVersion", "Member must satisfy enum value set: [ALL]")
	}
	list, err := within(l.store, c.place(), func(r *realm) ([]configuration, error) {
		list := []configuration{}
		for _, name := range sortedKeys(r.functions) {
			if versions == "ALL" {
				list = append(list, r.functions[name].all()...)
				continue
			}
			list = append(list, r.functions[name].latest.config)
		}
		return list, nil
	})
	if err != nil {
		return nil, err
	}
	p, err := paged(c, list, func(v configuration) string { return v.FunctionArn })
	return struct {
		Functions  []configuration
		NextMarker string `json:",omitempty"`
	}{p.items, p.next}, err
}

func (l *lambdaAPI) listVersions(c *call) (any, error) {
	ref, err := c.function()
	if err != nil {
		return nil, err
	}
	list, err := within(l.store, ref.place, func(r *realm) ([]configuration, error) {
		f, err := r.function(ref)
		if err != nil {
			return nil, err
		}
		return f.all(), nil
	})
	if err != nil {
		return nil, err
	}
	p, err := paged(c, list, func(v configuration) string { return v.FunctionArn })
	return struct {
		Versions   []configuration
		NextMarker string `json:",omitempty"`
	}{p.items, p.next}, err
}

// all gives $LATEST and the published versions, each with its qualified ARN.
func (f *function) all() []configuration {
	first := f.latest.config
	first.FunctionArn = f.ref.arn(latest)
	list := []configuration{first}
	for _, v := range f.published {
		list = append(list, v.config)
	}
	return list
}
