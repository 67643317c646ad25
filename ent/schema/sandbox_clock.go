package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
)

// SandboxClock is the offset of the sandbox's clock from wall time. There is
// one row.
type SandboxClock struct{ ent.Schema }

// Mixin of the entity.
func (SandboxClock) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "sclk"}} }

// Annotations of the entity.
func (SandboxClock) Annotations() []schema.Annotation { return []schema.Annotation{Owner("sandbox")} }

// Fields of the entity.
func (SandboxClock) Fields() []ent.Field {
	return []ent.Field{
		number("offset_micros", "Microseconds ahead of wall time; never decreases.", zero),
	}
}
