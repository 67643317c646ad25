package graph

import (
	"context"
	"errors"
	"slices"

	"entgo.io/ent/dialect/sql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
	"portico/ent/db/approval"
	"portico/graph/batch"
	"portico/graph/page"
	"portico/graph/scalar"
	"portico/money"
	unit "portico/portal/kernel/approval"
)

// approvals is the list of the approvals of an account, newest first.
var approvals = page.AccountList[*db.ApprovalQuery, db.Approval]{
	List:    page.List[db.Approval]{Name: "approvals", Column: approval.FieldAskedAt, Descending: true, Key: func(a *db.Approval) (any, string) { return a.AskedAt, a.ID }},
	Table:   approval.Table,
	Account: func(a *db.Approval) string { return a.AccountID },
	Query:   func(c *db.Client) *db.ApprovalQuery { return c.Approval.Query() },
}

// approvalsOf returns the list of the approvals of accounts that the reader may see,
// with a status if one is given.
func (r *Resolver) approvalsOf(ctx context.Context, status *unit.State) page.AccountList[*db.ApprovalQuery, db.Approval] {
	l := approvals
	l.Where = []func(*sql.Selector){r.readableApprovals(authz.From(ctx))}
	if status != nil {
		l.Name += " " + string(*status)
		l.Where = append(l.Where, r.inState(*status))
	}
	return l
}

// inState returns the condition that an approval has a status. One past its expiry
// waits no longer, and has expired once the job has found it.
func (r *Resolver) inState(state unit.State) func(*sql.Selector) {
	now := r.store().Now()
	return func(s *sql.Selector) {
		stored := func(status approval.Status) *sql.Predicate { return sql.EQ(s.C(approval.FieldStatus), string(status)) }
		if state == unit.Pending {
			s.Where(sql.And(stored(approval.StatusREQUESTED), sql.GT(s.C(approval.FieldExpiresAt), now)))
			return
		}
		s.Where(stored(approval.Status(state)))
	}
}

// readableApprovals returns the condition that a reader may see an approval, on each
// account that it reaches; see [unit.Visible].
func (r *Resolver) readableApprovals(p *authz.Principal) func(*sql.Selector) {
	now := r.store().Now()
	if p.Operator.Has(authz.AuditRead) {
		return func(*sql.Selector) {}
	}
	return func(s *sql.Selector) {
		readable := []*sql.Predicate{sql.EQ(s.C(approval.FieldAskedBy), p.ID)}
		for _, account := range p.Accounts() {
			on := func() *sql.Predicate { return sql.EQ(s.C(approval.FieldAccountID), account) }
			if p.Allows(authz.AuditRead, authz.On(account), now) {
				readable = append(readable, on())
				continue
			}
			for _, perm := range unit.Deciding() {
				whole, applications := p.Scope(perm, account, now)
				held := sql.And(on(), sql.EQ(s.C(approval.FieldPermission), perm.String()))
				switch {
				case whole:
					readable = append(readable, held)
				case len(applications) > 0:
					named := make([]any, len(applications))
					for i, id := range applications {
						named[i] = id
					}
					readable = append(readable, sql.And(held, sql.In(s.C(approval.FieldApplicationID), named...)))
				}
			}
		}
		s.Where(sql.Or(readable...))
	}
}

// canDecide reports whether the reader could decide about an approval. It reads the
// restrictions of accounts once for all approvals that were read together.
func (r *Resolver) canDecide(ctx context.Context, obj *db.Approval) (*bool, error) {
	due, err := dueOf(ctx, r, obj)
	can := err == nil && unit.CanDecide(authz.From(ctx), obj, due, r.store().Now(), r.store().Wall())
	return &can, err
}

