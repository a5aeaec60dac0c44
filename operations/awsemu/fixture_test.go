package awsemu_test

import (
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/operations/awsemu"
)

func TestReadFixtureMistakes(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
	for name := byte('b'); name < 'i'; name++ {
		bomb += string(name) + ": &" + string(name) + " [" + strings.Repeat("*"+string(name-1)+",", 10) + "]\n"
	}
	for _, row := range []struct{ name, src, want string }{
		{"unknown key", "functons: {}", `f.yaml:1:1: error: unknown key "functons" of a functions file: did you mean "functions"?`},
		{"unknown key with nothing near", "layers: {l: {versions: {1: {zzzzzz: 1}}}}", `f.yaml:1:29: error: unknown key "zzzzzz" of a layer version: a layer version has: compatibleArchitectures, compatibleRuntimes, description, licenseInfo`},
		{"duplicate key", "functions:\n  a: {}\n  a: {}", `f.yaml:3:3: error: the key "a" is given twice [duplicate-key]`},
		{"list for mapping", "functions: [a]", `f.yaml:1:12: error: expected functions to be a mapping, found a list`},
		{"mapping for text", "functions: {f: {description: {}}}", `f.yaml:1:30: error: expected a text, found a mapping`},
		{"text for number", "functions: {f: {timeout: soon}}", `f.yaml:1:26: error: expected a whole number, found a text`},
		{"number out of range", "functions: {f: {timeout: 901}}", `f.yaml:1:26: error: expected a number from 1 to 900, found 901`},
		{"text for list", "roles: deployer", `f.yaml:1:8: error: expected a list of texts, found a text`},
		{"text for boolean", "functions: {f: {error: {unhandled: 1}}}", `f.yaml:1:36: error: expected true or false, found a number`},
		{"function name", `functions: {"a b": {}}`, `f.yaml:1:13: error: "a b" is not a function name: up to 64 letters, digits, - and _`},
		{"role", "functions: {f: {role: me}}", `f.yaml:1:23: error: expected the ARN of a role, such as arn:aws:iam::000000000000:role/lambda`},
		{"runtime", "functions: {f: {runtime: nodejs21.x}}", `f.yaml:1:26: error: unknown runtime "nodejs21.x": did you mean "nodejs12.x"?`},
		{"version number", "functions: {f: {versions: {01: {}}}}", `f.yaml:1:28: error: the key 01 is not text [key-not-text]`},
		{"alias to a missing version", "functions: {f: {versions: {1: {}}, aliases: {live: {version: 2}}}}", `f.yaml:1:62: error: function f has no version 2; it has $LATEST, 1`},
		{"alias without version", "functions: {f: {aliases: {live: {}}}}", `f.yaml:1:27: error: an alias needs the version it stands for`},
		{"alias name", "functions: {f: {aliases: {7: {version: $LATEST}}}}", `f.yaml:1:27: error: "7" is not an alias name: letters, digits, - and _, and not a number`},
		{"weight", "functions: {f: {versions: {1: {}, 2: {}}, aliases: {live: {version: 1, weights: {2: 1.5}}}}}", `f.yaml:1:85: error: expected a weight from 0 to 1, found 1.5`},
		{"weight of a missing version", "functions: {f: {versions: {1: {}}, aliases: {live: {version: 1, weights: {2: 0.5}}}}}", `f.yaml:1:75: error: function f has no version 2; it has $LATEST, 1`},
		{"weight of the same version", "functions: {f: {versions: {1: {}}, aliases: {live: {version: 1, weights: {1: 0.5}}}}}", `f.yaml:1:75: error: version 1 is already the version of this alias`},
		{"weight beside $LATEST", "functions: {f: {versions: {1: {}}, aliases: {live: {version: $LATEST, weights: {1: 0.5}}}}}", `f.yaml:1:81: error: $LATEST cannot share an alias with another version`},
		{"two weights", "functions: {f: {versions: {1: {}, 2: {}, 3: {}}, aliases: {live: {version: 1, weights: {2: 0.5, 3: 0.1}}}}}", `f.yaml:1:88: error: an alias has at most one additional version, found 2`},
		{"reply and error", "functions: {f: {reply: 1, error: {}}}", `f.yaml:1:34: error: a function answers with a reply or with an error, not with both`},
		{"log alone", "functions: {f: {log: [x]}}", `f.yaml:1:22: error: log lines need a reply or an error beside them`},
		{"expression", "functions: {f: {reply: {a: '${evnt.a}'}}}", `f.yaml:1:28: error: in "${evnt.a}": at byte `},
		{"no number of JSON", "functions: {f: {reply: .nan}}", `f.yaml:1:24: error: .nan is no number that can be used: leave it out, or put it in quotes [ambiguous-scalar]`},
		{"tag", "functions: {f: {reply: !!binary eA==}}", `f.yaml:1:24: error: tags such as !!binary are not read [yaml-tag]`},
		{"merge key", "functions: {f: {<<: {}}}", `f.yaml:1:17: error: merge keys (<<) are not read [merge-key]`},
		{"key that is a list", "functions: {[a]: {}}", `f.yaml:1:13: error: a key must be text, found a list or a map [key-not-text]`},
		{"statement", "functions: {f: {policy: {s: {principal: me}}}}", `f.yaml:1:26: error: The provided principal was invalid. Please check the principal and try again.`},
		{"account", "accounts: {1: {accessKeyId: AKIA, secretAccessKey: s}}", `f.yaml:1:12: error: "1" is not an account: accounts have 12 digits`},
		{"account without key", `accounts: {"111122223333": {accessKeyId: AKIA}}`, `f.yaml:1:12: error: an account needs accessKeyId and secretAccessKey`},
		{"key of another account", `accounts: {"111122223333": {accessKeyId: test, secretAccessKey: s}}`, `f.yaml:1:12: error: the access key of this account is already that of account 000000000000`},
		{"functions of the first account", `accounts: {"000000000000": {functions: {f: {reply: 1}}}}`, `f.yaml:1:12: error: the functions and layers of account 000000000000 are those of the file itself`},
		{"half a key", `accounts: {"111122223333": {accessKeyId: AKIA, functions: {}}}`, `f.yaml:1:12: error: an account needs accessKeyId and secretAccessKey, or functions of its own`},
		{"function of another account", `accounts: {"111122223333": {functions: {f: {timeout: 901}}}}`, `f.yaml:1:54: error: expected a number from 1 to 900, found 901`},
		{"url", "functions: {f: {url: {}}}", `f.yaml:1:22: error: the url of a function needs its authType: NONE or AWS_IAM`},
		{"auth of a url", "functions: {f: {url: {authType: none}}}", `f.yaml:1:33: error: expected NONE or AWS_IAM, found "none"`},
		{"methods of a url", "functions: {f: {url: {authType: NONE, cors: {allowMethods: [OPTIO]}}}}", `f.yaml:1:45: error: 1 validation error detected: Value 'OPTIO' at 'cors.allowMethods'`},
		{"format of logs", "functions: {f: {logFormat: json}}", `f.yaml:1:28: error: expected Text or JSON, found "json"`},
		{"name of a queue", "queues: {a b: {}}", `f.yaml:1:10: error: "a b" is not the name of a queue: up to 80 letters, digits, - and _, and .fifo at the end`},
		{"dead letters", "queues: {a: {deadLetters: b}}", `f.yaml:1:10: error: the queue of dead letters "b" is not declared`},
		{"dead letters of another kind", "queues: {a: {deadLetters: b.fifo}, b.fifo: {}}", `f.yaml:1:10: error: the queue of dead letters has to be another one of the same kind`},
		{"dead letters of its own", "queues: {a: {deadLetters: a}}", `f.yaml:1:10: error: the queue of dead letters has to be another one of the same kind`},
		{"receives without dead letters", "queues: {a: {maxReceives: 2}}", `f.yaml:1:10: error: maxReceives needs deadLetters`},
		{"deduplication of a plain queue", "queues: {a: {contentBasedDeduplication: true}}", `f.yaml:1:41: error: only a queue whose name ends with .fifo can have this`},
		{"visibility", "queues: {a: {visibilityTimeout: 43201}}", `f.yaml:1:33: error: expected a number from 0 to 43200, found 43201`},
		{"limit", "limits: {concurrentExecutions: 0}", `f.yaml:1:32: error: expected a number from 1 to 1000000, found 0`},
		{"long description", "functions: {f: {aliases: {a: {version: $LATEST, description: " + strings.Repeat("x", 257) + "}}}}", `f.yaml:1:1: error: function f: `},
		{"octal", "functions: {f: {timeout: 0123}}", `f.yaml:1:26: error: 0123 looks like a number but`},
		{"octal answer", "functions: {f: {reply: {a: 0123}}}", `f.yaml:1:28: error: 0123 looks like a number but`},
		{"own tag", "functions: {f: {timeout: !foo 3}}", `f.yaml:1:26: error: tags such as !foo are not read [yaml-tag]`},
		{"NUL", "roles: [a]\nb\x00", `f.yaml:2:2: error: the file holds a NUL byte`},
		{"syntax", "roles: [\"a\"\n\"b\"]", `f.yaml:2:1: error: not YAML: expected , or ] here, since the [ of line 1, column 8 is open [yaml-syntax]`},
		{"no UTF-8", "roles: [\xff]", `f.yaml:1:9: error: the file is not UTF-8 text [not-yaml]`},
		{"second document", "roles: [a]\n---\nroles: [b]", `f.yaml:`},
		{"bomb", bomb + "functions: {f: {reply: *h}}", `aliases stand for more than 100000 values [alias-bomb]`},
		{"circle", "functions: {f: {reply: &a [*a]}}", `values nest deeper than 100 levels [too-deep]`},
		{"depth", "functions: " + strings.Repeat("[", 150) + strings.Repeat("]", 150), `values nest deeper than 100 levels [too-deep]`},
		{"size", strings.Repeat("#", 16<<20+1), `f.yaml: error: the file has more than 16 MiB [file-too-large]`},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := awsemu.ReadFixture("f.yaml", []byte(row.src))
			if err == nil {
				t.Fatal("ReadFixture succeeded")
			}
			if got := err.Error(); !strings.Contains(got, row.want) || strings.Contains(got, "\n") {
				t.Errorf("got\n%s\nwant\n%s", got, row.want)
			}
		})
	}
}

