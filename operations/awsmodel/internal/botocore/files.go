// Package botocore reads the data that AWS publishes with botocore: one folder
// for each service, with its model, endpoint rules, paginators and waiters. It
// is for the generator and for tests; the command does not link it.
package botocore

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// Folders lists the services of botocore's data folder, sorted.
func Folders(data fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(data, ".")
	if err != nil {
		return nil, fmt.Errorf("reading botocore's data folder: %w", err)
	}
	var names []string
	for _, e := range entries {
		if version, err := newest(data, e.Name()); err == nil && version != "" {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// newest returns the newest version of a service's folder; empty where it is none.
func newest(data fs.FS, folder string) (string, error) {
	entries, err := fs.ReadDir(data, folder)
	if err != nil {
		return "", err
	}
	var versions []string
	for _, e := range entries {
		if e.IsDir() && len(e.Name()) == len("2006-03-01") && e.Name()[4] == '-' {
			versions = append(versions, e.Name())
		}
	}
	slices.Sort(versions)
	if len(versions) == 0 {
		return "", nil
	}
	return versions[len(versions)-1], nil
}

// read reads a JSON file, compressed or not, with the additions that stand in a
// file beside it. found is false where there is none.
func read(data fs.FS, path string, into any) (found bool, err error) {
	text, err := content(data, path+".json")
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	extra, err := content(data, path+".sdk-extras.json")
	if err == nil {
		if text, err = merged(text, extra); err != nil {
			return false, fmt.Errorf("merging the additions to %s: %w", path, err)
		}
	}
	if err := json.Unmarshal(text, into); err != nil {
		return false, fmt.Errorf("reading %s: %w", path, err)
	}
	return true, nil
}

func content(data fs.FS, path string) ([]byte, error) {
	text, err := fs.ReadFile(data, path)
	if !errors.Is(err, fs.ErrNotExist) {
		return text, err
	}
	f, err := data.Open(path + ".gz")
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// merged puts what stands under "merge" over a file.
func merged(text, extra []byte) ([]byte, error) {
	var base map[string]any
	var over struct {
		Merge map[string]any `json:"merge"`
	}
	if err := json.Unmarshal(text, &base); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(extra, &over); err != nil {
		return nil, err
	}
	lay(base, over.Merge)
	return json.Marshal(base)
}

func lay(base, over map[string]any) {
	for k, v := range over {
		if m, ok := v.(map[string]any); ok {
			if b, ok := base[k].(map[string]any); ok {
				lay(b, m)
				continue
			}
		}
		base[k] = v
	}
}

// LowerCamel returns a folder's name as flows spell it: "cognito-idp" is
// cognitoIdp.
func LowerCamel(folder string) string {
	parts := strings.FieldsFunc(folder, func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	for i, p := range parts {
		if i > 0 {
			parts[i] = strings.ToUpper(p[:1]) + p[1:]
		}
	}
	return strings.Join(parts, "")
}
