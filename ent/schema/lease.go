package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
)

// Lease lets only one replica at a time run a job.
type Lease struct{ ent.Schema }

// Mixin of the entity.
func (Lease) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "leas"}} }

// Annotations of the entity.
func (Lease) Annotations() []schema.Annotation { return []schema.Annotation{Owner("job")} }

// Fields of the entity.
func (Lease) Fields() []ent.Field {
	return []ent.Field{
		word("job", "Name of the job.", unique, fixed),
		word("holder", "The replica that holds the lease."),
		at("until_at", "End of the lease (wall time)."),
	}
}
