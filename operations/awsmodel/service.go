package awsmodel

import (
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/operations/awsapi"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/endpoint"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/model"
	"github.com/medlar-flow/medlar/operations/awsmodel/internal/protocol"
)

// service is one service of AWS, as its model has it.
type service struct {
	model *model.Service
	entry model.Entry

	rules  func() (*endpoint.Rules, error)
	speaks func() (*protocol.Service, error)
	// asWritten speaks with results spelt as the model has them, which is what
	// its expressions are about.
	asWritten func() (*protocol.Service, error)
}

// spelled returns the name of a parameter.
func spelled(awsName string) string { return awsapi.LowerCamel(awsName) }

// capital returns the name of a member of a result: it begins with a capital in
// every service, whatever the model has.
func capital(awsName string) string {
	r, n := utf8.DecodeRuneInString(awsName)
	if unicode.IsUpper(r) || n == 0 {
		return awsName
	}
	return string(unicode.ToUpper(r)) + awsName[n:]
}

// readService reads the service of an entry of the embedded file.
func readService(i int) (*service, error) {
	m, err := file.Get().Service(i)
	if err != nil {
		return nil, fmt.Errorf("the service %s cannot be read: %w", file.Get().Entries()[i].Name, err)
	}
	s := &service{model: m, entry: file.Get().Entries()[i]}
	s.rules = sync.OnceValues(s.readRules)
	s.speaks = sync.OnceValues(func() (*protocol.Service, error) {
		return protocol.New(m, protocol.Spelling{In: spelled, Out: capital})
	})
	s.asWritten = sync.OnceValues(func() (*protocol.Service, error) {
		return protocol.New(m, protocol.Spelling{In: spelled, Out: func(name string) string { return name }})
	})
	return s, nil
}

// agentName is what requests say that they are for.
func (s *service) agentName() string {
	return strings.ToLower(strings.ReplaceAll(s.model.ID, " ", ""))
}

// connector makes the service's connector.
func (s *service) connector(more ...awsapi.Option) *connector.Connector {
	ops := make([]*connector.Operation, 0, len(s.model.Operations)+len(s.model.Waiters))
	for i := range s.model.Operations {
		ops = append(ops, s.operation(&s.model.Operations[i]).public())
	}
	ops = append(ops, s.waiters()...)
	ops = append(ops, s.extras()...)
	options := append([]awsapi.Option{
		awsapi.Aliases(s.entry.Aliases...),
		awsapi.Summary(s.model.FullName + "."),
		awsapi.Add(ops...),
	}, more...)
	return awsapi.Connector(s.model.Name, s.newClient, options...)
}
