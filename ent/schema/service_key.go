package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
)

// ServiceKey is a credential of a program of the provider, the data plane for
// one; never a customer's.
type ServiceKey struct{ ent.Schema }

// Mixin of the entity.
func (ServiceKey) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "skey"}} }

// Annotations of the entity.
func (ServiceKey) Annotations() []schema.Annotation { return []schema.Annotation{Owner("staff")} }

// Fields of the entity.
func (ServiceKey) Fields() []ent.Field {
	return []ent.Field{
		name("name", "What it is for."),
		word("role", "Role of policy.csv that it acts in.", fixed),
		word("secret_hash", "SHA-256 of the key, hex.", unique, fixed, secret),
		at("created_at", "Wall time.", fixed),
		at("revoked_at", "Wall time.", optional),
	}
}
