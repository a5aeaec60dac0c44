package awsmodel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/readfile"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
	"github.com/medlar-flow/medlar/schema"
)

// bodyFileParameter names the file whose content is sent.
const bodyFileParameter = "bodyFile"

// fileBody lets the body be a file that is not loaded.
func fileBody(fields []*schema.Field) []*schema.Field {
	return append(fields, &schema.Field{
		Name: bodyFileParameter, Type: schema.String,
		Description: "A file below the folder that the program was started in, sent without loading it. putObject sends one " +
			"of more than 64 MiB in parts.",
	})
}

const (
	partsAbove  = 64 << 20 // bytes from which an object is sent in parts
	leastPart   = 16 << 20 // bytes of a part
	mostParts   = 10_000   // that S3 takes
	partsAtOnce = 4
)

// openFile opens a file below the working folder.
func openFile(path string) (fs.File, error) {
	name, err := localPath(path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(".")
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	f, _, err := readfile.Open(root.FS(), name)
	return f, readfile.About(strconv.Quote(path), err)
}

var errTwoBodies = errors.New("body and bodyFile are given together")

// localPath returns a path below the working folder as a file system has it.
func localPath(path string) (string, error) {
	if !filepath.IsLocal(path) {
		return "", fmt.Errorf("%q is not below the folder that the program was started in", path)
	}
	return filepath.ToSlash(filepath.Clean(path)), nil
}

// bodySource is a file whose content is sent.
type bodySource struct {
	io.ReaderAt
	io.Closer
	size int64
}

// fileOf opens the file that is the body of a call; ok is false where it has
// none.
func (o *operation) fileOf(params map[string]any) (from *bodySource, ok bool, err error) {
	if path, ok := params[bodyFileParameter].(string); ok && o.quirk.fields != nil {
		if params["body"] != nil {
			return nil, true, errTwoBodies
		}
		f, err := openFile(path)
		if err != nil {
			return nil, true, fmt.Errorf("%s: %w", bodyFileParameter, err)
		}
		from, err := sourceOf(f, path)
		return from, true, err
	}
	p := o.protocol()
	if p == nil {
		return nil, false, nil
	}
	name, streams := p.StreamsIn()
	f, ok := params[spelled(name)].(*schema.File)
	if !streams || !ok {
		return nil, false, nil
	}
	opened, err := f.Open()
	if err != nil {
		return nil, true, fmt.Errorf("%s: %w", spelled(name), err)
	}
	from, err = sourceOf(opened, f.Path())
	return from, true, err
}

// sourceOf returns what reads an open file, which it closes. One whose file
// system can only read it from its beginning to its end is read, up to a bound.
func sourceOf(f fs.File, path string) (*bodySource, error) {
	info, err := f.Stat()
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	if at, ok := f.(io.ReaderAt); ok {
		return &bodySource{at, f, info.Size()}, nil
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(&bounded{ReadCloser: f, left: most})
	if err != nil {
		return nil, fmt.Errorf("%q: %w", path, err)
	}
	return &bodySource{bytes.NewReader(text), io.NopCloser(nil), int64(len(text))}, nil
}

// sendFile makes a call whose body is a file.
func (o *operation) sendFile(ctx context.Context, c *client, single bool, params map[string]any, from *bodySource) (map[string]any, error) {
	defer func() { _ = from.Close() }()
	if p := o.protocol(); p != nil {
		if name, ok := p.StreamsIn(); ok && params[spelled(name)] != nil {
			params = maps.Clone(params)
			delete(params, spelled(name))
		}
	}
	if from.size > partsAbove && o.service.model.Name == "s3" && o.model.Name == "PutObject" {
		u := &upload{service: o.service, client: c, single: single, params: params, file: from, size: from.size}
		return u.run(ctx)
	}
	// A section is not closed by whoever sends it, so that it can be sent again.
	return o.carry(ctx, c, &call{op: o, params: params, single: single, body: io.NewSectionReader(from, 0, from.size)})
}

// carry makes a call, and gives its result.
func (o *operation) carry(ctx context.Context, c *client, call *call) (map[string]any, error) {
	if err := c.do(ctx, call); err != nil {
		return nil, awsapi.Error(ctx, err, effects[o.model.Effect])
	}
	return call.result, nil
}

// upload sends an object in parts.
type upload struct {
	service *service
	client  *client
	single  bool
	params  map[string]any // of putObject
	file    io.ReaderAt
	size    int64
	id      any
}

// call calls an operation of the upload.
func (u *upload) call(ctx context.Context, name string, more map[string]any, body io.ReadSeeker) (map[string]any, error) {
	o := u.service.operation(u.service.model.Operation(name))
	params := u.shared(o)
	maps.Copy(params, more)
	if u.id != nil {
		params["uploadId"] = u.id
	}
	return o.carry(ctx, u.client, &call{op: o, params: params, single: u.single, body: body})
}

// shared returns the parameters of putObject that another operation has, too.
func (u *upload) shared(o *operation) map[string]any {
	params := map[string]any{}
	for _, m := range u.service.model.Shapes[o.model.Input].Members {
		name := spelled(m.Name)
		if m.Location != model.InBody && name != "contentLength" && name != "ifMatch" && name != "ifNoneMatch" {
			if v := u.params[name]; v != nil {
				params[name] = v
			}
		}
	}
	return params
}

func (u *upload) run(ctx context.Context) (map[string]any, error) {
	if u.params["checksumAlgorithm"] == nil && u.client.settings.sums {
		u.params = maps.Clone(u.params)
		u.params["checksumAlgorithm"] = "CRC32"
	}
	created, err := u.call(ctx, "CreateMultipartUpload", nil, nil)
	if err != nil {
		return nil, err
	}
	u.id = created["UploadId"]
	result, err := u.sendParts(ctx)
	if err != nil {
		// What was sent is taken away, also where the step was stopped.
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		if _, abortErr := u.call(end, "AbortMultipartUpload", nil, nil); abortErr != nil {
			return nil, awsapi.Error(ctx, fmt.Errorf("%w (and the parts sent so far are left: %w)", err, abortErr), connector.EffectMutating)
		}
		return nil, err
	}
	return result, nil
}

func (u *upload) sendParts(ctx context.Context) (map[string]any, error) {
	length := max(leastPart, (u.size+mostParts-1)/mostParts)
	count := int((u.size + length - 1) / length)
	parts := make([]any, count)
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(partsAtOnce)
	for i := range count {
		group.Go(func() error {
			at := int64(i) * length
			sent, err := u.call(within, "UploadPart", map[string]any{"partNumber": int64(i + 1)},
				io.NewSectionReader(u.file, at, min(length, u.size-at)))
			if err != nil {
				return err
			}
			part := map[string]any{"partNumber": int64(i + 1), "eTag": sent["ETag"]}
			for _, name := range answerSums {
				if sum := sent["Checksum"+name]; sum != nil {
					part["checksum"+name] = sum
				}
			}
			parts[i] = part
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	conditions := map[string]any{"multipartUpload": map[string]any{"parts": parts}}
	for _, name := range []string{"ifMatch", "ifNoneMatch"} {
		if v := u.params[name]; v != nil {
			conditions[name] = v
		}
	}
	done, err := u.call(ctx, "CompleteMultipartUpload", conditions, nil)
	if err != nil {
		return nil, err
	}
	return u.asPut(done), nil
}

// asPut returns the members of the last answer that putObject's result has.
func (u *upload) asPut(done map[string]any) map[string]any {
	put := u.service.model.Operation("PutObject")
	result := map[string]any{}
	for _, m := range u.service.model.Shapes[put.Output].Members {
		result[capital(m.Name)] = done[capital(m.Name)]
	}
	return result
}
