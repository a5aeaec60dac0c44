package lambdasvc

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/bundle"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// codeInput is the part of a request that says where the code is.
type codeInput struct {
	ZipFile         []byte
	S3Bucket        string
	S3Key           string
	S3ObjectVersion string
	ImageURI        string `json:"ImageUri"`
}

// loadedCode is code that is kept and can be run.
type loadedCode struct {
	code code
	layerContent
}

// load reads, checks and keeps the code of a request. It takes no lock: a zip
// may be large.
func (s source) load(in codeInput) (loadedCode, error) {
	if in.ImageURI != "" {
		return loadedCode{code: code{ImageURI: in.ImageURI}}, nil
	}
	file := in.ZipFile
	if len(file) == 0 {
		if in.S3Bucket == "" || in.S3Key == "" {
			return loadedCode{}, service.Invalid("Please provide a source for the code: a zip file, or an S3 bucket and key.")
		}
		var err error
		if file, err = s.fromBucket(in); err != nil {
			return loadedCode{}, err
		}
	}
	if len(file) > bundle.ZippedLimit {
		return loadedCode{}, service.TooLarge("Zipped size must be smaller than %d bytes", bundle.ZippedLimit)
	}
	hash, err := s.codes.Put(file)
	switch {
	case errors.Is(err, bundle.ErrTooLarge):
		return loadedCode{}, service.Invalid("Unzipped size must be smaller than %d bytes", bundle.UnzippedLimit)
	case errors.Is(err, bundle.ErrFormat), errors.Is(err, bundle.ErrUnsafe):
		return loadedCode{}, service.Invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
	case err != nil:
		return loadedCode{}, err
	}
	return loadedCode{code: code{Archive: hash}, layerContent: layerContent{CodeSha256: bundle.Digest(file), CodeSize: int64(len(file))}}, nil
}

// fromBucket reads an object of a bucket, which is a file of a folder. Nothing
// outside the folder can be reached.
func (s source) fromBucket(in codeInput) ([]byte, error) {
	folder, ok := s.buckets[in.S3Bucket]
	if !ok {
		return nil, s3Failure("NoSuchBucket", "The specified bucket does not exist")
	}
	if in.S3ObjectVersion != "" && in.S3ObjectVersion != "null" {
		return nil, s3Failure("NoSuchVersion", "The specified version does not exist.")
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, s3Failure("NoSuchBucket", "The specified bucket does not exist")
	}
	defer root.Close()
	name := filepath.FromSlash(in.S3Key)
	info, err := root.Stat(name)
	if err != nil || !info.Mode().IsRegular() {
		return nil, s3Failure("NoSuchKey", "The specified key does not exist.")
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, s3Failure("NoSuchKey", "The specified key does not exist.")
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, bundle.ZippedLimit+1))
}

func s3Failure(code, message string) *service.APIError {
	return service.Invalid("Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: %s", code, message)
}
