package limits

import (
	"encoding/json"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Variables are coerced in one pass, without reflection and without changing what was
// sent. The pass accepts what has the exact form of its type already; that is nearly
// every request. It refuses nothing: what it doesn't accept (a fault, a default, a
// single value for a list, a file) goes the usual way, through exactEnums, noNulls and
// gqlparser's VariableValues, which coerces it or names the fault. So the errors are
// theirs. A test compares both ways.

// form is a type of an input, prepared for the pass.
type form struct {
	kind    formKind
	nonNull bool
	elem    *form
	of      *named // the scalar, enumeration or input object
}

type formKind int

const (
	formOther formKind = iota // the pass accepts no value of it
	formList
	formString
	formID
	formBoolean
	formInt
	formFloat
	formScalar // of the schema's own: its unmarshaler checks the value
	formEnum
	formObject
)

// named holds what the forms of one type of the schema share.
type named struct {
	values map[string]bool // of an enumeration
	fields []formField     // of an input object
}

type formField struct {
	name string
	form
	// optional is set if the field may be left out.
	optional bool
}

// forms are the types of a schema, prepared once.
type forms struct {
	schema *ast.Schema
	of     map[string]*named
}

func formsOf(schema *ast.Schema) *forms {
	s := &forms{schema: schema, of: map[string]*named{}}
	for _, d := range schema.Types {
		if d.Kind == ast.Enum || d.Kind == ast.InputObject {
			s.named(d)
		}
	}
	return s
}

func (s *forms) form(t *ast.Type) form {
	if t.Elem != nil {
		elem := s.form(t.Elem)
		return form{kind: formList, nonNull: t.NonNull, elem: &elem}
	}
	d := s.schema.Types[t.NamedType]
	f := form{nonNull: t.NonNull}
	switch {
	case d == nil:
		return f
	case d.Kind == ast.Scalar:
		f.kind = scalarKind(d.Name)
	case d.Kind == ast.Enum:
		f.kind, f.of = formEnum, s.named(d)
	case d.Kind == ast.InputObject:
		f.kind, f.of = formObject, s.named(d)
	}
	return f
}

func scalarKind(name string) formKind {
	switch name {
	case "String":
		return formString
	case "ID":
		return formID
	case "Boolean":
		return formBoolean
	case "Int":
		return formInt
	case "Float":
		return formFloat
	}
	return formScalar
}

func (s *forms) named(d *ast.Definition) *named {
	if n, known := s.of[d.Name]; known {
		return n
	}
	n := &named{values: make(map[string]bool, len(d.EnumValues))}
	s.of[d.Name] = n // a type may refer to itself
	for _, v := range d.EnumValues {
		n.values[v.Name] = true
	}
	for _, f := range d.Fields {
		optional := !f.Type.NonNull
		if f.DefaultValue != nil {
			_, err := f.DefaultValue.Value(nil)
			optional = optional || err == nil
		}
		n.fields = append(n.fields, formField{f.Name, s.form(f.Type), optional})
	}
	return n
}

// variable is a variable of an operation.
type variable struct {
	name string
	form
	// needed is set if null isn't allowed, by its type or where it is used.
	needed bool
	// required is set if it must be given, or has a default.
	required bool
}

// variables prepares the variables of each operation of a valid document, those in
// needed by what [needed] returned.
func (s *forms) variables(doc *ast.QueryDocument, needed map[*ast.OperationDefinition][]string) map[*ast.OperationDefinition][]variable {
	all := make(map[*ast.OperationDefinition][]variable, len(doc.Operations))
	for _, op := range doc.Operations {
		for _, d := range op.VariableDefinitions {
			v := variable{name: d.Variable, form: s.form(d.Type), needed: d.Type.NonNull, required: d.Type.NonNull || d.DefaultValue != nil}
			v.needed = v.needed || slices.Contains(needed[op], d.Variable)
			all[op] = append(all[op], v)
		}
	}
	return all
}

// coerced returns the variables as VariableValues coerces them, or false if that must
// do it.
func coerced(variables []variable, given map[string]any) (map[string]any, bool) {
	values := make(map[string]any, len(variables))
	for i := range variables {
		v := &variables[i]
		value, is := given[v.name]
		switch {
		case !is && v.required, is && value == nil && v.needed:
			return nil, false
		case !is:
			continue
		case value == nil:
			values[v.name] = nil
			continue
		}
		if !v.accepts(value) {
			return nil, false
		}
		if n, ok := value.(json.Number); ok { // a number below a variable stays as it is
			value = v.number(n)
		}
		values[v.name] = value
	}
	return values, true
}

// number is the value of a variable that accepts a number.
func (f *form) number(n json.Number) any {
	switch f.kind {
	case formInt:
		i, _ := n.Int64() // accepts has tried it
		return i
	case formFloat:
		x, _ := n.Float64()
		return x
	}
	return n
}

// accepts reports whether a value other than null has the form of its type, so that
// VariableValues would leave it as it is.
func (f *form) accepts(value any) bool {
	switch f.kind {
	case formString, formID:
		_, ok := value.(string)
		return ok
	case formBoolean:
		_, ok := value.(bool)
		return ok
	case formInt:
		n, ok := value.(json.Number)
		if ok {
			_, err := n.Int64()
			ok = err == nil
		}
		return ok
	case formFloat:
		n, ok := value.(json.Number)
		if ok {
			_, err := n.Float64()
			ok = err == nil
		}
		return ok
	case formScalar:
		switch value.(type) {
		case string, bool, json.Number, map[string]any, []any:
			return true
		}
	case formEnum:
		s, ok := value.(string)
		return ok && f.of.values[s]
	case formList:
		return f.acceptsList(value)
	case formObject:
		return f.of.accepts(value)
	}
	return false
}

func (f *form) acceptsList(value any) bool {
	list, ok := value.([]any)
	for _, v := range list {
		if v == nil && f.elem.nonNull || v != nil && !f.elem.accepts(v) {
			return false
		}
	}
	return ok
}

func (n *named) accepts(value any) bool {
	object, ok := value.(map[string]any)
	if !ok {
		return false
	}
	known := 0
	for i := range n.fields {
		f := &n.fields[i]
		v, given := object[f.name]
		if given {
			known++
		}
		if !given && !f.optional || given && v == nil && f.nonNull || v != nil && !f.accepts(v) {
			return false
		}
	}
	return known == len(object) // no unknown field
}
