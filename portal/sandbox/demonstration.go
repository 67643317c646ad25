package sandbox

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gocloud.dev/blob"

	"portico/authz"
	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	dbaccount "portico/ent/db/account"
	"portico/ent/db/auditevent"
	"portico/ent/db/plan"
	"portico/portal/access/identity"
	agreementdemo "portico/portal/customer/agreement/demo"
	"portico/portal/finance/invoice"
	"portico/portal/finance/payment"
	"portico/portal/kernel/job"
	catalogdemo "portico/portal/offer/catalog/demo"
)

// Demonstration creates the demonstration data: what the demonstration customer
// and the provider did in the last three months. The demonstration's people
// create it with the commands that the API runs, while the portal's clock moves
// from three months ago to wall time and due jobs run on the way.
//
// While the data is created, the clock is behind wall time, and the database
// stores that. So a start that was interrupted is continued by the next one,
// and a sandbox that was used before stays as it is.
type Demonstration struct {
	Store    *ent.Store
	Clock    *Clock
	Jobs     []job.Job
	Channels payment.Channels
	Printer  *invoice.Printer
	Files    *blob.Bucket
}

// demoDays is the number of days ago on which the demonstration data begins.
const demoDays = 92

// staffLogins returns the logins of the employees whom the customer invites.
func staffLogins() []Login {
	return []Login{
		{Name: "Operations of the customer", Person: "赵明", Phone: "+8613500135000"},
		{Name: "Developer of the customer", Person: "刘子墨", Phone: "+8613400134000"},
	}
}

// Seed runs the package's [Seed] and creates the demonstration data, on an
// unused database or where it was begun before. It can be called at every
// start, also by several replicas at once.
func (d Demonstration) Seed(ctx context.Context, file string) (*Logins, error) {
	if err := d.Clock.Load(ctx, d.Store); err != nil { // another replica may have moved it forward
		return nil, err
	}
	return alone(ctx, d.Store, file, func(ctx context.Context) (*Logins, error) { return d.seed(ctx, file) })
}

func (d Demonstration) seed(ctx context.Context, file string) (*Logins, error) {
	if err := d.begin(ctx); err != nil {
		return nil, fmt.Errorf("sandbox: demonstration data: %w", err)
	}
	if !d.Clock.Behind() {
		return seed(ctx, d.Store, file, nil)
	}
	logins, err := seed(ctx, d.Store, file, staffLogins())
	if err != nil {
		return nil, err
	}
	if err := d.fill(ctx, logins, file); err != nil {
		return nil, fmt.Errorf("sandbox: demonstration data: %w", err)
	}
	return logins, nil
}

// begin sets the clock back if the database is unused. If the machine's clock
// is before the demonstration's documents and prices take effect, there is
// nothing to demonstrate.
func (d Demonstration) begin(ctx context.Context) error {
	start := calendar.Shanghai().StartOfDay(d.Store.Wall().AddDate(0, 0, -demoDays)).Add(9 * time.Hour)
	if start.Before(holdsFrom()) {
		return nil
	}
	err := d.Store.Write(ctx, func(tx *ent.Tx) error {
		for _, used := range []func(context.Context) (bool, error){
			tx.SandboxClock.Query().Exist, tx.Terms.Query().Exist, tx.Product.Query().Exist, tx.Account.Query().Exist} {
			if there, err := used(tx); err != nil || there {
				return err
			}
		}
		err := tx.SandboxClock.Create().SetID(clockID).SetOffsetMicros(start.Sub(tx.Wall).Microseconds()).Exec(tx)
		if ent.IsDuplicate(err) {
			return ent.ErrStale
		}
		return err
	})
	if err != nil {
		return err
	}
	return d.Clock.Load(ctx, d.Store)
}

