package schema

// AppendPayload is EncodePayload onto the end of dst.
func AppendPayload(dst []byte, v any) ([]byte, error) {
	return jsonWriter{asCame: true}.append(dst, v, 0)
}
