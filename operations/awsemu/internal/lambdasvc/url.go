package lambdasvc

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"net/http"
	"strings"

	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// urlConfig is FunctionUrlConfig: the address of a function or of an alias.
type urlConfig struct {
	FunctionURL      string `json:"FunctionUrl"` // told, not kept
	FunctionArn      string
	AuthType         string
	Cors             *cors `json:",omitempty"`
	CreationTime     string
	LastModifiedTime string
	InvokeMode       string
}

// urlInput is the body of CreateFunctionUrlConfig and UpdateFunctionUrlConfig.
type urlInput struct {
	AuthType   string
	Cors       *cors
	InvokeMode string
}

// What a function URL asks of its callers, and how it answers.
const (
	authNone     = "NONE"
	authIAM      = "AWS_IAM"
	modeBuffered = "BUFFERED"
	modeStream   = "RESPONSE_STREAM"
)

var urlQualifier = &regex.Late{Text: `^[0-9a-zA-Z-_]*[a-zA-Z-_][0-9a-zA-Z-_]*$`} // no version

// check tells the first member that cannot be.
func (in urlInput) check() error {
	if in.AuthType != "" && in.AuthType != authNone && in.AuthType != authIAM {
		return service.InvalidMember(in.AuthType, "authType", "Member must satisfy enum value set: [NONE, AWS_IAM]")
	}
	if in.InvokeMode != "" && in.InvokeMode != modeBuffered && in.InvokeMode != modeStream {
		return service.InvalidMember(in.InvokeMode, "invokeMode", "Member must satisfy enum value set: [BUFFERED, RESPONSE_STREAM]")
	}
	return in.Cors.check()
}

// urlID is the name of an address. It depends on nothing but what it leads to:
// the address of a function is the same in every run.
func urlID(ref functionRef) string {
	sum := sha256.Sum256([]byte(ref.arn(ref.qualifier)))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:32]
}

// shown is the configuration with the address as the caller can reach it.
func (u urlConfig) shown(c *service.Call, ref functionRef) urlConfig {
	u.FunctionURL = "http://" + c.HTTP.Host + urlPath + ref.place.Region + "/" + urlID(ref) + "/"
	return u
}

// urlOf reads the function that the path names, and makes sure that its
// qualifier is none or an alias.
func urlOf(c *service.Call) (functionRef, error) {
	ref, err := functionOf(c)
	if err == nil && ref.qualifier != "" && !urlQualifier.Get().MatchString(ref.qualifier) {
		err = service.InvalidMember(ref.qualifier, "qualifier", `Member must satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)`)
	}
	return ref, err
}

// addressable finds a function and makes sure that its alias is there.
func (r *realm) addressable(ref functionRef) (*function, error) {
	f, err := r.function(ref)
	if err != nil {
		return nil, err
	}
	if ref.qualifier != "" && f.aliases[ref.qualifier] == nil {
		return nil, ref.notFound()
	}
	return f, nil
}

// url finds the address of a function.
func (r *realm) url(ref functionRef) (*function, urlConfig, error) {
	f, err := r.addressable(ref)
	if err != nil {
		return nil, urlConfig{}, err
	}
	u, ok := f.urls[ref.qualifier]
	if !ok {
		return nil, urlConfig{}, service.NotFound("The resource you requested does not exist.")
	}
	return f, u, nil
}

// putURL lays what is given over an address, and keeps it.
func (r *realm) putURL(f *function, ref functionRef, u urlConfig, in urlInput) urlConfig {
	u.AuthType, u.InvokeMode = cmp.Or(in.AuthType, u.AuthType), cmp.Or(in.InvokeMode, u.InvokeMode, modeBuffered)
	if in.Cors != nil {
		u.Cors = in.Cors
	}
	u.FunctionArn, u.LastModifiedTime = ref.arn(ref.qualifier), r.clock().UTC().Format("2006-01-02T15:04:05.000000Z")
	u.CreationTime = cmp.Or(u.CreationTime, u.LastModifiedTime)
	f.urls[ref.qualifier] = u
	return u
}

