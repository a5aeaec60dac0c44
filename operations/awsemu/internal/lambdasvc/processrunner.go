package lambdasvc

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/access"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/bootstrap"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/bundle"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/process"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// processRunner runs code in processes of its own: a pool for each version.
type processRunner struct {
	codes    *bundle.Store
	programs string // the folder of the programs that run handlers
	size     int    // processes of a version
	wait     time.Duration
	issuer   *access.Issuer
	clock    func() time.Time
	endpoint func() string
	spawner  *process.Spawner

	mu    sync.Mutex
	pools map[string]versionPool // by the ARN of the version
	old   []*process.Pool        // whose code has been changed since
}

// versionPool is the pool of one state of a version.
type versionPool struct {
	revision string
	*process.Pool
}

func (r *processRunner) run(ctx context.Context, in invocation) (outcome, error) {
	pool, problem, err := r.pool(in)
	if err != nil || problem != nil {
		return orOutcome(problem), err
	}
	result, err := pool.Invoke(ctx, process.Invocation{
		ID: in.requestID, ARN: in.arn, Payload: in.payload, ClientContext: in.clientContext,
		Timeout: in.timeout(), Stream: in.stream, Trace: in.trace, Tenant: in.tenant,
	})
	switch {
	case errors.Is(err, process.ErrBusy):
		return outcome{}, service.Failure("ServiceException", http.StatusServiceUnavailable,
			"all %d processes of %s were busy for %s", r.size, in.config.FunctionArn, r.wait)
	case errors.Is(err, process.ErrClosed):
		return outcome{}, service.Conflict("The function was changed or deleted while it was to be invoked: %s", in.config.FunctionArn)
	case err != nil:
		return outcome{}, err
	}
	out := outcome{
		payload: result.Payload, failure: result.Failure, log: result.Log, streamed: result.Streamed,
		took: result.Took, started: result.Init, memory: result.Memory,
	}
	if result.Failure != "" {
		out.functionError = "Unhandled"
	}
	return out, nil
}

func orOutcome(o *outcome) outcome {
	if o == nil {
		return outcome{}
	}
	return *o
}

