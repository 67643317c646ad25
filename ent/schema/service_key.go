package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
)

// ServiceKey is a credential of a program of the provider, such as the data
// plane. It is never a customer's.
type ServiceKey struct{ ent.Schema }

// Mixin of the entity.
func (ServiceKey) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "skey"}} }

// Annotations of the entity.
func (ServiceKey) Annotations() []schema.Annotation { return []schema.Annotation{Owner("staff")} }

// Fields of the entity.
func (ServiceKey) Fields() []ent.Field {
	return []ent.Field{
		name("name", "Purpose of the key."),
		word("role", "Role of policy.csv in which it acts.", fixed),
		word("secret_hash", "SHA-256 of the key, in hexadecimal.", unique, fixed, secret),
		at("created_at", "Creation time (wall time).", fixed),
		at("revoked_at", "Time at which it was revoked (wall time).", optional),
	}
}
