package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/field"
)

// ascii is how MySQL stores ids, hashes and codes: compared as bytes.
var ascii = entsql.Annotation{Charset: "ascii", Collation: "ascii_bin"}

// option changes the descriptor of a field; see optional, fixed and unique.
type option func(*field.Descriptor)

func optional(d *field.Descriptor) { d.Optional, d.Nillable = true, true }
func fixed(d *field.Descriptor)    { d.Immutable = true }
func unique(d *field.Descriptor)   { d.Unique = true }
func secret(d *field.Descriptor)   { d.Sensitive = true }

func with(f ent.Field, comment string, options []option) ent.Field {
	d := f.Descriptor()
	d.Comment = comment
	for _, o := range options {
		o(d)
	}
	return f
}

// ref is a field with the id of another row.
func ref(name, comment string, options ...option) ent.Field {
	return with(field.String(name).MaxLen(40).Annotations(ascii), comment, options)
}

// word is a field with a short code, number or hash in ASCII (at most 190
// bytes).
func word(name, comment string, options ...option) ent.Field {
	return with(field.String(name).MaxLen(190).Annotations(ascii), comment, options)
}

// name is a field with a short human-readable text of at most 200 characters.
func name(name, comment string, options ...option) ent.Field {
	return with(field.String(name).MaxLen(800).
		SchemaType(map[string]string{dialect.MySQL: "varchar(200)"}), comment, options)
}

// text is a field with a human-readable text of any length.
func text(name, comment string, options ...option) ent.Field {
	return with(field.Text(name), comment, options)
}

// at is a field with an instant in UTC, in whole microseconds.
func at(name, comment string, options ...option) ent.Field {
	return with(field.Time(name).SchemaType(map[string]string{dialect.MySQL: "datetime(6)"}), comment, options)
}

// sealed is a field with personal data or a secret, encrypted with the keyset
// (5.7).
func sealed(name, comment string, options ...option) ent.Field {
	return with(field.Bytes(name).MaxLen(4096), comment, append(options, secret))
}

// number is a field with a 64-bit integer. Money is in minor units; the field's
// name ends in _minor, and the row has a currency.
func number(name, comment string, options ...option) ent.Field {
	return with(field.Int64(name), comment, options)
}

// blank sets the default to the empty text.
func blank(d *field.Descriptor) { d.Default = "" }

// zero sets the default of a number to 0.
func zero(d *field.Descriptor) { d.Default = int64(0) }

// column keeps a field in the column of another name: columns aren't renamed,
// because the release before this one runs on the same database.
func column(name string) option { return func(d *field.Descriptor) { d.StorageKey = name } }

// one sets the default of a number to 1.
func one(d *field.Descriptor) { d.Default = int64(1) }

// currency is a field with the ISO 4217 code of the row's amounts.
func currency() ent.Field {
	return with(field.String("currency").MaxLen(3).Annotations(ascii), "ISO 4217 code of the row's amounts.", []option{fixed})
}

// decimal is a field with an exact number as a plain decimal string.
func decimal(name, comment string, options ...option) ent.Field {
	return with(field.String(name).MaxLen(60).Annotations(ascii), comment, options)
}

// flag is a boolean field.
func flag(name, comment string, options ...option) ent.Field {
	return with(field.Bool(name).Default(false), comment, options)
}

// enum is a field with one of a few values in capital letters, as in the API.
func enum(name, comment string, values ...string) ent.Field {
	return field.Enum(name).Values(values...).Comment(comment)
}
