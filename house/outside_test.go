package house_test

import (
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// endless are functions that call another process and may wait forever, by
// package. For each there is another that takes a context, or a client with a
// timeout.
var endless = map[string][]string{
	"net/http": {"Get", "Post", "PostForm", "Head", "DefaultClient", "NewRequest"},
	"net": {"Dial", "DialTCP", "DialUDP", "DialUnix", "DialIP", "LookupHost", "LookupIP", "LookupAddr", "LookupCNAME",
		"LookupMX", "LookupNS", "LookupPort", "LookupSRV", "LookupTXT"},
	"crypto/tls": {"Dial", "DialWithDialer"},
	"net/smtp":   {"Dial", "SendMail"},
	"os/exec":    {"Command"},
}

// endlessMethods are methods of any type that dial without a context.
var endlessMethods = []string{"DialAndSend", "Dial"}

// outside refuses calls without a timeout in code that serves requests: a peer
// that accepts a connection and sends nothing would block the caller forever.
func (tr *tree) outside() {
	for _, s := range tr.files {
		if s.test || s.generated || excused(s.path, callers) {
			continue
		}
		names := map[string]string{}
		for imported := range endless {
			if name := importName(s.file, imported); name != "" {
				names[name] = imported
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.CompositeLit:
				if selects(x.Type, importName(s.file, "net/http"), "Client") && !sets(x, "Timeout") {
					tr.fault(x.Pos(), "an http.Client without a Timeout waits for ever")
				}
			case *ast.SelectorExpr:
				of, isName := x.X.(*ast.Ident)
				if isName && slices.Contains(endless[names[of.Name]], x.Sel.Name) {
					tr.fault(x.Pos(), "%s.%s has no end of its own: take what has a context", of.Name, x.Sel.Name)
				} else if slices.Contains(endlessMethods, x.Sel.Name) && (!isName || names[of.Name] == "") {
					tr.fault(x.Pos(), "%s has no end of its own: take what has a context", x.Sel.Name)
				}
			}
			return true
		})
	}
}

func selects(e ast.Expr, pkg, name string) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && pkg != "" && x.Name == pkg && sel.Sel.Name == name
}

func sets(lit *ast.CompositeLit, field string) bool {
	return slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return false
		}
		key, ok := kv.Key.(*ast.Ident)
		return ok && key.Name == field
	})
}

// subtractions refuses time spans that are computed from a clock reading by
// subtraction. After the clock was set back they are below zero or too long.
// Package calendar has functions that bound them.
func (tr *tree) subtractions() {
	for _, s := range tr.files {
		if s.test || s.generated || !within(s.dir, "portal", "server", "graph", "ent", "authz", "cmd") || within(s.dir, "portaltest") || excused(s.path, signed) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			sub, ok := call.Fun.(*ast.SelectorExpr)
			if ok && sub.Sel.Name == "Sub" && len(call.Args) == 1 && (reads(sub.X) || reads(call.Args[0])) {
				tr.fault(sub.Sel.Pos(), "a span up to or from a clock's reading: calendar.Elapsed, Left or Ahead bound it")
			}
			return true
		})
	}
}

// reads reports whether an expression reads a clock.
func reads(e ast.Expr) (found bool) {
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && slices.Contains([]string{"wall", "now"}, strings.ToLower(id.Name)) {
			found = true
		}
		return !found
	})
	return found
}

func TestCallsToTheOutsideHaveAnEnd(t *testing.T) {
	tr := read(t, root)
	tr.outside()
	report(t, tr)
}

func TestSpansOfAClockAreBounded(t *testing.T) {
	tr := read(t, root)
	tr.subtractions()
	report(t, tr)
	for _, p := range slices.Concat(callers, signed) {
		if strings.TrimSpace(p.reason) == "" {
			t.Errorf("%s is excused without a reason", strconv.Quote(p.path))
		}
	}
}