// costOf returns what an approved command costs, in the currency of its account; nil
// if it costs nothing.
func (r *Resolver) costOf(ctx context.Context, obj *db.Approval) (*money.Amount, error) {
	if obj.Spending == nil {
		return nil, nil
	}
	of, err := reference[*db.Account](ctx, r, obj, "account", func(a *db.Approval) string { return a.AccountID })
	if err != nil || of == nil {
		return nil, err
	}
	amount := money.New(*obj.Spending, money.Currency(of.Currency))
	return &amount, nil
}

// resultOf returns what an approved command made or changed; nil if it wasn't done,
// or the reader may not see it.
func (r *Resolver) resultOf(ctx context.Context, obj *db.Approval) (db.Node, error) {
	made, err := batch.Load(ctx, obj, "result", func(rows []*db.Approval) (map[string]db.Node, error) {
		ids := map[string]string{}
		var wanted []string
		for _, row := range rows {
			id, err := unit.ResultOf(row)
			if err != nil {
				return nil, err
			}
			if id != "" {
				ids[row.ID], wanted = id, append(wanted, id)
			}
		}
		nodes, err := r.visible(ctx, wanted)
		found := map[string]db.Node{}
		for of, id := range ids {
			if n := nodes[id]; n != nil {
				found[of] = n
			}
		}
		return found, err
	})
	return made[obj.ID], err
}

// askApproval asks for an approval of another mutation, whose input it first coerces
// as the API does.
func (r *Resolver) askApproval(ctx context.Context, in unit.RequestApprovalInput) (*unit.RequestApprovalPayload, error) {
	var check clause.Check
	if slices.Contains(unit.Operations(), in.Operation) {
		coerced, err := coercedInput(in.Operation, in.Input)
		check.Add(err)
		in.Input = coerced
	}
	check.Add(unit.Check(in))
	if err := check.Err(); err != nil {
		return nil, err
	}
	return unit.RequestApproval(ctx, r.store(), in)
}

// coercedInput coerces the input of a mutation that was given as JSON. The refusal is
// INVALID_INPUT, at the input.
func coercedInput(mutation string, given any) (any, error) {
	schema := Published(true)
	typ := schema.Mutation.Fields.ForName(mutation).Arguments.ForName("input").Type
	operation := &ast.OperationDefinition{Operation: ast.Mutation,
		VariableDefinitions: ast.VariableDefinitionList{{Variable: "input", Type: typ, Definition: schema.Types[typ.Name()]}}}
	values, err := validator.VariableValues(schema, operation, map[string]any{"input": given})
	if err == nil {
		err = checkScalars(schema, typ, values["input"])
	}
	if err != nil {
		return nil, clause.InvalidField("input", "不是该操作的有效输入："+err.Error()+"。", "it is no valid input of the operation: "+err.Error()+".").Because(err)
	}
	return values["input"], nil
}

// scalars read the values of the scalars that inputs have.
var scalars = map[string]func(any) error{
	"ID": reads(scalar.UnmarshalID), "String": reads(scalar.UnmarshalString), "Boolean": reads(scalar.UnmarshalBoolean), "Int": reads(scalar.UnmarshalInt),
	"Decimal": reads(scalar.UnmarshalDecimal), "Time": reads(scalar.UnmarshalTime), "Date": reads(scalar.UnmarshalDate),
}

func reads[T any](read func(any) (T, error)) func(any) error {
	return func(v any) error { _, err := read(v); return err }
}

// checkScalars reads each scalar of an input.
func checkScalars(schema *ast.Schema, of *ast.Type, v any) error {
	if v == nil {
		return nil
	}
	if of.Elem != nil {
		list, is := v.([]any)
		if !is {
			return errors.New("not a list")
		}
		for _, one := range list {
			if err := checkScalars(schema, of.Elem, one); err != nil {
				return err
			}
		}
		return nil
	}
	if read, is := scalars[of.Name()]; is {
		return read(v)
	}
	if object, is := v.(map[string]any); is {
		for _, f := range schema.Types[of.Name()].Fields {
			if err := checkScalars(schema, f.Type, object[f.Name]); err != nil {
				return err
			}
		}
	}
	return nil
}
