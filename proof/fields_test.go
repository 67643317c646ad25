package proof_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"portico/authz"
	"portico/clause"
	"portico/money"
	"portico/portaltest"
)

func parsed(amount string) (money.Amount, error) { return money.Parse(amount, money.CNY) }

// inTurn are fields that are checked only once the rest of the input is valid,
// and why.
var inTurn = map[string]string{
	"register.password":             "a password is weighed only for who has the code",
	"resetPassword.newPassword":     "a password is weighed only for who has the code",
	"changePassword.newPassword":    "a new password is weighed only for who knows the present one",
	"changePhone.currentPassword":   "the result is shown only to who has the code of the new number",
	"changePhone.currentPhoneCode":  "the result is shown only to who has the code of the new number",
	"changePhone.code":              "a code is tried only for a number that is one",
	"changeEmail.currentPassword":   "a password is tried only for an address that is one",
	"registerByInvitation.password": "a password is weighed only for who has proved the address",
	"addTotp.name":                  "a name is read only for who has proved its password",
	"beginPasskey.name":             "a name is read only for who has proved its password",
	"overrideFigure.value":          "what a value may be depends on the figure",
}

// tries are inputs that are compared with a secret.
var tries = []string{"code", "captchaAnswer", "token", "refreshToken", "login"}

// spoils returns wrong values of a field, of which one may be refused.
func spoils(typ *ast.Type) []any {
	if typ.Elem != nil {
		if typ.Elem.Name() == "ID" {
			return nil
		}
		return []any{[]any{}}
	}
	switch typ.Name() {
	case "String":
		return []any{strings.Repeat("字", 20_001), "\u200b"}
	case "Boolean":
		return []any{false}
	case "Int":
		return []any{-1}
	case "Decimal":
		return []any{"-1"}
	case "Time":
		return []any{"2020-01-01T00:00:00Z"}
	case "MoneyInput":
		return []any{yuan("-0.001")}
	}
	return nil
}

// spoilt is a field with a wrong value that its operation refuses.
type spoilt struct {
	field, code string
	value       any
}

// TestAllFaultsOfAnInputAreReportedTogether sends every mutation with two wrong
// fields, for all pairs of fields that are refused alone.
func TestAllFaultsOfAnInputAreReportedTogether(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newStage(w)
		s.a.furnish()
		pairs := 0
		for _, f := range fields(published().Mutation) {
			if f.Arguments.ForName("input") == nil {
				continue
			}
			t.Run(f.Name, func(t *testing.T) {
				var wrong []spoilt
				for _, field := range published().Types[f.Arguments.ForName("input").Type.Name()].Fields {
					if one := s.spoil(f, field); one != nil {
						wrong = append(wrong, *one)
					}
				}
				for i, a := range wrong {
					for _, b := range wrong[i+1:] {
						reported, raw := s.sendSpoilt(f, a, b)
						pairs++
						for _, want := range []spoilt{a, b} {
							if !slices.Contains(reported, want.field) {
								t.Errorf("5.4: %s and %s are wrong, and %s isn't reported (%s): %s", a.field, b.field, want.field, want.code, raw)
							}
						}
					}
				}
			})
		}
		if pairs < 30 {
			t.Errorf("only %d pairs were spoilt", pairs)
		}
	})
}

// spoil returns a value of a field that is refused regardless of the other
// fields; nil if there is none.
func (s *stage) spoil(f *ast.FieldDefinition, field *ast.FieldDefinition) *spoilt {
	public := f.Directives.ForName("public") != nil
	if inTurn[f.Name+"."+field.Name] != "" || public && (slices.Contains(tries, field.Name) || f.Name == "signIn") {
		return nil
	}
	for _, value := range spoils(field.Type) {
		one := spoilt{field: field.Name, value: value}
		reported, _ := s.sendSpoilt(f, one)
		if slices.Contains(reported, field.Name) {
			return &one
		}
	}
	return nil
}

// sendSpoilt sends a valid input with some wrong fields, and returns the fields
// of its business refusals.
func (s *stage) sendSpoilt(f *ast.FieldDefinition, wrong ...spoilt) (reported []string, raw string) {
	if f.Directives.ForName("public") != nil { // these are limited by the network they come from
		s.Wall.Advance(3 * time.Minute)
	}
	x, by := s.a, s.able(f.Name)
	if f.Name == "submitVerification" {
		x = s.unverified
	}
	if p, _ := authz.ParsePermission(permission(f.Directives.ForName("can"), "do")); authz.Law().Role("owner").Has(p) {
		by = x.owner
	}
	args := operations[f.Name].args(s, x, by)
	in := args["input"].(input)
	for _, one := range wrong {
		in[one.field] = one.value
	}
	r := s.Send(by, document(f.Name, args, shape{first: 1, depth: 1}), args)
	for _, one := range r.Refusals(s.T) {
		if declared, _ := clause.Declared(one.Code); declared.Class == clause.ByRule && len(one.Field) > 1 {
			reported = append(reported, one.Field[1])
			for i := range wrong {
				if wrong[i].field == one.Field[1] {
					wrong[i].code = one.Code
				}
			}
		}
	}
	x.factorless(by)
	if done := operations[f.Name].done; done != nil && len(r.Errors) == 0 && len(r.Refusals(s.T)) == 0 {
		done(x, by)
	}
	return reported, fmt.Sprintf("%.600s", r.Raw)
}

// TestEachCodeThatArrivesIsInErrorCode reads the codes in the matrix and in the
// table of wrong inputs.
func TestEachCodeThatArrivesIsInErrorCode(t *testing.T) {
	var known []string
	for _, v := range published().Types["ErrorCode"].EnumValues {
		known = append(known, v.Name)
	}
	code := regexp.MustCompile(`\b[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b|\b(FORBIDDEN|UNAUTHENTICATED|THROTTLED|INTERNAL)\b`)
	var met []string
	for _, outcome := range matrixCells(t) {
		met = append(met, code.FindAllString(outcome, -1)...)
	}
	for _, c := range slices.Concat(wrongs, invoiceWrongs) {
		met = append(met, code.FindAllString(c.code, -1)...)
	}
	for _, c := range met {
		if !slices.Contains(known, c) {
			t.Errorf("%s arrives, and isn't in ErrorCode", c)
		}
	}
	if len(met) < 100 {
		t.Errorf("only %d codes were read", len(met))
	}
}
