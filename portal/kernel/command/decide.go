package command

import (
	"context"
	"errors"
	"strings"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/statement"
	"portico/portal/kernel/standing"
	"portico/text"
)

// decide finds the object among the principal's accounts, confines the
// transaction to its account, and asks for the command's permission, on the
// principal as this transaction reads it. It returns errTaken if an answer is
// stored under the command's key.
func decide(tx *Tx, idem *idempotency) (authz.Object, *Tx, error) {
	c := tx.Command()
	if (c.SignedIn || c.Permission != authz.None) && !tx.Principal().SignedIn() {
		return authz.Object{}, tx, clause.Unauthenticated
	}
	if !c.SignedIn && c.Permission == authz.None {
		return authz.Object{}, tx, idem.free(tx.Tx)
	}
	on, err := look(tx, c)
	if err != nil {
		return authz.Object{}, tx, err
	}
	inner, restrictions, err := reload(tx, on.object, idem)
	if err != nil {
		return authz.Object{}, tx, err
	}
	if c.Permission == authz.None {
		return authz.Object{}, inner, nil
	}
	if c.Global {
		if !inner.Principal().Allows(c.Permission, authz.Object{}, tx.Now) {
			return authz.Object{}, inner, authz.Forbid(inner.Principal(), c.Permission)
		}
		return authz.Object{}, inner, fresh(inner.Principal(), c.Permission, tx.Wall)
	}
	if !c.names(c.Object) {
		return authz.Object{}, inner, clause.NotFound.At(c.Field)
	}
	if !on.reached(inner) {
		restrictions = unasked
		if on, err = find(inner, c); err != nil {
			return authz.Object{}, inner, err
		}
	}
	tx.state.found = on.row
	inner = inner.Within(on.object.AccountID)
	return on.object, inner, inner.must(c.Permission, on.object, restrictions)
}

// subject is the row that a command acts on, and the object of its permission.
type subject struct {
	row    db.Node
	object authz.Object
}

// reached reports whether there is a row, and the transaction's principal reaches it.
// Rows that belong to no account are the provider's.
func (s subject) reached(tx *Tx) bool {
	return s.row != nil && (tx.Reaches(s.object.AccountID) || s.object.AccountID == "" && tx.Principal().ReachesAll())
}

// look looks for the object of a command among the accounts that its principal
// reached when the request began, so that what holds for the object's account can
// be read with the principal. It returns no row if there is none to look for, or
// none is found: the principal may reach more by now.
func look(tx *Tx, c Command) (subject, error) {
	if c.Permission == authz.None || c.Global || tx.state.approval != nil || !c.names(c.Object) {
		return subject{}, nil
	}
	row, o, err := Find(tx, tx.Client(), c.Object)
	if errors.Is(err, clause.NotFound) {
		return subject{}, nil
	}
	return subject{row, o}, err
}

// find finds the object of a command among the principal's accounts.
func find(tx *Tx, c Command) (subject, error) {
	row, o, err := Find(tx, tx.Client(), c.Object)
	if errors.Is(err, clause.NotFound) {
		err = clause.NotFound.At(c.Field)
	}
	return subject{row, o}, err
}

// reload reads the principal again in the transaction: by its session, or as the
// person that asked for what was approved. It also returns how many rows restrict
// the object's account, or lift a restriction; unasked if that wasn't read. It
// returns errTaken if an answer is stored under the command's key.
func reload(tx *Tx, o authz.Object, idem *idempotency) (*Tx, int, error) {
	if a := tx.state.approval; a != nil { // it takes no key
		var proved time.Time
		if a.SecondFactorAge != nil {
			proved = tx.Wall.Add(-*a.SecondFactorAge)
		}
		fresh, err := statement.ReloadAbsent(tx.Tx, proved)
		return &Tx{Tx: fresh, state: tx.state}, unasked, err
	}
	fresh, frame, known, err := statement.ReloadFramed(tx.Tx, o.AccountID, idem.named())
	if err != nil {
		return nil, unasked, err
	}
	inner := &Tx{Tx: fresh, state: tx.state}
	if !known {
		return inner, unasked, idem.free(inner.Tx)
	}
	if frame.Taken {
		return nil, unasked, errTaken
	}
	return inner, int(frame.Restrictions), nil
}

// names reports whether an id is of the type that the command's field names: an
// order's id is never a service's.
func (c Command) names(id string) bool {
	typ, ok := strings.CutSuffix(c.Field, "Id")
	if !ok || typ == "" { // the field names no type
		return true
	}
	return strings.ToUpper(typ[:1])+typ[1:] == ent.TypeOf(id)
}

// May makes the decision of a command, for reads that announce what a command
// would answer. It returns the refusal.
func May(ctx context.Context, c *db.Client, perm authz.Permission, o authz.Object, now, wall time.Time) error {
	_, err := may(ctx, c, perm, o, now, wall, unasked)
	return err
}