// pool returns the pool of a version, or the outcome of a function that cannot
// be run on this machine.
func (r *processRunner) pool(in invocation) (*process.Pool, *outcome, error) {
	key := in.config.FunctionArn
	if in.tenant != "" {
		key += ":tenant:" + in.tenant // no tenant meets what another has left behind
	}
	revision := in.config.RevisionID
	if in.provisioned {
		revision += ":provisioned" // which its processes are told
	}
	r.mu.Lock()
	have, ok := r.pools[key]
	r.mu.Unlock()
	if ok && have.revision == revision {
		return have.Pool, nil, nil
	}
	spec, problem, err := r.spec(in)
	if err != nil || problem != nil {
		return nil, problem, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	have, ok = r.pools[key]
	if ok && have.revision == revision {
		return have.Pool, nil, nil // somebody else was faster
	}
	if ok {
		r.retire(have.Pool)
	}
	for _, other := range r.pools {
		other.Sweep()
	}
	made := versionPool{revision, process.NewPool(r.spawner, spec, r.size, r.wait)}
	r.pools[key] = made
	return made.Pool, nil, nil
}

// retire lets what runs in a pool end by itself.
func (r *processRunner) retire(pool *process.Pool) {
	pool.Retire()
	r.old = append(r.old, pool)
}

func (r *processRunner) forget(ref functionRef) {
	r.mu.Lock()
	defer r.mu.Unlock()
	arn := ref.arn(ref.qualifier)
	for key, have := range r.pools {
		if key == arn || strings.HasPrefix(key, arn+":tenant:") || ref.qualifier == "" && strings.HasPrefix(key, arn+":") {
			r.retire(have.Pool)
			delete(r.pools, key)
		}
	}
}

func (r *processRunner) close() {
	r.mu.Lock()
	pools := r.old
	for _, have := range r.pools {
		pools = append(pools, have.Pool)
	}
	r.pools, r.old = map[string]versionPool{}, nil
	r.mu.Unlock()
	var all sync.WaitGroup
	for _, pool := range pools {
		all.Go(pool.Close)
	}
	all.Wait()
	r.spawner.Close()
}

// spec says how to run a version.
func (r *processRunner) spec(in invocation) (process.Spec, *outcome, error) {
	folder := in.code.folder
	if folder == "" {
		var err error
		if folder, err = r.codes.Folder(in.code.Archive); err != nil {
			return process.Spec{}, new(unhandled("Runtime.InvalidEntrypoint", "the code cannot be unpacked: "+err.Error())), nil
		}
	}
	var layers []string
	for _, hash := range slices.Backward(in.layers) {
		layer, err := r.codes.Folder(hash)
		if err != nil {
			return process.Spec{}, new(unhandled("Runtime.InvalidEntrypoint", "a layer cannot be unpacked: "+err.Error())), nil
		}
		layers = append(layers, layer)
	}
	command, problem, err := r.command(in.config, append([]string{folder}, layers...))
	if err != nil || problem != nil {
		return process.Spec{}, problem, err
	}
	env, err := r.environment(in, folder, layers)
	return process.Spec{
		Command: command, Dir: folder, Env: env, Memory: int64(in.config.MemorySize) << 20, Extensions: extensionsOf(layers),
		About: process.About{
			Function: in.config.FunctionName, Version: in.config.Version, Handler: in.config.Handler,
			Account: in.place.Account, Zone: zoneID(in.place.Region),
		},
	}, nil, err
}

// extensionsOf are the programs in the folders extensions of layers. Where two
// have one name, the layer that comes later hides the other.
func extensionsOf(layers []string) []string {
	var list, names []string
	for _, layer := range layers { // the last one first
		entries, _ := os.ReadDir(filepath.Join(layer, "extensions"))
		for _, entry := range entries {
			info, err := entry.Info()
			if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 || slices.Contains(names, entry.Name()) {
				continue
			}
			names = append(names, entry.Name())
			list = append(list, filepath.Join(layer, "extensions", entry.Name()))
		}
	}
	return list
}

// zoneID is the id of the first availability zone of a region, such as use1-az1
// of us-east-1.
func zoneID(region string) string {
	short := map[string]string{"northeast": "ne", "northwest": "nw", "southeast": "se", "southwest": "sw"}
	parts := strings.Split(region, "-")
	id := parts[0]
	for _, part := range parts[1:] {
		id += cmp.Or(short[part], part[:min(1, len(part))])
	}
	return id + "-az1"
}

// warm starts processes of a version before they are needed. The failure is
// the type of the error of one that did not get ready.
func (r *processRunner) warm(ctx context.Context, in invocation, n int) (failure string, err error) {
	pool, problem, err := r.pool(in)
	switch {
	case err != nil:
		return "", err
	case problem != nil:
		return problem.failure, nil
	}
	result, err := pool.Warm(ctx, n, in.timeout())
	if result != nil {
		failure = result.Failure
	}
	return failure, err
}

// command finds the program: a bootstrap of the code or of a layer, or one of
// this machine that runs the handler.
func (r *processRunner) command(config configuration, folders []string) ([]string, *outcome, error) {
	var program string
	var names []string
	switch {
	case strings.HasPrefix(config.Runtime, "provided"), config.Runtime == "go1.x":
		return findBootstrap(config, folders)
	case strings.HasPrefix(config.Runtime, "nodejs"):
		program, names = bootstrap.Node, []string{"node"}
	case strings.HasPrefix(config.Runtime, "python"):
		program, names = bootstrap.Python, []string{"python3", "python"}
	default:
		return nil, new(unhandled("Emulator.NotImplemented", "awsemu runs provided, nodejs and python, not "+config.Runtime)), nil
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return []string{path, filepath.Join(r.programs, program)}, nil, bootstrap.Write(r.programs)
		}
	}
	return nil, new(unhandled("Emulator.NoProgram", config.Runtime+" needs "+names[0]+" on the PATH of this machine, where it is not")), nil
}

