package proof_test

import (
	"fmt"

	"portico/portaltest"
)

const (
	beginPasskey = `mutation($i: BeginPasskeyInput!) { beginPasskey(input: $i) { challenge { id options } userErrors { code } } }`
	beginByKey   = `mutation($i: BeginPasskeySignInInput!) { beginPasskeySignIn(input: $i) { challenge { id options } userErrors { code } } }`
)

// adding returns the input that adds a passkey of an actor who has no second
// factor; that of somebody else's if the actor is no person.
func (x *side) adding(by *portaltest.Actor) input {
	x.T.Helper()
	if by == nil || by.PersonID == "" {
		by = x.Person(fmt.Sprint("Keeper ", x.serial()))
	}
	p := x.Done(by, beginPasskey, map[string]any{"i": input{"currentPassword": portaltest.Password}})
	return input{"challengeId": portaltest.String(p, "challenge", "id"), "credential": x.NewPasskey().Create(portaltest.At(p, "challenge", "options"))}
}

// entering returns the input with which a new person signs in by a passkey.
func (x *side) entering() input {
	x.T.Helper()
	k := x.AddPasskey(x.Person(fmt.Sprint("Keeper ", x.serial())))
	p := x.Done(nil, beginByKey, map[string]any{"i": input{}})
	return input{"challengeId": portaltest.String(p, "challenge", "id"), "credential": k.Sign(portaltest.At(p, "challenge", "options"))}
}

// passkey gives an actor a passkey, and no other factor.
func (x *side) passkey(by *portaltest.Actor) {
	x.T.Helper()
	x.rest()
	if by == nil || by.PersonID == "" {
		return
	}
	x.factorless(by)
	x.AddPasskey(by)
}
