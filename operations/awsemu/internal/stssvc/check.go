package stssvc

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/medlar-flow/medlar/internal/regex"
	"github.com/medlar-flow/medlar/operations/awsemu/internal/service"
)

var (
	sessionNameChars = &regex.Late{Text: `^[\w+=,.@-]*$`}
	externalIDChars  = &regex.Late{Text: `^[\w+=,.@:/-]*$`}
	serialChars      = &regex.Late{Text: `^[\w+=/:,.@-]*$`}
	digitChars       = &regex.Late{Text: `^\d*$`}
	tagChars         = &regex.Late{Text: `^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$`}
	wordChars        = &regex.Late{Text: `^\w*$`}
)

// checker collects what is wrong with the parameters of a request, so that one
// answer tells everything, as AWS does.
type checker struct {
	form     url.Values
	problems []string
}

// rule is what a text parameter must be.
type rule struct {
	required bool
	secret   bool // the value is not shown
	least    int
	most     int
	pattern  *regex.Late
}

func (k *checker) add(shown, member, constraint string) {
	k.problems = append(k.problems, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", shown, member, constraint))
}

// text reads the parameter of that name by its rule.
func (k *checker) text(name string, r rule) string {
	value, member := k.form.Get(name), lowerFirst(name)
	if !k.form.Has(name) {
		if r.required {
			k.add("null", member, "Member must not be null")
		}
		return ""
	}
	shown := "'" + value + "'"
	if r.secret {
		shown = "'***'"
	}
	switch n := utf8.RuneCountInString(value); {
	case n < r.least:
		k.add(shown, member, fmt.Sprintf("Member must have length greater than or equal to %d", r.least))
	case n > r.most:
		k.add(shown, member, fmt.Sprintf("Member must have length less than or equal to %d", r.most))
	case r.pattern != nil && !r.pattern.Get().MatchString(value):
		k.add(shown, member, "Member must satisfy regular expression pattern: "+strings.Trim(r.pattern.Text, "^$"))
	}
	return value
}

// number reads a whole number between least and most, or gives otherwise.
func (k *checker) number(name string, least, most, otherwise int) int {
	if !k.form.Has(name) {
		return otherwise
	}
	value, member := k.form.Get(name), lowerFirst(name)
	n, err := strconv.Atoi(value)
	switch {
	case err != nil:
		k.add("'"+value+"'", member, "Member must be an integer")
	case n < least:
		k.add("'"+value+"'", member, fmt.Sprintf("Member must have value greater than or equal to %d", least))
	case n > most:
		k.add("'"+value+"'", member, fmt.Sprintf("Member must have value less than or equal to %d", most))
	}
	return n
}

// list reads NAME.member.1SUFFIX, NAME.member.2SUFFIX and so on.
func (k *checker) list(name, suffix string, most int) []string {
	var values []string
	for n := 1; ; n++ {
		key := name + ".member." + strconv.Itoa(n) + suffix
		if !k.form.Has(key) {
			break
		}
		values = append(values, k.form.Get(key))
	}
	if len(values) > most {
		k.add(fmt.Sprintf("of %d items", len(values)), lowerFirst(name), fmt.Sprintf("Member must have length less than or equal to %d", most))
	}
	return values
}

// err is everything that was found, as AWS words it.
func (k *checker) err() error {
	switch len(k.problems) {
	case 0:
		return nil
	case 1:
		return validation("1 validation error detected: %s", k.problems[0])
	}
	return validation("%d validation errors detected: %s", len(k.problems), strings.Join(k.problems, "; "))
}

func validation(format string, args ...any) *service.APIError {
	return service.Failure("ValidationError", http.StatusBadRequest, format, args...)
}

func accessDenied(format string, args ...any) *service.APIError {
	return service.Failure("AccessDenied", http.StatusForbidden, format, args...)
}

func lowerFirst(s string) string { return strings.ToLower(s[:1]) + s[1:] }
