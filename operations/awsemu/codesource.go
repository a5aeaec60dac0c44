package awsemu

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/bundle"
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
			return loadedCode{}, invalid("Please provide a source for the code: a zip file, or an S3 bucket and key.")
		}
		var err error
		if file, err = s.fromBucket(in); err != nil {
			return loadedCode{}, err
		}
	}
	if len(file) > bundle.ZippedLimit {
		return loadedCode{}, tooLarge("Zipped size must be smaller than %d bytes", bundle.ZippedLimit)
	}
	hash, err := s.codes.Put(file)
	switch {
	case errors.Is(err, bundle.ErrTooLarge):
		return loadedCode{}, invalid("Unzipped size must be smaller than %d bytes", bundle.UnzippedLimit)
	case errors.Is(err, bundle.ErrFormat), errors.Is(err, bundle.ErrUnsafe):
		return loadedCode{}, invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
	case err != nil:
		return loadedCode{}, err
	}
	return loadedCode{code: code{Archive: hash}, layerContent: layerContent{CodeSha256: digest(file), CodeSize: int64(len(file))}}, nil
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

func s3Failure(code, message string) *apiError {
	return invalid("Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: %s", code, message)
}

// localCode is code that the functions file names by its path.
type localCode struct {
	path   string
	zipped bool
	layerContent
}

// readLocal looks at a folder or a zip without keeping it.
func readLocal(path string) (*localCode, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, errors.New("there is no folder or zip " + path)
	}
	c := &localCode{path: path}
	if info.IsDir() {
		c.layerContent, err = sumFolder(path)
		return c, err
	}
	if !info.Mode().IsRegular() || info.Size() > bundle.ZippedLimit {
		return nil, errors.New("expected a folder, or a zip of at most 50 MiB: " + path)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c.zipped, c.layerContent = true, layerContent{CodeSha256: digest(file), CodeSize: int64(len(file))}
	if err := bundle.Check(file); err != nil {
		return nil, errors.New(path + " is no usable zip: " + err.Error())
	}
	return c, nil
}

// keep gives the code that a version runs; a zip is copied.
func (c *localCode) keep(s source) (code, error) {
	if !c.zipped {
		return code{folder: c.path}, nil
	}
	file, err := os.ReadFile(c.path)
	if err != nil {
		return code{}, err
	}
	hash, err := s.codes.Put(file)
	return code{Archive: hash}, err
}

// folderLimit is how many bytes the names in a folder may have together.
const folderLimit = 32 << 20

// sumFolder adds up names, sizes and times of what is in a folder: reading all
// of it would take too long.
func sumFolder(dir string) (layerContent, error) {
	var sum []byte
	var size int64
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		if size += info.Size(); size > bundle.UnzippedLimit || len(sum) > folderLimit {
			return bundle.ErrTooLarge
		}
		sum = append(sum, path+info.ModTime().String()...)
		return nil
	})
	return layerContent{CodeSha256: digest(sum), CodeSize: size}, err
}