// unasked: the account's restrictions were not read.
const unasked = -1

// may is [May] that also returns how many restrictions of the account are due. If
// it is known that no row restricts the account, these aren't read.
func may(ctx context.Context, c *db.Client, perm authz.Permission, o authz.Object, now, wall time.Time, known int) (int, error) {
	p := authz.From(ctx)
	if !p.Allows(perm, o, now) {
		return unasked, authz.Forbid(p, perm)
	}
	if p.Kind == authz.System {
		return unasked, nil
	}
	if err := fresh(p, perm, wall); err != nil {
		return unasked, err
	}
	if p.Operator.Has(perm) {
		return unasked, impartial(ctx, c, p, perm, o)
	}
	if err := stepUp(p, perm, o, now, wall); err != nil {
		return unasked, err
	}
	if known == 0 {
		return 0, nil
	}
	return denied(ctx, c, perm, o, now)
}

// Denied returns the refusal that standing alone gives on an object, for any
// principal: for example whether a service may run.
func Denied(ctx context.Context, c *db.Client, perm authz.Permission, o authz.Object, now time.Time) error {
	_, err := denied(ctx, c, perm, o, now)
	return err
}

func denied(ctx context.Context, c *db.Client, perm authz.Permission, o authz.Object, now time.Time) (int, error) {
	due, err := standing.Due(ctx, c.Restriction, o.AccountID, now)
	if err != nil {
		return unasked, err
	}
	if r, denied := standing.Denial(due, perm, o); denied {
		if r, err = standing.Situated(ctx, c, o.AccountID, r.With("accountId", o.AccountID)); err != nil {
			return unasked, err
		}
		return len(due), r
	}
	return len(due), nil
}

// fresh refuses a permission for which policy.csv requires a fresh second
// factor, to a person who has a factor and whose session didn't pass it lately, and one
// for which it requires a factor, to a person who has none.
func fresh(p *authz.Principal, perm authz.Permission, wall time.Time) error {
	if ref, lacks := p.LacksFactor(perm); lacks {
		return authz.SecondFactorRequired.By(ref)
	}
	if ref, needed := p.StepUp(perm, wall); needed {
		return StepUpRequired.By(ref)
	}
	return nil
}

// stepUp refuses if every grant that gives the permission requires a fresh
// second factor and there is none.
func stepUp(p *authz.Principal, perm authz.Permission, o authz.Object, now, wall time.Time) error {
	if len(p.Usable(perm, o, now, wall)) > 0 {
		return nil
	}
	return StepUpRequired
}

// Locate finds the object of a permission by an id: an account, or a row that
// belongs to one. What the principal can't reach is NOT_FOUND, like what
// doesn't exist.
func Locate(ctx context.Context, c *db.Client, id string) (authz.Object, error) {
	_, o, err := Find(ctx, c, id)
	return o, err
}

// Find is [Locate] that also returns the row.
func Find(ctx context.Context, c *db.Client, id string) (db.Node, authz.Object, error) {
	typ := ent.TypeOf(id)
	if typ == "Account" && !authz.From(ctx).Reaches(id) || typ != "Account" && typ != "Role" && !db.Tenanted[typ] {
		return nil, authz.Object{}, clause.NotFound
	}
	n, err := ent.Load(ctx, c, typ, id)
	if err != nil {
		return nil, authz.Object{}, err
	}
	if r, ok := n[id].(*db.Role); ok && !authz.From(ctx).Reaches(r.AccountID) { // tenancy doesn't filter roles: every account has the built-in ones
		n[id] = nil
	}
	if n[id] == nil {
		return nil, authz.Object{}, clause.NotFound
	}
	return n[id], ObjectOf(n[id]), nil
}

// ObjectOf returns the object that a permission on a row is asked on.
func ObjectOf(n db.Node) authz.Object {
	switch row := n.(type) {
	case *db.Account:
		return authz.On(row.ID)
	case *db.Application:
		return authz.Object{AccountID: row.AccountID, ApplicationID: row.ID}
	case *db.Service:
		return authz.Object{AccountID: row.AccountID, ApplicationID: row.ApplicationID, ServiceID: row.ID, Class: string(row.Class)}
	case *db.Order:
		return authz.Object{AccountID: row.AccountID, ApplicationID: row.ApplicationID, ServiceID: row.ServiceID}
	case *db.Approval:
		return authz.Object{AccountID: row.AccountID, ApplicationID: text.Value(row.ApplicationID)}
	case *db.Role: // a custom one; a built-in one belongs to no account
		return authz.On(row.AccountID)
	case db.Tenant:
		return authz.On(row.TenantID())
	}
	return authz.Object{}
}
