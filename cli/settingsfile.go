package cli

import (
	"context"
	"errors"

	"github.com/medlar-flow/medlar/internal/yamlfile"
	"github.com/medlar-flow/medlar/schema"
)

// settings reads the file of a flag as a T, which declares what stands in it. adjust
// changes what that says of the declaration; it may be nil.
func settings[T any](ctx context.Context, a *app, flag, path string, adjust func(*schema.Schema)) (in T, err error) {
	text, err := a.readFile(ctx, flag, path)
	if err != nil {
		return in, err
	}
	codec, err := schema.For[T]()
	if err != nil {
		return in, failedBecause("%w", err) // a mistake here
	}
	if adjust != nil {
		adjust(codec.Schema())
	}
	file := yamlfile.NewFile(path, text)
	given, wrongs := decodeMap(file, codec.Schema(), "settings")
	if len(wrongs) > 0 {
		return in, a.mistakes(wrongs, file.Excerpts)
	}
	converted, err := codec.Schema().Convert(given)
	var found schema.Errors
	if errors.As(err, &found) {
		return in, a.mistakes(placed(file, found), file.Excerpts)
	}
	if err == nil {
		in, err = codec.Decode(converted)
	}
	if err != nil {
		return in, wrong("", "%s: %w", path, err)
	}
	return in, nil
}
