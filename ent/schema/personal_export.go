package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
)

// PersonalExport is the file with all that is held on a person, which the person asked
// for (6.3). Its content is not stored: it is read when the file is downloaded. A person
// has one, which the next request renews.
type PersonalExport struct{ ent.Schema }

// Mixin of the entity.
func (PersonalExport) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "pxpt"}} }

// Annotations of the entity.
func (PersonalExport) Annotations() []schema.Annotation {
	return []schema.Annotation{Owner("personal")}
}

// Fields of the entity.
func (PersonalExport) Fields() []ent.Field {
	return []ent.Field{
		ref("person_id", "The person who asked for it, and who alone can download it.", unique, fixed),
		at("requested_at", "Last time at which it was asked for (wall time)."),
		at("expires_at", "Time until which it can be downloaded (wall time)."),
	}
}