func findBootstrap(config configuration, folders []string) ([]string, *outcome, error) {
	name := "bootstrap"
	if config.Runtime == "go1.x" {
		name = config.Handler
	}
	for _, folder := range folders {
		path := filepath.Join(folder, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return []string{path}, nil, nil
		}
	}
	return nil, new(unhandled("Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [/var/task/"+name+" /opt/"+name+"]")), nil
}

// credentialLife is how long the credentials of a function's role are good
// for: longer than its processes live.
const credentialLife = 12 * time.Hour

// environment is what Lambda sets, what the function is configured with, and
// of this machine what programs need to be found.
func (r *processRunner) environment(in invocation, folder string, layers []string) ([]string, error) {
	config := in.config
	env := []string{
		"PATH=" + searchPath(layers, "bin", os.Getenv("PATH")), "LANG=en_US.UTF-8", "TZ=:UTC",
		"LD_LIBRARY_PATH=" + searchPath(layers, "lib", ""),
		"NODE_PATH=" + searchPath(layers, filepath.Join("nodejs", "node_modules"), ""),
		"PYTHONPATH=" + searchPath(layers, "python", ""), "PYTHONDONTWRITEBYTECODE=1",
		"TMPDIR=" + os.TempDir(), "HOME=" + os.Getenv("HOME"),
		"_HANDLER=" + config.Handler, "LAMBDA_TASK_ROOT=" + folder, "LAMBDA_RUNTIME_DIR=" + folder,
		"AWS_REGION=" + in.place.Region, "AWS_DEFAULT_REGION=" + in.place.Region,
		"AWS_EXECUTION_ENV=AWS_Lambda_" + cmp.Or(config.Runtime, "provided"),
		"AWS_LAMBDA_FUNCTION_NAME=" + config.FunctionName, "AWS_LAMBDA_FUNCTION_VERSION=" + config.Version,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(config.MemorySize),
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + config.FunctionName,
		"AWS_LAMBDA_LOG_STREAM_NAME=" + r.clock().UTC().Format("2006/01/02") + "/[" + config.Version + "]" + config.RevisionID,
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
	}
	if in.provisioned {
		env[len(env)-1] = "AWS_LAMBDA_INITIALIZATION_TYPE=provisioned-concurrency"
	}
	env = append(env, logging(config)...)
	if url := r.endpoint(); url != "" {
		env = append(env, "AWS_ENDPOINT_URL="+url)
	}
	if role, ok := access.ParseRole(config.Role); ok {
		issued, err := r.issuer.Issue(role.Assumed(config.FunctionName), access.Session{Role: true}, r.clock(), credentialLife, 0)
		if err != nil {
			return nil, err
		}
		env = append(env, "AWS_ACCESS_KEY_ID="+issued.KeyID, "AWS_SECRET_ACCESS_KEY="+issued.Secret, "AWS_SESSION_TOKEN="+issued.Token)
	}
	if config.Environment != nil {
		for _, name := range sortedKeys(config.Environment.Variables) {
			env = append(env, name+"="+config.Environment.Variables[name])
		}
	}
	return env, nil
}

// logging is what a runtime is told of the format of its logs.
func logging(config configuration) []string {
	format, _ := config.LoggingConfig["LogFormat"].(string)
	if format == "" {
		format = "Text"
	}
	env := []string{"AWS_LAMBDA_LOG_FORMAT=" + format}
	if level, _ := config.LoggingConfig["ApplicationLogLevel"].(string); level != "" {
		env = append(env, "AWS_LAMBDA_LOG_LEVEL="+level)
	}
	return env
}

// searchPath joins a folder of each layer and what stands after them.
func searchPath(layers []string, sub, rest string) string {
	var parts []string
	for _, layer := range layers {
		parts = append(parts, filepath.Join(layer, sub))
	}
	if rest != "" {
		parts = append(parts, rest)
	}
	return strings.Join(parts, string(filepath.ListSeparator))
}
