package temporal

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"

	"github.com/medlar-flow/medlar/flows/internal/wire"
)

const (
	oldKey = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
	newKey = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
)

func keysOf(t *testing.T, text string) Keys {
	t.Helper()
	keys, err := ParseKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// Payloads are encrypted with the first key and read with any.
func TestPayloadsAreEncrypted(t *testing.T) {
	before := keysOf(t, oldKey).dataConverter()
	p, err := before.ToPayload([]byte("a secret text"))
	if err != nil {
		t.Fatal(err)
	}
	if raw, _ := proto.Marshal(p); bytes.Contains(raw, []byte("secret text")) || bytes.Contains(raw, []byte("plain")) {
		t.Errorf("the payload is %q", raw)
	}
	tests := []struct {
		name, keys string
		fails      bool
	}{{"the same", oldKey, false}, {"rotated", newKey + "," + oldKey, false}, {"another", newKey, true}, {"none", "", true}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []byte
			err := keysOf(t, tt.keys).dataConverter().FromPayload(p, &got)
			switch {
			case tt.fails && (!errors.Is(err, wire.ErrSealed) || !strings.Contains(err.Error(), KeyVariable)):
				t.Errorf("the error is %v", err)
			case !tt.fails && (err != nil || string(got) != "a secret text"):
				t.Errorf("got %q and %v", got, err)
			}
		})
	}
}

// What was stored is found again, and nothing else passes for it.
func TestStore(t *testing.T) {
	folder := t.TempDir()
	d := driver{Folder(folder)}
	payloads := []*commonpb.Payload{{Data: []byte("one")}, {Data: []byte("two")}}
	store := converter.StorageDriverStoreContext{Context: t.Context()}
	claims, err := d.Store(store, payloads)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Store(store, payloads); err != nil {
		t.Fatalf("storing it again: %v", err)
	}
	retrieve := converter.StorageDriverRetrieveContext{Context: t.Context()}
	back, err := d.Retrieve(retrieve, claims)
	if err != nil || string(back[0].Data) != "one" || string(back[1].Data) != "two" {
		t.Fatalf("read %v and %v", back, err)
	}
	for _, bad := range []string{"", "../../etc/passwd", strings.Repeat("g", 64), "ab"} {
		if _, err := d.Retrieve(retrieve, []converter.StorageDriverClaim{{ClaimData: map[string]string{claimKey: bad}}}); !errors.Is(err, errWrongContent) {
			t.Errorf("the claim %q: %v", bad, err)
		}
	}
	files, _ := filepath.Glob(filepath.Join(folder, "*", "*"))
	if len(files) != 2 {
		t.Fatalf("the folder holds %v", files)
	}
	for _, file := range files {
		if err := os.WriteFile(file, []byte("changed"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Retrieve(retrieve, claims); !errors.Is(err, errWrongContent) {
		t.Errorf("a changed file: %v", err)
	}
	if _, err := Folder(t.TempDir()).Get(context.Background(), strings.Repeat("a", 64)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