func TestReadFixtureTellsEverythingInOrder(t *testing.T) {
	_, err := awsemu.ReadFixture("f.yaml", []byte("roles: 1\nfunctions:\n  f:\n    aliases: {live: {version: 3}}\n    timout: 3\n    memorySize: 1\n"))
	same(t, strings.Join([]string{
		`f.yaml:1:8: error: expected a list of texts, found a number [functions-file]`,
		`f.yaml:4:31: error: function f has no version 3; it has $LATEST [functions-file]`,
		`f.yaml:5:5: error: unknown key "timout" of a function: did you mean "timeout"? [functions-file]`,
		`f.yaml:6:17: error: expected a number from 128 to 10240, found 1 [functions-file]`,
	}, "\n"), err.Error())
}

func TestReadFixtureShowsNoSecret(t *testing.T) {
	_, err := awsemu.ReadFixture("f.yaml", []byte(`accounts: {"111122223333": {accessKeyId: [a], secretAccessKey: hush-hush}}`))
	if err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v", err)
	}
}

func TestReadFixtureAcceptsLittle(t *testing.T) {
	for _, src := range []string{"", "# nothing\n", "functions:\n", "{}", "functions: {f: }", "functions: {f: {versions: , aliases: }}"} {
		if _, err := awsemu.ReadFixture("f.yaml", []byte(src)); err != nil {
			t.Errorf("%q: %v", src, err)
		}
	}
}

func FuzzReadFixture(f *testing.F) {
	for _, seed := range []string{
		"functions: {f: {reply: {a: '${event.a}'}, versions: {1: {error: {}}}, aliases: {l: {version: 1, weights: {1: .5}}}}}",
		"layers: {l: {versions: {1: {}}}}\nroles: [a]\naccounts: {\"111122223333\": {accessKeyId: a, secretAccessKey: b}}",
		"a: &a [*a]", "? [x]\n: y", "%YAML 1.1\n---\n&a *a", "\xff\xfe", "- !!int x",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		fixture, err := awsemu.ReadFixture("f.yaml", src)
		if err != nil {
			if fixture != nil || !strings.HasPrefix(err.Error(), "f.yaml:") {
				t.Errorf("got %v, %v", fixture, err)
			}
			return
		}
		if _, err := awsemu.New(awsemu.Options{Fixture: fixture}); err != nil {
			t.Error(err)
		}
	})
}
