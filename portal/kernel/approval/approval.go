// Package approval keeps commands that wait for somebody else's decision, and
// runs an approved one again as the person that asked.
package approval

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/99designs/gqlgen/graphql"

	"portico/authz"
	"portico/ent"
)

// waiting is a command that may wait for an approval.
type waiting struct {
	input reflect.Type
	// decider is the permission that decides about it.
	decider authz.Permission
	// check reports an input that isn't the same once it was kept and read.
	check func(input []byte) error
	// run runs the command on a kept input.
	run func(ctx context.Context, s *ent.Store, input []byte) error
}

// registered are the commands that may wait, by name.
var registered = map[string]waiting{}

// Register lets a command wait for an approval, under the name that its
// command.Command has; its Input must be of type I. Whoever holds a permission on
// the command's object decides. Each unit registers its own when the program starts. Register panics on a name that is taken, on an input
// that holds an upload, and on an answer that isn't a pointer to a struct: neither
// can be kept.
func Register[I, P any](name string, decider authz.Permission, run func(context.Context, *ent.Store, I) (P, error)) {
	in, out := reflect.TypeFor[I](), reflect.TypeFor[P]()
	if _, taken := registered[name]; taken {
		panic("approval: " + name + " is registered twice")
	}
	if uploads(in, map[reflect.Type]bool{}) {
		panic("approval: the input of " + name + " holds an upload")
	}
	if out.Kind() != reflect.Pointer || out.Elem().Kind() != reflect.Struct {
		panic("approval: the answer of " + name + " is no payload")
	}
	read := func(text []byte) (in I, err error) {
		err = json.Unmarshal(text, &in)
		return in, err
	}
	registered[name] = waiting{
		input:   in,
		decider: decider,
		check: func(text []byte) error {
			in, err := read(text)
			if err != nil {
				return err
			}
			if again, err := json.Marshal(in); err != nil || string(again) != string(text) {
				return fmt.Errorf("approval: the input of %s isn't the same once it is read: %w", name, err)
			}
			return nil
		},
		run: func(ctx context.Context, s *ent.Store, text []byte) error {
			in, err := read(text)
			if err == nil {
				_, err = run(ctx, s, in)
			}
			return err
		},
	}
}

// Operations returns the names of the commands that may wait, sorted.
func Operations() []string { return slices.Sorted(maps.Keys(registered)) }

// Deciding returns the permissions that decide about what may wait, sorted.
func Deciding() []authz.Permission {
	var all []authz.Permission
	for _, w := range registered {
		all = append(all, w.decider)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// uploads reports whether values of a type can hold an upload.
func uploads(t reflect.Type, seen map[reflect.Type]bool) bool {
	if t == reflect.TypeFor[graphql.Upload]() {
		return true
	}
	if seen[t] {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return uploads(t.Elem(), seen)
	case reflect.Map:
		return uploads(t.Key(), seen) || uploads(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if uploads(t.Field(i).Type, seen) {
				return true
			}
		}
	}
	return false
}
