package awsmodel

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/medlar-flow/medlar/internal/value"
	"github.com/medlar-flow/medlar/schema"
)

// saveToParameter names the file that a body is written to.
const saveToParameter = "saveTo"

func saveToField() *schema.Field {
	return &schema.Field{
		Name: saveToParameter, Type: schema.String,
		Description: "A file below the folder that the program was started in: the body is written there and not given. " +
			"It appears when it is whole.",
	}
}

// streamOut returns the member of the result that is a stream.
func (o *operation) streamOut() (name string, ok bool) {
	p := o.protocol()
	if p == nil {
		return "", false
	}
	return p.StreamsOut()
}

// openBody opens what is to be sent as a stream. What is returned closes it.
func (call *call) openBody() (closeBody func(), err error) {
	none := func() {}
	p := call.op.protocol()
	if p == nil {
		return none, errors.New("the protocol of this service is not spoken")
	}
	name, ok := p.StreamsIn()
	if !ok {
		return none, nil
	}
	switch x := call.params[spelled(name)].(type) {
	case nil:
		return none, nil
	case []byte:
		call.body = bytes.NewReader(x)
	case string:
		call.body = bytes.NewReader([]byte(x))
	default:
		text, err := value.EncodeJSON(x)
		if err != nil {
			return none, err
		}
		call.body = bytes.NewReader(text)
	}
	return none, nil
}

// readStream reads the body of an answer, into the result or into a file.
func (call *call) readStream() error {
	defer func() { _ = call.stream.Close() }()
	name, _ := call.op.streamOut()
	sum := sumOf(call.result)
	body := io.Reader(call.stream)
	if sum != nil {
		body = io.TeeReader(body, sum.hash)
	}
	if path, ok := call.params[saveToParameter].(string); ok && path != "" {
		if err := save(path, body, sum); err != nil {
			return err
		}
		call.result[capital(name)] = nil
		return nil
	}
	data, err := io.ReadAll(&bounded{ReadCloser: io.NopCloser(body), left: most})
	if err != nil {
		return fmt.Errorf("%w; saveTo writes it to a file", err)
	}
	if sum != nil {
		if err := sum.check(); err != nil {
			return err
		}
	}
	call.result[capital(name)] = data
	return nil
}

// save writes a body to a file below the working folder, which appears there
// when it is whole and its sum is right.
func save(path string, body io.Reader, sum *answerSum) (err error) {
	if !filepath.IsLocal(path) {
		return fmt.Errorf("saveTo: %q is not below the folder that the program was started in", path)
	}
	root, err := os.OpenRoot(".")
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	part := path + ".part"
	f, err := root.Create(part)
	if err != nil {
		return fmt.Errorf("saveTo: %w", err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = root.Remove(part)
		}
	}()
	if _, err = io.Copy(f, body); err != nil {
		return err
	}
	if sum != nil {
		if err = sum.check(); err != nil {
			return err
		}
	}
	if err = f.Close(); err != nil {
		return err
	}
	return root.Rename(part, path)
}
