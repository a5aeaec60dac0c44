package awsmodel_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/medlar-flow/medlar/flows"
)

// parts is a store that takes objects in parts.
type parts struct {
	mu     sync.Mutex
	sizes  map[int]int
	refuse int // the part that fails; 0 for none
	log    []string
}

func (p *parts) answer(r *http.Request, body string) (int, http.Header, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := r.URL.Query()
	number, _ := strconv.Atoi(q.Get("partNumber"))
	switch {
	case r.Method == http.MethodPost && q.Has("uploads"):
		p.log = append(p.log, "create "+r.Header.Get("X-Amz-Checksum-Algorithm")+" "+r.Header.Get("Content-Type"))
		return 200, nil, `<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>`
	case r.Method == http.MethodPut && number == p.refuse && number > 0:
		return 400, nil, `<Error><Code>BadDigest</Code></Error>`
	case r.Method == http.MethodPut:
		p.sizes[number] = len(body)
		return 200, http.Header{"Etag": {fmt.Sprint("e", number)}, "X-Amz-Checksum-Crc32": {r.Header.Get("X-Amz-Checksum-Crc32")}}, ""
	case r.Method == http.MethodPost:
		p.log = append(p.log, fmt.Sprint("complete ", strings.Count(body, "<Part>"), strings.Count(body, "<ChecksumCRC32>")))
		return 200, nil, `<CompleteMultipartUploadResult><ETag>all</ETag></CompleteMultipartUploadResult>`
	case r.Method == http.MethodDelete:
		p.log = append(p.log, "abort")
		return 204, nil, ""
	}
	return 500, nil, ""
}

// TestUpload shows files that are sent as one object: whole, in parts, and in
// parts of which one fails.
func TestUpload(t *testing.T) {
	t.Chdir(t.TempDir())
	large, err := os.Create("large")
	if err != nil {
		t.Fatal(err)
	}
	const size = 70 << 20
	if err := large.Truncate(size); err != nil {
		t.Fatal(err)
	}
	if err := large.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("small", []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	params := map[string]any{"bucket": "my-bucket", "key": "k", "bodyFile": "large", "contentType": "text/plain"}

	p := &parts{sizes: map[int]int{}}
	got, err := calling(t, &stub{answer: p.answer}, nil)("s3.putObject", params)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, n := range p.sizes {
		total += n
	}
	if etag := got.(map[string]any)["ETag"]; etag != "all" || total != size || len(p.sizes) != 5 {
		t.Errorf("%v, %d parts of %d bytes", got, len(p.sizes), total)
	}
	if log := strings.Join(p.log, "; "); log != "create CRC32 text/plain; complete 5 5" {
		t.Errorf("calls: %s", log)
	}

	p = &parts{sizes: map[int]int{}, refuse: 3}
	if _, err := calling(t, &stub{answer: p.answer}, nil)("s3.putObject", params); err == nil || p.log[len(p.log)-1] != "abort" {
		t.Errorf("error %v, calls %v", err, p.log)
	}

	s := fixed(200, "")
	call := calling(t, s, nil)
	if _, err := call("s3.putObject", map[string]any{"bucket": "my-bucket", "key": "k", "bodyFile": "small"}); err != nil {
		t.Fatal(err)
	}
	if r := s.sent[0]; r.body != "hello" || r.ContentLength != 5 || r.Header.Get("X-Amz-Checksum-Crc32") != "NhCmhg==" {
		t.Errorf("sent %q, %d, %v", r.body, r.ContentLength, r.Header)
	}
	for _, path := range []string{"../small", "nothing", "/etc/hostname", "."} {
		if _, err := call("s3.putObject", map[string]any{"bucket": "my-bucket", "key": "k", "bodyFile": path}); err == nil {
			t.Errorf("%s is sent", path)
		}
	}
	if _, err := call("s3.putObject", map[string]any{"bucket": "my-bucket", "key": "k", "bodyFile": "small", "body": "x"}); err == nil {
		t.Error("body and bodyFile are taken together")
	}
}

// TestFilesOfAFlow shows files that a flow names as a body: they are sent
// without being loaded, whatever folder the program was started in.
func TestFilesOfAFlow(t *testing.T) {
	folder := t.TempDir()
	const size = 70 << 20 // more than a file may have that is loaded
	for name, size := range map[string]int64{"large": size, "small": 5} {
		f, err := os.Create(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	p := &parts{sizes: map[int]int{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		status, header, text := p.answer(r, string(body))
		maps.Copy(w.Header(), header)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}))
	defer server.Close()
	send := func(fsys fs.FS, name string) error {
		text := fmt.Sprintf(`flow: f
connections: {aws: {region: eu-west-1, endpoint: %q, accessKeyId: AKID, secretAccessKey: "${env.KEY}"}}
steps: [{id: put, call: s3.putObject, with: {bucket: my-bucket, key: k, body: {file: %s}}}]
output: ${steps.put.ETag}
`, server.URL, name)
		if err := os.WriteFile(filepath.Join(folder, "f.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if files, ok := fsys.(fstest.MapFS); ok {
			files["f.yaml"] = &fstest.MapFile{Data: []byte(text)}
		}
		flow, err := flows.Load(fsys, "f.yaml", registry(t))
		if err != nil {
			t.Fatal(err)
		}
		_, err = flow.Run(t.Context(), nil, flows.WithEnv(func(string) (string, bool) { return "secret", true }), flows.WithOrigin(folder))
		return err
	}
	if err := send(os.DirFS(folder), "large"); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, n := range p.sizes {
		total += n
	}
	if total != size || len(p.sizes) != 5 {
		t.Errorf("%d parts of %d bytes", len(p.sizes), total)
	}
	for name, fsys := range map[string]fs.FS{
		"memory": fstest.MapFS{"small": {Data: []byte("hello")}},
		"origin": fstest.MapFS{}, // as of a run that is resumed
	} {
		p.sizes = map[int]int{}
		if err := send(fsys, "small"); err != nil || p.sizes[0] != 5 {
			t.Errorf("from %s: %v, %v", name, err, p.sizes)
		}
	}
	if err := send(os.DirFS(folder), "nothing"); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("a file that is not there: %v", err)
	}
}
