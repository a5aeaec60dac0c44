package awsemu_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/medlar-flow/medlar/operations/awsemu"
)

// Two emulators on one folder would write their states over each other.
func TestOneEmulatorAFolder(t *testing.T) {
	options := awsemu.Options{Data: t.TempDir()}
	first, err := awsemu.New(options)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := awsemu.New(options); err == nil || !strings.Contains(err.Error(), "another emulator uses "+options.Data) {
		t.Fatalf("a second one: %v, %v", second, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	third, err := awsemu.New(options)
	if err != nil {
		t.Fatal(err)
	}
	if err := third.Close(); err != nil {
		t.Error(err)
	}
}

// A mistake beside a secret of the functions file shows its line without it.
func TestSecretsStayOutOfExcerpts(t *testing.T) {
	const secret = "wJalrXUtnFEMI/K7MDENG"
	src := "accounts: {\"111122223334\": {accessKeyId: AKIDOTHER, secretAccessKey: " + secret + ", functins: {}}}\n"
	_, err := awsemu.ReadFixture("functions.yaml", []byte(src))
	var mistakes interface{ Print(io.Writer) error }
	if !errors.As(err, &mistakes) {
		t.Fatalf("the mistake is not found: %v", err)
	}
	var shown strings.Builder
	if err := mistakes.Print(&shown); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(shown.String(), secret) || !strings.Contains(shown.String(), "accessKeyId: AKIDOTHER") || !strings.Contains(shown.String(), "functins") {
		t.Errorf("printed is\n%s", shown.String())
	}
}
