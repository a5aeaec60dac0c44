package direct

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// failing gives an error that is known first.
type failing struct {
	aws.CredentialsProvider
	first sync.Once
	err   error
}

// Retrieve returns the error, afterwards credentials.
func (f *failing) Retrieve(ctx context.Context) (c aws.Credentials, err error) {
	f.first.Do(func() { err = f.err })
	if err != nil {
		return c, err
	}
	return f.CredentialsProvider.Retrieve(ctx)
}

// ProviderSources tells how the credentials are found.
func (f *failing) ProviderSources() []aws.CredentialSource { return sourcesOf(f.CredentialsProvider) }

// keeping keeps the latest credentials of one call.
type keeping struct {
	aws.CredentialsProvider
	latest aws.Credentials
}

// Retrieve returns credentials.
func (k *keeping) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := k.CredentialsProvider.Retrieve(ctx)
	k.latest = c
	return c, err
}

// ProviderSources tells how the credentials are found.
func (k *keeping) ProviderSources() []aws.CredentialSource { return sourcesOf(k.CredentialsProvider) }

func sourcesOf(p aws.CredentialsProvider) []aws.CredentialSource {
	if s, ok := p.(aws.CredentialProviderSource); ok {
		return s.ProviderSources()
	}
	return nil
}
