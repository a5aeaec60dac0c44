package temporal

import (
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"

	"github.com/medlar-flow/medlar/flows/internal/wire"
)

// Keys encrypt everything that reaches the server. The zero Keys has none.
type Keys struct{ keys wire.Keys }

// ParseKeys reads keys as KeyVariable holds them: base64 of 16, 24 or 32
// bytes, several separated by commas. The first one encrypts, all decrypt, so
// a new key is put in front of the old ones once every worker has it behind
// them. Empty text gives no keys.
func ParseKeys(text string) (Keys, error) {
	keys, err := wire.ParseKeys(text)
	return Keys{keys}, err //nolint:wrapcheck // it says which key is wrong
}

func (k Keys) none() bool { return k.keys.None() }

// codec encrypts payloads. It leaves those alone that it did not encrypt.
type codec struct{ keys wire.Keys }

var _ converter.PayloadCodec = codec{}

// sealedEncoding marks a payload that is encrypted; about binds it to its use.
const (
	sealedEncoding = "binary/medlar-sealed"
	about          = "temporal payload"
)

// Encode encrypts each payload with its metadata.
func (c codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		text, err := proto.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("encrypting a payload: %w", err)
		}
		out[i] = &commonpb.Payload{
			Metadata: map[string][]byte{converter.MetadataEncoding: []byte(sealedEncoding)}, Data: c.keys.Seal(text, about),
		}
	}
	return out, nil
}

// Decode reads what Encode wrote.
func (c codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if string(p.GetMetadata()[converter.MetadataEncoding]) != sealedEncoding {
			out[i] = p
			continue
		}
		text, err := c.keys.Open(p.GetData(), about)
		if err != nil {
			return nil, fmt.Errorf("a payload cannot be read: %w: look at the keys in %s", err, whereKeys)
		}
		out[i] = &commonpb.Payload{}
		if err := proto.Unmarshal(text, out[i]); err != nil {
			return nil, fmt.Errorf("a payload cannot be read: %w", err)
		}
	}
	return out, nil
}

// noKey makes it known that a payload is encrypted where there is no key.
type noKey struct{}

// Encode changes nothing.
func (noKey) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) { return payloads, nil }

// Decode refuses what is encrypted.
func (noKey) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	for _, p := range payloads {
		if string(p.GetMetadata()[converter.MetadataEncoding]) == sealedEncoding {
			return nil, fmt.Errorf("a payload cannot be read: %w: look at the keys in %s", wire.ErrSealed, whereKeys)
		}
	}
	return payloads, nil
}

// dataConverter returns what all payloads pass through.
func (k Keys) dataConverter() converter.DataConverter {
	if k.none() {
		return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), noKey{})
	}
	return converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), codec(k))
}

// Converters returns what a client of the SDK is given as DataConverter and
// FailureConverter, so that all that it sends passes as it does in a Client:
// encrypted, where there are keys, also the messages of failures.
func (k Keys) Converters() (data converter.DataConverter, failures converter.FailureConverter) {
	data = lateConverter{k.dataConverter()}
	return data, temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter: data, EncodeCommonAttributes: !k.none(),
	})
}

// lateConverter leaves to workflows what they begin with as it came: the SDK
// would make a run fail whose beginning it cannot read, though all that is
// wrong is the key of one worker.
type lateConverter struct{ converter.DataConverter }

// FromPayloads reads payloads, but for raw ones.
func (c lateConverter) FromPayloads(payloads *commonpb.Payloads, to ...any) error {
	for i, p := range payloads.GetPayloads() {
		if i >= len(to) {
			break
		}
		if err := c.FromPayload(p, to[i]); err != nil {
			return err
		}
	}
	return nil
}

// FromPayload reads a payload, but for a raw one.
func (c lateConverter) FromPayload(p *commonpb.Payload, to any) error {
	if raw, ok := to.(*converter.RawValue); ok {
		*raw = converter.NewRawValue(p)
		return nil
	}
	return c.DataConverter.FromPayload(p, to) //nolint:wrapcheck // the SDK does
}