// changeURL runs an operation that makes or changes an address.
func (l *API) changeURL(c *service.Call, change func(*realm, functionRef, urlInput) (urlConfig, error)) (any, error) {
	ref, err := urlOf(c)
	if err != nil {
		return nil, err
	}
	in, err := decode[urlInput](c)
	if err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	u, err := within(l.store, ref.place, func(r *realm) (urlConfig, error) { return change(r, ref, in) })
	return u.shown(c, ref), err
}

func (l *API) createURL(c *service.Call) (any, error) {
	return l.changeURL(c, func(r *realm, ref functionRef, in urlInput) (urlConfig, error) {
		if in.AuthType == "" {
			return urlConfig{}, missingMember("authType")
		}
		f, err := r.addressable(ref)
		if err != nil {
			return urlConfig{}, err
		}
		if _, ok := f.urls[ref.qualifier]; ok {
			return urlConfig{}, service.Conflict("Failed to create function url config for [functionArn = %s]. Error message:  FunctionUrlConfig exists for this Lambda function", ref.arn(ref.qualifier))
		}
		return r.putURL(f, ref, urlConfig{}, in), nil
	})
}

func (l *API) updateURL(c *service.Call) (any, error) {
	return l.changeURL(c, func(r *realm, ref functionRef, in urlInput) (urlConfig, error) {
		f, u, err := r.url(ref)
		if err != nil {
			return urlConfig{}, err
		}
		return r.putURL(f, ref, u, in), nil
	})
}

func (l *API) getURL(c *service.Call) (any, error) {
	ref, err := urlOf(c)
	if err != nil {
		return nil, err
	}
	u, err := within(l.store, ref.place, func(r *realm) (urlConfig, error) {
		_, u, err := r.url(ref)
		return u, err
	})
	return u.shown(c, ref), err
}

func (l *API) deleteURL(c *service.Call) (any, error) {
	ref, err := urlOf(c)
	if err != nil {
		return nil, err
	}
	return within(l.store, ref.place, func(r *realm) (struct{}, error) {
		f, _, err := r.url(ref)
		if err == nil {
			delete(f.urls, ref.qualifier)
		}
		return struct{}{}, err
	})
}

func (l *API) listURLs(c *service.Call) (any, error) {
	ref, err := functionOf(c)
	if err != nil {
		return nil, err
	}
	p, err := paged(l.store, ref.place, c, func(u urlConfig) string { return u.FunctionArn }, func(r *realm) ([]urlConfig, error) {
		f, err := r.function(ref)
		if err != nil {
			return nil, err
		}
		list := []urlConfig{}
		for _, qualifier := range sortedKeys(f.urls) {
			one := f.ref
			one.qualifier = qualifier
			list = append(list, f.urls[qualifier].shown(c, one))
		}
		return list, nil
	})
	return struct {
		FunctionURLConfigs []urlConfig `json:"FunctionUrlConfigs"`
		NextMarker         string      `json:",omitempty"`
	}{p.items, p.next}, err
}

// urlRoutes are the operations on the addresses of functions.
func (l *API) urlRoutes() []route {
	const path = "/2021-10-31/functions/{FunctionName}/url"
	return []route{
		{"POST", path, service.NewOperation("CreateFunctionUrlConfig", http.StatusCreated, l.createURL), bodyLimit},
		{"GET", path, service.NewOperation("GetFunctionUrlConfig", http.StatusOK, l.getURL), bodyLimit},
		{"PUT", path, service.NewOperation("UpdateFunctionUrlConfig", http.StatusOK, l.updateURL), bodyLimit},
		{"DELETE", path, service.NewOperation("DeleteFunctionUrlConfig", http.StatusNoContent, l.deleteURL), bodyLimit},
		{"GET", path + "s", service.NewOperation("ListFunctionUrlConfigs", http.StatusOK, l.listURLs), bodyLimit},
	}
}
