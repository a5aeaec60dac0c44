package connector

// Deed is what a call does with a thing.
type Deed string

// What calls do with things.
const (
	Makes   Deed = "makes"   // it is not there before, and is afterwards
	Removes Deed = "removes" // it is there before, and is not afterwards, nor what is inside it
	Needs   Deed = "needs"   // it is there before, and afterwards
)

// Touch is a thing of a service that a call makes, removes or needs.
type Touch struct {
	// Thing names it among all things of the connection; one inside another begins
	// with the name of that and a slash: "function orders/alias live".
	Thing string
	Does  Deed
	// Code is that of the error where the thing is there that the call makes, or is
	// not that it removes or needs; empty where the call works all the same.
	Code string
}
