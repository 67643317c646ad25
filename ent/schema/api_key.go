package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"
)

// ApiKey is a credential of a customer's program. It belongs to an employee, and gives at
// most what this employee holds on the account when it is used (1.5).
type ApiKey struct{ ent.Schema }

// Mixin of the entity.
func (ApiKey) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "apik"}, tenant{}} }

// Annotations of the entity.
func (ApiKey) Annotations() []schema.Annotation { return []schema.Annotation{Owner("apikey")} }

// Fields of the entity. A key lives until it expires or is revoked; without a secret it
// gives nothing, and its owner can rotate it.
func (ApiKey) Fields() []ent.Field {
	return []ent.Field{
		ref("employee_id", "The employee that it belongs to; changes when another one takes it over."),
		name("name", "Name that its owner gave it.", fixed),
		word("prefix", "First characters of the present secret, by which people recognise it; empty if it has none."),
		word("secret_hash", "SHA-256 of the present secret, in hexadecimal; null if it has none.", optional, unique, secret),
		word("previous_hash", "SHA-256 of the secret before; null if there is none.", optional, unique, secret),
		at("previous_until", "Time from which the secret before is invalid (wall time); null if there is none.", optional),
		text("permissions", "JSON list of the permissions that it may use.", fixed),
		field.JSON("application_ids", []string{}).Optional().Immutable().Comment("The applications to which it is limited; if empty, it is limited as its owner is."),
		field.JSON("networks", []string{}).Optional().Immutable().Comment("The networks that it works from, in CIDR notation; any if empty."),
		at("created_at", "Time at which it was created (wall time).", fixed),
		at("expires_at", "Time from which it is invalid (wall time)."),
		at("last_used_at", "Time at which it was last used, at most an hour late (wall time); null if it never was.", optional),
		at("rotated_at", "Time at which it last got another secret (wall time); null if it never did.", optional),
		at("handed_over_at", "Time at which its present owner took it over; null if it created it.", optional),
		at("revoked_at", "Time at which it was revoked (wall time); null if it wasn't.", optional),
		ref("revoked_by", "The employee who revoked it.", optional),
		word("account_slot", "The account and a number from 1 to 100, so that it has so many live keys at most; null once it has ended.", optional, unique),
		word("owner_slot", "The employee who created it and a number from 1 to 10, so that it has so many live keys at most; null once it has ended or was taken over.", optional, unique),
	}
}

// Indexes of the entity.
func (ApiKey) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("account_id", "created_at", "id"),
		index.Fields("employee_id", "id"),
	}
}