// holdsFrom returns the time from which all documents and prices of the
// demonstration are in force.
func holdsFrom() (at time.Time) {
	for _, document := range agreementdemo.Documents() {
		at = latest(at, document.EffectiveAt)
	}
	for _, product := range catalogdemo.Catalogue().Products {
		for _, plan := range product.Plans {
			for _, price := range plan.Prices {
				at = latest(at, price.EffectiveFrom)
			}
		}
	}
	return at
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// fill lets one replica create what is missing, while the others wait for it.
// The lease is held in the name of the data folder, so that a new start takes
// over from the previous one at once.
func (d Demonstration) fill(ctx context.Context, logins *Logins, file string) error {
	runner := job.Runner{Store: d.Store, Holder: "seed_" + ent.Hash(file)[:32]}
	work := job.Job{Name: "sandbox.demonstration", OnWall: true,
		Next: func(_ context.Context, s *ent.Store) (time.Time, bool, error) { return s.Wall(), true, nil },
		Run: func(ctx context.Context, _ *ent.Store) (int, error) {
			r := &run{Demonstration: d, runner: runner, logins: logins, tokens: map[string]string{}}
			return 1, r.all(ctx)
		}}
	for d.Clock.Behind() {
		done, err := runner.Once(ctx, work)
		if err == nil && done == 0 {
			err = job.Pause(ctx)
		}
		if err == nil {
			err = d.Clock.Load(ctx, d.Store)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// run is the creation of the demonstration data by one start.
type run struct {
	Demonstration
	runner job.Runner
	logins *Logins
	// tokens holds the sessions of those who have acted, by name.
	tokens map[string]string
	// account is the customer's account, plans holds the catalogue's ids by
	// code.
	account *db.Account
	plans   map[string]string
}

// event is something that happens on a day of the demonstration, at a time in
// the agreement's zone.
type event struct {
	day  int
	time time.Duration
	do   func(ctx context.Context) error
}

// all passes the three months and ends at wall time.
func (r *run) all(ctx context.Context) (err error) {
	if r.account, err = r.Store.Read().Account.Query().Where(dbaccount.Name(demoCompany)).Only(ctx); err != nil {
		return err
	}
	plans, err := r.Store.Read().Plan.Query().Where(plan.WithdrawnAtIsNil()).All(ctx)
	if err != nil {
		return err
	}
	r.plans = map[string]string{}
	for _, p := range plans {
		r.plans[p.Code] = p.ID
	}
	zone := calendar.Shanghai()
	first := zone.Day(r.account.CreatedAt)
	for _, e := range r.events(first) {
		if err := r.until(ctx, zone.Start(first.AddDays(e.day)).Add(e.time)); err != nil {
			return err
		}
		if err := e.do(ctx); err != nil {
			return fmt.Errorf("day %d, %s: %w", e.day, e.time, err)
		}
	}
	for who := range r.tokens {
		if err := r.leave(ctx, who); err != nil {
			return err
		}
	}
	if err := r.until(ctx, r.Store.Wall()); err != nil {
		return err
	}
	return r.Clock.put(ctx, r.Store, 0)
}

// until moves the clock to an instant, but not beyond wall time, which matters
// after an interrupted start.
func (r *run) until(ctx context.Context, at time.Time) error {
	if wall := r.Store.Wall(); at.After(wall) {
		at = wall
	}
	p := passage{runner: r.runner, clock: r.Clock, jobs: r.Jobs, to: at}
	err := p.pass(ctx)
	if err == nil && p.failed > 0 {
		err = errors.New("a job failed")
	}
	return err
}

// once runs a command as somebody, unless the audit shows by the correlation id
// that it was done already.
func (r *run) once(ctx context.Context, who, name string, command func(ctx context.Context) error) error {
	_, done, err := r.found(ctx, name, auditevent.ResultDONE)
	if err != nil || done {
		return err
	}
	ctx, err = r.as(ctx, who, name)
	if err == nil {
		err = command(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// refused is like once, for a command that is refused.
func (r *run) refused(ctx context.Context, who, name string, want clause.Refusal, command func(ctx context.Context) error) error {
	_, done, err := r.found(ctx, name, auditevent.ResultREFUSED)
	if err != nil || done {
		return err
	}
	if ctx, err = r.as(ctx, who, name); err != nil {
		return err
	}
	var got clause.Refusal
	if err := command(ctx); !errors.As(err, &got) || got.Code != want.Code {
		return fmt.Errorf("%s: want %s: %w", name, want.Code, err)
	}
	return nil
}

// object returns the id of the object of a command.
func (r *run) object(ctx context.Context, name string) (string, error) {
	id, done, err := r.found(ctx, name, auditevent.ResultDONE)
	if err == nil && !done {
		err = fmt.Errorf("%s isn't done", name)
	}
	return id, err
}

func correlation(name string) string { return "demonstration." + name }

func (r *run) found(ctx context.Context, name string, result auditevent.Result) (object string, found bool, err error) {
	e, err := r.Store.Read().AuditEvent.Query().
		Where(auditevent.CorrelationID(correlation(name)), auditevent.ResultEQ(result)).First(ctx)
	if db.IsNotFound(err) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	return e.ObjectID, true, nil
}

// as returns a context in which somebody acts: a login, given by the first word
// of its name, the data plane, or a visitor.
func (r *run) as(ctx context.Context, who, name string) (context.Context, error) {
	visitor := authz.Nobody(demoAddress, demoAgent)
	visitor.Correlation = correlation(name)
	if who == visiting {
		return authz.With(ctx, visitor), nil
	}
	token, err := r.token(authz.With(ctx, visitor), who)
	if err != nil {
		return nil, err
	}
	p, err := identity.Authenticate(ctx, r.Store, token, demoAddress, demoAgent, visitor.Correlation)
	if err == nil && p == nil {
		err = fmt.Errorf("%s has no session", who)
	}
	return authz.With(ctx, p), err
}
