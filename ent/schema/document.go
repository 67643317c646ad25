package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/index"
)

// Document is a file that a customer handed in; its bytes are in the blob
// store.
type Document struct{ ent.Schema }

// Mixin of the entity.
func (Document) Mixin() []ent.Mixin { return []ent.Mixin{identified{prefix: "docu"}, tenant{}} }

// Annotations of the entity.
func (Document) Annotations() []schema.Annotation { return []schema.Annotation{Owner("account")} }

// Fields of the entity.
func (Document) Fields() []ent.Field {
	return []ent.Field{
		ref("subject_id", "What it belongs to.", fixed),
		name("name", "File name as given.", fixed),
		word("media_type", "Sniffed, not as claimed.", fixed),
		number("size", "Bytes.", fixed),
		word("digest", "SHA-256 of the bytes, hex.", fixed),
		word("blob_key", "Key in the blob store.", fixed, secret),
		ref("uploaded_by", "Person.", fixed),
		at("uploaded_at", "When.", fixed),
	}
}

// Indexes of the entity.
func (Document) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("subject_id"),
	}
}
