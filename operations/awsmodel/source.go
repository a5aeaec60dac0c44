package awsmodel

import (
	"sync"

	"github.com/medlar-flow/medlar/connector"
	"github.com/medlar-flow/medlar/internal/late"
	"github.com/medlar-flow/medlar/operations/awsapi"
)

// Source offers all of AWS's services to a registry, each of which is made when
// it is first asked for:
//
//	registry.WithSource(awsmodel.Source())
//
// Options are those of package awsapi; they hold for every service.
func Source(options ...awsapi.Option) connector.Source {
	return &source{options: options, made: map[string]*connector.Connector{}}
}

type source struct {
	options []awsapi.Option

	mu   sync.Mutex
	made map[string]*connector.Connector // by canonical name
}

// Prefix is what stands before a service's name where AWS's is meant, whatever
// else has the name.
func (s *source) Prefix() string { return "aws" }

// names returns the index of each service by all its names.
var names = late.Value[map[string]int]{Make: func() map[string]int {
	entries := file.Get().Entries()
	m := make(map[string]int, 3*len(entries))
	for i, e := range entries {
		for _, alias := range e.Aliases {
			m[alias] = i
		}
	}
	for i, e := range entries {
		m[e.Name] = i
	}
	return m
}}

// Connector makes the connector of a service, in any spelling of its name, at
// the first time; nil where there is none.
func (s *source) Connector(name string) *connector.Connector {
	i, ok := names.Get()[name]
	if !ok {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	canonical := file.Get().Entries()[i].Name
	if c := s.made[canonical]; c != nil {
		return c
	}
	service, err := readService(i)
	if err != nil {
		panic("awsmodel: the embedded services cannot be read: " + err.Error())
	}
	c := service.connector(s.options...)
	s.made[canonical] = c
	return c
}

// Offers lists the services with their operations, without making any.
func (s *source) Offers() []connector.Offer {
	entries := file.Get().Entries()
	all, err := file.Get().Names()
	if err != nil {
		panic("awsmodel: the embedded names cannot be read: " + err.Error())
	}
	offers := make([]connector.Offer, len(entries))
	for i, e := range entries {
		offers[i] = connector.Offer{Name: e.Name, Aliases: e.Aliases, Summary: e.Summary + "."}
		offers[i].Operations = make([]connector.OfferedOperation, len(all[i]))
		for j, o := range all[i] {
			offers[i].Operations[j] = connector.OfferedOperation{Name: awsapi.LowerCamel(o.Name), Effect: effects[o.Effect]}
		}
	}
	return offers
}

// Names lists the services alone.
func (s *source) Names() []string {
	entries := file.Get().Entries()
	list := make([]string, len(entries))
	for i, e := range entries {
		list[i] = e.Name
	}
	return list
}
