// Package contract holds the operations that frontends, the mobile app, the
// operators' console and the data plane send. They are a promise: each must
// validate against schema.graphql and run as it stands.
package contract

import (
	"bytes"
	_ "embed"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
)

// The files of the contract, one after the other: operations of a later file spread
// fragments of an earlier one.
var (
	//go:embed first-month.graphql
	firstMonth string
	//go:embed enterprise.graphql
	enterprise string
)

// document is the whole contract, parsed.
func document() *ast.QueryDocument {
	d, err := parser.ParseQuery(&ast.Source{Name: "contract", Input: firstMonth + enterprise})
	if err != nil {
		panic(err) // the file is part of the program
	}
	return d
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
