package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/entsql"
	"entgo.io/ent/schema/field"
)

// ascii is how ids, hashes and codes are stored on MySQL: compared as bytes.
var ascii = entsql.Annotation{Charset: "ascii", Collation: "ascii_bin"}

// option changes a field's descriptor; see optional, fixed and unique.
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

// ref is the id of another row.
func ref(name, comment string, options ...option) ent.Field {
	return with(field.String(name).MaxLen(40).Annotations(ascii), comment, options)
}

// word is a short code, number or hash in ASCII (at most 190 bytes).
func word(name, comment string, options ...option) ent.Field {
	return with(field.String(name).MaxLen(190).Annotations(ascii), comment, options)
}

// name is a short human text of at most 200 characters.
func name(name, comment string, options ...option) ent.Field {
	return with(field.String(name).MaxLen(800).
		SchemaType(map[string]string{dialect.MySQL: "varchar(200)"}), comment, options)
}

// text is a human text of any length.
func text(name, comment string, options ...option) ent.Field {
	return with(field.Text(name), comment, options)
}

// at is an instant: UTC, whole microseconds.
func at(name, comment string, options ...option) ent.Field {
	return with(field.Time(name).SchemaType(map[string]string{dialect.MySQL: "datetime(6)"}), comment, options)
}

// sealed is personal data or a secret, encrypted under the keyset (5.7).
func sealed(name, comment string, options ...option) ent.Field {
	return with(field.Bytes(name).MaxLen(4096), comment, append(options, secret))
}

// number is a 64-bit integer; money is told in minor units by a name that
// ends in _minor, beside a currency.
func number(name, comment string, options ...option) ent.Field {
	return with(field.Int64(name), comment, options)
}

// blank makes the empty text the default.
func blank(d *field.Descriptor) { d.Default = "" }

// zero makes 0 the default of a number.
func zero(d *field.Descriptor) { d.Default = int64(0) }

// column keeps a field in the column of another name: columns aren't renamed,
// because the release before this one runs on the same database.
func column(name string) option { return func(d *field.Descriptor) { d.StorageKey = name } }

// one makes 1 the default of a number.
func one(d *field.Descriptor) { d.Default = int64(1) }

// currency is the ISO 4217 code of the row's amounts.
func currency() ent.Field {
	return with(field.String("currency").MaxLen(3).Annotations(ascii), "ISO 4217 code of the row's amounts.", []option{fixed})
}

// decimal is an exact number as a plain decimal string.
func decimal(name, comment string, options ...option) ent.Field {
	return with(field.String(name).MaxLen(60).Annotations(ascii), comment, options)
}

// flag is a boolean.
func flag(name, comment string, options ...option) ent.Field {
	return with(field.Bool(name).Default(false), comment, options)
}

// enum is one of a few capitals, as the API shows them.
func enum(name, comment string, values ...string) ent.Field {
	return field.Enum(name).Values(values...).Comment(comment)
}
