package proof_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"portico/authz"
	"portico/ent"
	"portico/ent/db/employee"
	"portico/portal/access/staff"
	"portico/portaltest"
)

// single makes a person an employee with a custom role that has one permission.
func (x *side) single(p authz.Permission) *portaltest.Actor {
	x.T.Helper()
	a := x.Person(fmt.Sprint("Only ", p), func(tx *ent.Tx, personID string) error {
		role, err := tx.Role.Create().SetAccountID(x.account).SetCode(fmt.Sprint("only-", p)).SetName(p.String()).SetBuiltIn(false).SetPermissions([]string{p.String()}).Save(tx)
		if err != nil {
			return err
		}
		e, err := tx.Employee.Create().SetAccountID(x.account).SetPersonID(personID).SetStatus(employee.StatusACTIVE).
			SetJoinedAt(tx.Now).SetActiveKey(x.account + "|" + personID).Save(tx)
		if err != nil {
			return err
		}
		return tx.Grant.Create().SetAccountID(x.account).SetEmployeeID(e.ID).SetRoleID(role.ID).SetGrantedAt(tx.Now).Exec(tx)
	})
	a.AccountID = x.account
	return a
}

// figures returns what the owner of an account can read and not every reader
// may: by its name, the text that would reveal it.
func (s *stage) figures(t *testing.T) map[string]string {
	t.Helper()
	d := s.Must(s.a.owner, `query($id: ID!) { account(id: $id) { name invoiceable { amount } balance { available { amount } } } }`, input{"id": s.a.account})
	available := portaltest.String(d, "account", "balance", "available", "amount")
	return map[string]string{
		"the balance":            available,
		"what is invoiceable":    portaltest.String(d, "account", "invoiceable", "amount"),
		"the legal entity":       portaltest.String(d, "account", "name"),
		"a colleague's name":     "Zyxwvut Colleague",
		"what the balance lacks": lacks(t, "54000.00", available),
	}
}

// refusing are queries that list refusals; their answers aren't counted as
// readable.
var refusing = []string{"orderPreview", "entitlement"}

// readable returns everything that an actor can read by query.
func (s *stage) readable(by *portaltest.Actor) string {
	var b strings.Builder
	for _, f := range fields(published().Query) {
		if !slices.Contains(refusing, f.Name) {
			args := operations[f.Name].args(s, s.a, by)
			b.Write(s.Send(by, document(f.Name, args, shape{first: 20, depth: 2}), args).Raw)
		}
	}
	return b.String()
}

// leaks searches refusals for figures that their reader can't query.
type leaks struct {
	*stage
	t             *testing.T
	tried, hidden int
}

func TestNoRefusalRevealsWhatItsReaderMayNotRead(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		s := newStage(w)
		w.TopUp(s.a.owner, "8579.24")
		s.a.furnish()
		s.b.furnish()
		s.a.Person("Zyxwvut Colleague", func(tx *ent.Tx, id string) error { return hire(tx, s.a.account, id, "developer") })
		readers := map[string]*portaltest.Actor{}
		for _, role := range staff.RoleCodes() {
			readers[role] = s.a.employ(role)
		}
		for _, p := range authz.Law().Role(staff.Owner).List() {
			readers["only "+p.String()] = s.a.single(p)
		}
		l := &leaks{stage: s, t: t}
		for _, role := range slices.Sorted(maps.Keys(readers)) {
			l.search(role, readers[role])
		}
		if l.tried < 400 || l.hidden == 0 {
			t.Errorf("%d answers were looked at, and a shortfall was hidden in %d", l.tried, l.hidden)
		}
	})
}

// search sends every operation that a reader may send, with wrong and with
// valid inputs.
func (l *leaks) search(role string, by *portaltest.Actor) {
	figures, readable := l.figures(l.t), l.readable(by)
	for what, text := range figures {
		source := text
		if what == "what the balance lacks" {
			source = figures["the balance"]
		}
		if strings.Contains(readable, source) {
			delete(figures, what)
		}
	}
	for _, name := range ordered() {
		p, _ := authz.ParsePermission(permission(fieldOf(name).Directives.ForName("can"), "do"))
		if p == authz.None && !slices.Contains(refusing, name) || p != authz.None && !l.holds(by, p) {
			continue
		}
		for _, c := range slices.Concat(wrongs, invoiceWrongs) {
			if c.operation != name || c.on != nil {
				continue
			}
			args := operations[name].args(l.stage, l.a, by)
			in, ok := args["input"].(input)
			if !ok {
				in = args
			}
			c.spoil(l.stage, in)
			l.look(name, c.station, role, by, args, figures)
		}
		args := operations[name].args(l.stage, l.a, by)
		if in, ok := args["input"].(input); ok && (name == "orderPreview" || name == "placeOrder") {
			flagship(36, "54000.00")(l.stage, in)
			if name == "orderPreview" {
				delete(in, "expectedTotal")
			}
		}
		l.look(name, "as it is tried", role, by, args, figures)
	}
}

// look sends an operation and searches the answer for the figures.
func (l *leaks) look(name, how, role string, by *portaltest.Actor, args map[string]any, figures map[string]string) {
	r := l.Send(by, document(name, args, shape{first: 1, depth: 1, remedies: true}), args)
	l.tried++
	refusals := refusalsIn(r)
	for what, text := range figures {
		if len(refusals) > 0 && strings.Contains(string(r.Raw), text) {
			l.t.Errorf("%s, %s: %s gets %s, which it can't read: %s", name, how, role, what, r.Raw)
		}
	}
	for _, one := range refusals {
		if strings.Contains(one.words, "{") {
			l.t.Errorf("%s, %s: %s gets a text with an unfilled parameter: %s", name, how, role, one.words)
		}
		if one.code == "INSUFFICIENT_BALANCE" && figures["the balance"] != "" {
			l.hidden++
		}
	}
	if o := operations[name]; strings.HasPrefix(result(r), "done") && o.done != nil {
		o.done(l.a, by)
	}
}

// lacks returns the difference of two amounts.
func lacks(t *testing.T, needed, available string) string {
	t.Helper()
	n, err := parsed(needed)
	if err == nil {
		var a = n
		if a, err = parsed(available); err == nil {
			return n.Sub(a).String()
		}
	}
	t.Fatal(err)
	return ""
}
