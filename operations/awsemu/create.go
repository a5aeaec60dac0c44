package awsemu

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"regexp"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// createInput is the body of CreateFunction.
type createInput struct {
	FunctionName           string
	Role                   string
	Runtime                string
	Handler                string
	Description            string
	Timeout                *int
	MemorySize             *int
	Publish                bool
	PackageType            string
	KMSKeyArn              string
	Environment            *environment
	Layers                 []string
	Tags                   map[string]string
	Architectures          []string
	VpcConfig              object
	DeadLetterConfig       object
	TracingConfig          object
	FileSystemConfigs      []object
	ImageConfig            object
	EphemeralStorage       object
	SnapStart              object
	LoggingConfig          object
	CapacityProviderConfig object
	DurableConfig          object
	TenancyConfig          object
	Code                   *struct {
		ZipFile  []byte
		S3Bucket string
		S3Key    string
		ImageURI string `json:"ImageUri"`
	}
}

var roleName = regexp.MustCompile(`^arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+$`)

// check tells the first member that cannot be.
func (in createInput) check() error {
	switch {
	case !roleName.MatchString(in.Role):
		return invalidMember(in.Role, "role", `Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+`)
	case in.Code == nil:
		return invalid("1 validation error detected: Value null at 'code' failed to satisfy constraint: Member must not be null")
	case len([]rune(in.Description)) > 256:
		return invalidMember(in.Description, "description", "Member must have length less than or equal to 256")
	case in.Timeout != nil && (*in.Timeout < 1 || *in.Timeout > 900):
		return invalid("'timeout' must be between 1 and 900 seconds")
	case in.MemorySize != nil && (*in.MemorySize < 128 || *in.MemorySize > 10240):
		return invalid("'MemorySize' value failed to satisfy constraint: Member must have value between 128 and 10240")
	case in.PackageType == "Image":
		return nil
	case in.PackageType != "" && in.PackageType != "Zip":
		return invalidMember(in.PackageType, "packageType", "Member must satisfy enum value set: [Zip, Image]")
	case in.Runtime == "" || in.Handler == "":
		return invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
	case !slices.Contains(types.Runtime("").Values(), types.Runtime(in.Runtime)):
		return invalidMember(in.Runtime, "runtime", "Member must satisfy enum value set: the runtimes of AWS Lambda")
	}
	return nil
}

func (r *realm) create(ref functionRef, in createInput) (configuration, error) {
	if err := in.check(); err != nil {
		return configuration{}, err
	}
	if _, ok := r.functions[ref.name]; ok {
		return configuration{}, conflict("Function already exist: %s", ref.name)
	}
	f := newFunction(ref)
	f.tags = in.Tags
	v, err := r.newVersion(ref, in)
	if err != nil {
		return configuration{}, err
	}
	f.latest = v
	if in.Publish {
		if v, err = r.freeze(f, v, "1"); err != nil {
			return configuration{}, err
		}
	}
	r.functions[ref.name] = f
	return v.config, nil
}

func newFunction(ref functionRef) *function {
	ref.qualifier = ""
	return &function{ref: ref, aliases: map[string]*alias{}, policies: map[string]*policy{}}
}

// newVersion makes the $LATEST of a new function.
func (r *realm) newVersion(ref functionRef, in createInput) (*version, error) {
	config, err := r.newConfiguration(ref)
	if err != nil {
		return nil, err
	}
	config.Role, config.Runtime, config.Handler, config.Description = in.Role, in.Runtime, in.Handler, in.Description
	config.VpcConfig, config.DeadLetterConfig, config.FileSystemConfigs = in.VpcConfig, in.DeadLetterConfig, in.FileSystemConfigs
	config.Environment, config.KMSKeyArn, config.LoggingConfig = in.Environment, in.KMSKeyArn, in.LoggingConfig
	config.CapacityProvider, config.DurableConfig, config.TenancyConfig = in.CapacityProviderConfig, in.DurableConfig, in.TenancyConfig
	override(&config.Timeout, in.Timeout)
	override(&config.MemorySize, in.MemorySize)
	overrideObject(&config.EphemeralStorage, in.EphemeralStorage)
	overrideObject(&config.TracingConfig, in.TracingConfig)
	if in.SnapStart != nil {
		config.SnapStart = object{"ApplyOn": in.SnapStart["ApplyOn"], "OptimizationStatus": "Off"}
	}
	if len(in.Architectures) > 0 {
		config.Architectures = in.Architectures
	}
	for _, arn := range in.Layers {
		config.Layers = append(config.Layers, layerReference{Arn: arn, CodeSize: r.layerSize(arn)})
	}
	if in.PackageType == "Image" {
		config.PackageType = "Image"
		if in.ImageConfig != nil {
			config.ImageConfig = object{"ImageConfig": in.ImageConfig}
		}
		return &version{config: config, code: code{imageURI: in.Code.ImageURI}}, nil
	}
	content, err := readZip(in.Code.ZipFile, in.Code.S3Bucket, in.Code.S3Key)
	config.CodeSha256, config.CodeSize = content.CodeSha256, content.CodeSize
	return &version{config: config}, err
}

func override(to *int, from *int) {
	if from != nil {
		*to = *from
	}
}

func overrideObject(to *object, from object) {
	if from != nil {
		*to = from
	}
}

// newConfiguration is what AWS gives a function about which nothing is said.
func (r *realm) newConfiguration(ref functionRef) (configuration, error) {
	revision, err := r.revision()
	return configuration{
		FunctionName: ref.name, FunctionArn: ref.arn(""), Version: latest,
		Timeout: 3, MemorySize: 128,
		LastModified: r.timestamp(), RevisionID: revision,
		State: "Active", LastUpdateStatus: "Successful",
		PackageType: "Zip", Architectures: []string{"x86_64"},
		EphemeralStorage: object{"Size": 512},
		SnapStart:        object{"ApplyOn": "None", "OptimizationStatus": "Off"},
		TracingConfig:    object{"Mode": "PassThrough"},
	}, err
}

// layerSize is the code size of a layer version of this realm, else 0.
func (r *realm) layerSize(arn string) int64 {
	for _, l := range r.layers {
		for _, v := range l.versions {
			if v.LayerVersionArn == arn {
				return v.Content.CodeSize
			}
		}
	}
	return 0
}

// readZip checks a deployment package. One in S3 is taken for granted: there
// is no S3 here.
func readZip(file []byte, bucket, key string) (layerContent, error) {
	if len(file) == 0 {
		if bucket == "" || key == "" {
			return layerContent{}, invalid("Please provide a source for the code: a zip file, or an S3 bucket and key.")
		}
		return layerContent{CodeSha256: digest([]byte(bucket + "/" + key))}, nil
	}
	if len(file) > zippedCodeLimit {
		return layerContent{}, tooLarge("Unzipped size must be smaller than %d bytes", unzippedCodeLimit)
	}
	if _, err := zip.NewReader(bytes.NewReader(file), int64(len(file))); err != nil {
		return layerContent{}, invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
	}
	return layerContent{CodeSha256: digest(file), CodeSize: int64(len(file))}, nil
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.StdEncoding.EncodeToString(sum[:])
}
