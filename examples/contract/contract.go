// Package contract holds the operations that frontends, the mobile app, the
// operators' console and the data plane send. They are a promise: each must
// validate against schema.graphql and run as it stands.
package contract

import (
	"bytes"
	"embed"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
)

//go:embed *.graphql
var files embed.FS

// document is the whole contract, parsed: first-month.graphql, whose fragments all
// files use, and the others.
func document() *ast.QueryDocument {
	all := &ast.QueryDocument{}
	for _, name := range []string{"first-month.graphql", "enterprise.graphql"} {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err) // the files are part of the program
		}
		d, err := parser.ParseQuery(&ast.Source{Name: name, Input: string(text)})
		if err != nil {
			panic(err)
		}
		all.Operations, all.Fragments = append(all.Operations, d.Operations...), append(all.Fragments, d.Fragments...)
	}
	return all
}

// Names lists the operations in their order.
func Names() []string {
	var names []string
	for _, o := range document().Operations {
		names = append(names, o.Name)
	}
	return names
}

// Operation is one operation as a document of its own, with the fragments that
// it spreads. It panics on a name that the contract doesn't have.
func Operation(name string) string {
	d := document()
	o := d.Operations.ForName(name)
	if o == nil {
		panic(fmt.Sprintf("the contract has no operation %s", name))
	}
	alone := &ast.QueryDocument{Operations: ast.OperationList{o}}
	spread(d, o.SelectionSet, alone)
	var b bytes.Buffer
	formatter.NewFormatter(&b).FormatQueryDocument(alone)
	return b.String()
}

func spread(all *ast.QueryDocument, set ast.SelectionSet, into *ast.QueryDocument) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			spread(all, s.SelectionSet, into)
		case *ast.InlineFragment:
			spread(all, s.SelectionSet, into)
		case *ast.FragmentSpread:
			if f := all.Fragments.ForName(s.Name); f != nil && into.Fragments.ForName(s.Name) == nil {
				into.Fragments = append(into.Fragments, f)
				spread(all, f.SelectionSet, into)
			}
		}
	}
}
