// Package people knows who logs in to the pages of a server, and what they may do:
// users of a password file, and whom an issuer of OpenID Connect knows.
//
// Begin with OpenUsers or NewOIDC. Both say who somebody is, as a Person with roles.
// The package keeps no logins and limits no attempts: that is the business of the
// pages, such as those of the package console.
package people

import "slices"

// The roles that pages know. Others are names that flows give to waits for a signal.
const (
	View  = "view"  // see runs, flows and operations
	Run   = "run"   // begin, answer, cancel, resume and restart runs
	Admin = "admin" // whatever settles what nobody knows, or concerns many runs
)

// included are the roles that somebody has with one of them.
var included = map[string][]string{Run: {View}, Admin: {Run, View}}

// Person is somebody who has logged in.
type Person struct {
	// Name is for people and logs.
	Name string
	// ID is the same for all logins of somebody: the name of a user, or the subject
	// that an issuer has.
	ID string
	// Roles are those that somebody was given.
	Roles []string
	// Stamp changes when a user has another password. It is a digest.
	Stamp string
}

// Has reports whether somebody has a role, or one that includes it: admin has run and
// view, run has view. No role includes those that are names of flows.
func (p *Person) Has(role string) bool {
	return slices.ContainsFunc(p.Roles, func(own string) bool {
		return own == role || slices.Contains(included[own], role)
	})
}

// HasAny reports whether somebody has one of several roles.
func (p *Person) HasAny(roles []string) bool { return slices.ContainsFunc(roles, p.Has) }

// String returns the name for a log: with the subject where that is another.
func (p *Person) String() string {
	if p.ID == "" || p.ID == p.Name {
		return p.Name
	}
	return p.Name + " (" + p.ID + ")"
}
