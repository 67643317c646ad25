// Package inline writes values that are in memory already as JSON, into one
// buffer. cmd/inline generates a writer for each object type of the schema, which
// uses it, and lets gqlgen's code enter these writers. gqlgen builds a tree of
// values first, with a context, a closure and often a goroutine for each of
// them; for a page of orders that costs several times what reading it does.
//
// The answer is the same: the same values and nulls, the same errors at the same
// paths, and a panic is turned into an error of its field. Four things differ. The
// fields of an object are resolved in sequence (except those of the types that
// cmd/inline names, whose resolvers each ask the database). Field interceptors
// (AroundFields) don't see fields without arguments and directives of the types that
// have a writer. FieldContext.Result isn't set. And a list in memory is written to
// its end when the request's time is over; its cost bounds it.
package inline

import (
	"context"
	"io"
	"strconv"
	"sync"

	"github.com/99designs/gqlgen/graphql"
)

// Buffer is the JSON of a value that is being written. It is a
// [graphql.Marshaler] that can be marshaled once.
type Buffer struct {
	// Text is what was written so far.
	Text []byte

	places    any // *[]Place[E]: places that aren't used yet
	collected []collected
}

// collected are the fields that a field selects of the objects below it.
type collected struct {
	of     *graphql.CollectedField
	fields []graphql.CollectedField
}

// mostCollected is the largest number of entries that are kept, since they are
// searched for each object.
const mostCollected = 16

// Collected returns the fields that a field selects of the objects below it, which
// are the same ones for all objects of a list. Satisfies holds the names of their type
// and of its interfaces.
func (b *Buffer) Collected(oc *graphql.OperationContext, field *graphql.CollectedField, satisfies []string) []graphql.CollectedField {
	for i := range b.collected {
		if b.collected[i].of == field {
			return b.collected[i].fields
		}
	}
	fields := Collect(oc, field.Selections, satisfies)
	if len(b.collected) < mostCollected {
		b.collected = append(b.collected, collected{field, fields})
	}
	return fields
}

// largest is the largest text, in bytes, whose memory is kept for reuse.
const largest = 1 << 20

var texts = sync.Pool{New: func() any { return new([]byte) }}

type originalKey struct{}

// Original returns a context in which gqlgen's own code runs throughout: what
// tests compare the writers and readers with.
func Original(ctx context.Context) context.Context {
	return context.WithValue(ctx, originalKey{}, true)
}

// Begin returns the buffer that a value is written into, or nil where gqlgen's own
// code is to write it.
func Begin(ctx context.Context) *Buffer {
	if ctx.Value(originalKey{}) != nil {
		return nil
	}
	return &Buffer{Text: (*texts.Get().(*[]byte))[:0]}
}

// End returns the value that was written, or null if it must be null.
func (b *Buffer) End(written bool) graphql.Marshaler {
	if !written {
		b.release()
		return graphql.Null
	}
	return b
}

// MarshalGQL writes the value and gives its memory back.
func (b *Buffer) MarshalGQL(w io.Writer) {
	_, _ = w.Write(b.Text)
	b.release()
}

func (b *Buffer) release() {
	if cap(b.Text) <= largest {
		text := b.Text[:0]
		texts.Put(&text)
	}
	b.Text = nil
}

// Write appends JSON.
func (b *Buffer) Write(p []byte) (int, error) {
	b.Text = append(b.Text, p...)
	return len(p), nil
}

// WriteString appends JSON.
func (b *Buffer) WriteString(s string) (int, error) {
	b.Text = append(b.Text, s...)
	return len(s), nil
}

// Null writes null.
func (b *Buffer) Null() { b.Text = append(b.Text, "null"...) }

// Bool writes a Boolean.
func (b *Buffer) Bool(v bool) { b.Text = strconv.AppendBool(b.Text, v) }

// Int writes an integer.
func (b *Buffer) Int(v int64) { b.Text = strconv.AppendInt(b.Text, v, 10) }

const hex = "0123456789ABCDEF"

// String writes a string, byte for byte as gqlgen's MarshalString does.
func (b *Buffer) String(s string) {
	text, start := append(b.Text, '"'), 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '\\' && c != '"' {
			continue
		}
		text = append(text, s[start:i]...)
		start = i + 1
		switch c {
		case '\t':
			text = append(text, `\t`...)
		case '\r':
			text = append(text, `\r`...)
		case '\n':
			text = append(text, `\n`...)
		case '\\', '"':
			text = append(text, '\\', c)
		default:
			text = append(text, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		}
	}
	b.Text = append(append(text, s[start:]...), '"')
}

// Key begins a field of an object. Pass the result to Cut to end the field: gqlgen
// collects a field twice if it is selected on two unrelated interfaces, and Cut takes
// back the second.
func (b *Buffer) Key(fields []graphql.CollectedField, i int) (from int) {
	alias := fields[i].Alias
	from = -1
	for j := range i {
		if fields[j].Alias == alias {
			from = len(b.Text)
			break
		}
	}
	if i > 0 {
		b.Text = append(b.Text, ',')
	}
	b.Text = append(append(append(b.Text, '"'), alias...), '"', ':') // an alias is a name: nothing in it needs escaping
	return from
}

// Cut takes back what was written from a position on, if that isn't negative.
func (b *Buffer) Cut(from int) {
	if from >= 0 {
		b.Text = b.Text[:from]
	}
}

// Open begins an object, and returns where it begins.
func (b *Buffer) Open() (from int) {
	from = len(b.Text)
	b.Text = append(b.Text, '{')
	return from
}

// Close ends an object that began at a position. One that isn't valid, since a
// field that can't be null is, becomes null. It reports whether the object stands.
func (b *Buffer) Close(from int, valid bool) bool {
	if !valid {
		b.Text = append(b.Text[:from], "null"...)
		return false
	}
	b.Text = append(b.Text, '}')
	return true
}

// Value writes the value of a field that gqlgen's own code has resolved. It reports
// whether the object that the field belongs to is still valid.
func (b *Buffer) Value(m graphql.Marshaler, nonNull bool) (valid bool) {
	if nonNull && m == graphql.Null || m == graphql.RequiredNull {
		b.Null()
		return false
	}
	m.MarshalGQL(b)
	return true
}
