package lambdasvc

import (
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/medlar-flow/medlar/operations/awsemu/internal/entropy"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/fixture"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

// Rules lays what Lambda knows of a functions file over rules.
func Rules(rules *fixture.Rules) {
	for _, kind := range types.Runtime("").Values() {
		rules.Runtimes = append(rules.Runtimes, string(kind))
	}
	rules.Name = aliasName.Get().MatchString
	rules.AliasName = func(name string) bool { return checkAliasName(name) == nil }
	rules.Role = roleName.Get().MatchString
	rules.Permission = func(p fixture.Permission) string {
		if err := permissionInputOf(p).check(); err != nil {
			return service.AsAPIError(err).Message
		}
		return ""
	}
	rules.URL = func(u fixture.URL) string {
		if err := urlInputOf(u).Cors.check(); err != nil {
			return service.AsAPIError(err).Message
		}
		return ""
	}
	rules.Try = try
	rules.Operations = append(rules.Operations, append(operationNames(), "lambda.invokefunctionurl")...)
}

// try furnishes realms that are thrown away.
func try(f *fixture.File) error {
	s := newStore(f, source{entropy: entropy.New(rand.Reader), clock: time.Now})
	accounts := []string{fixture.DefaultAccount}
	for _, a := range f.Accounts {
		accounts = append(accounts, a.Account)
	}
	for _, account := range accounts {
		if _, err := within(s, service.Place{Account: account, Region: "us-east-1"}, (*realm).settings); err != nil {
			return err
		}
	}
	return nil
}

// operationNames names Lambda and its operations, in lower case.
func operationNames() []string {
	names := []string{"lambda"}
	for _, row := range slices.Concat((&API{}).routes(), (&API{}).constants(), missingRoutes()) {
		names = append(names, "lambda."+strings.ToLower(row.Name))
	}
	return names
}

// Listed is an operation and how far it is there.
type Listed struct {
	Name string // as AWS spells it
	Kind string // real, constant or refused
}

// Operations lists all operations of Lambda.
func Operations() []Listed {
	var list []Listed
	l := &API{}
	for kind, rows := range map[string][]route{"real": l.routes(), "constant": l.constants(), "refused": missingRoutes()} {
		for _, row := range rows {
			list = append(list, Listed{row.Name, kind})
		}
	}
	slices.SortFunc(list, func(a, b Listed) int { return strings.Compare(a.Name, b.Name) })
	return list
}
