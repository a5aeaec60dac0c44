package temporal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

// Store keeps what is too large for the server, which then holds a reference.
// All workers, and whoever starts runs, must use the same store. A key is 64
// hexadecimal digits and names its content, so storing it twice is storing it
// once. What is stored is encrypted where there are keys.
type Store interface {
	Put(ctx context.Context, key string, content []byte) error
	// Get returns a content. The error is fs.ErrNotExist for a key that is not there.
	Get(ctx context.Context, key string) ([]byte, error)
}

// storeFrom is how large a payload is in bytes that goes into a store.
const storeFrom = 128 << 10

// Folder is a Store in a folder that all processes share. Nothing is ever
// deleted from it: delete files that are older than what the server keeps of
// ended runs.
type Folder string

// Put writes a file, whole or not at all.
func (f Folder) Put(_ context.Context, key string, content []byte) error {
	path := f.path(key)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("storing a large value: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("storing a large value: %w", err)
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
		return fmt.Errorf("storing a large value: %w", err)
	}
	return nil
}

// Get reads a file.
func (f Folder) Get(_ context.Context, key string) ([]byte, error) {
	content, err := os.ReadFile(f.path(key))
	if err != nil {
		return nil, fmt.Errorf("reading a large value: %w", err)
	}
	return content, nil
}

func (f Folder) path(key string) string { return filepath.Join(string(f), key[:2], key) }

// driver gives the SDK a store.
type driver struct{ store Store }

var _ converter.StorageDriver = driver{}

// Name is part of what the server keeps: it must not change.
func (driver) Name() string { return "medlar" }

// Type names this code.
func (driver) Type() string { return "medlar" }

const claimKey = "sha256"

// Store stores payloads under the hashes of their contents.
func (d driver) Store(ctx converter.StorageDriverStoreContext, payloads []*commonpb.Payload) ([]converter.StorageDriverClaim, error) {
	claims := make([]converter.StorageDriverClaim, len(payloads))
	for i, p := range payloads {
		content, err := proto.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("storing a large value: %w", err)
		}
		sum := sha256.Sum256(content)
		key := hex.EncodeToString(sum[:])
		err = ctx.GetLimiter().Permit(ctx.Context, p, func() error { return d.store.Put(ctx.Context, key, content) })
		if err != nil {
			return nil, err //nolint:wrapcheck // it says what it is about
		}
		claims[i] = converter.StorageDriverClaim{ClaimData: map[string]string{claimKey: key}}
	}
	return claims, nil
}

var errWrongContent = errors.New("a large value is not what was stored, or its reference is wrong")

// Retrieve reads payloads and compares them with their hashes.
func (d driver) Retrieve(ctx converter.StorageDriverRetrieveContext, claims []converter.StorageDriverClaim) ([]*commonpb.Payload, error) {
	payloads := make([]*commonpb.Payload, len(claims))
	for i, claim := range claims {
		key := claim.ClaimData[claimKey]
		if raw, err := hex.DecodeString(key); err != nil || len(raw) != sha256.Size {
			return nil, errWrongContent
		}
		var content []byte
		err := ctx.GetLimiter().Permit(ctx.Context, claim, func() (err error) {
			content, err = d.store.Get(ctx.Context, key)
			return err
		})
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: do all workers have the same store?", err)
		}
		if err != nil {
			return nil, err //nolint:wrapcheck // it says what it is about
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != key {
			return nil, errWrongContent
		}
		payloads[i] = &commonpb.Payload{}
		if err := proto.Unmarshal(content, payloads[i]); err != nil {
			return nil, errWrongContent
		}
	}
	return payloads, nil
}
