// Package model holds the few types of the API that are no rows and belong to
// no unit.
package model

import "portico/ent/db"

// Standing is what restricts an account now.
type Standing struct {
	// Restrictions in force, oldest first.
	Restrictions []*db.Restriction
}

// SystemActor is a job or command line of Portico itself.
type SystemActor struct {
	// ID is "sys_" and the name.
	ID   string
	Name *string
}

// NodeID is the global id.
func (a *SystemActor) NodeID() string { return a.ID }

// IsNode marks the type as a Relay node.
func (*SystemActor) IsNode() {}

// IsActor marks the type as an actor.
func (*SystemActor) IsActor() {}

// SystemPrefix begins the id of a system actor.
const SystemPrefix = "sys_"

// NewSystemActor is the actor of a named job.
func NewSystemActor(name string) *SystemActor {
	return &SystemActor{ID: SystemPrefix + name, Name: &name}
}
