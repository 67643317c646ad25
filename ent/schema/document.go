package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Document is a file that a customer uploaded. Its bytes are in the blob store.
type Document struct{ ent.Schema }

// Mixin of the entity.
func (Document) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "docu"}, tenant{}} }

// Annotations of the entity.
func (Document) Annotations() []schema.Annotation { return []schema.Annotation{Owner("account")} }

// Fields of the entity.
func (Document) Fields() []ent.Field {
	return []ent.Field{
		ref("subject_id", "The object that it belongs to.", fixed),
		name("name", "File name as given.", fixed),
		word("media_type", "Media type as detected from the bytes, not as claimed.", fixed),
		number("size", "Size in bytes.", fixed),
		word("digest", "SHA-256 of the bytes, in hexadecimal.", fixed),
		word("blob_key", "Key in the blob store.", fixed, secret),
		ref("uploaded_by", "The person who uploaded it.", fixed),
		at("uploaded_at", "Time of the upload.", fixed),
	}
}

// Indexes of the entity.
func (Document) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("subject_id"),
	}
}
