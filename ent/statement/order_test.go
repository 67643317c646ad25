package statement_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/override"
	"portico/ent/db/plan"
	"portico/ent/db/price"
	"portico/ent/db/service"
	"portico/ent/statement"
	"portico/portal/kernel/param"
	"portico/portaltest"
)

// basisByEnt returns the basis as ent's queries find it, with one query for
// each entity.
func basisByEnt(ctx context.Context, c *db.Client, planID, accountID, applicationID string, now time.Time) (*statement.Basis, error) {
	p, err := c.Plan.Get(ctx, planID)
	if err != nil {
		return nil, err
	}
	r, err := c.Product.Get(ctx, p.ProductID)
	if err != nil {
		return nil, err
	}
	n, err := c.Price.Query().Where(price.PlanID(planID)).Count(ctx)
	if err != nil {
		return nil, err
	}
	b := &statement.Basis{Version: p.Version, Prices: int64(n), WithdrawnAt: p.WithdrawnAt, ProviderBody: r.ProviderBody,
		ProviderBodies: r.ProviderBodies, Partner: r.Partner, Provision: r.Provision, Domestic: r.DomesticCountries}
	signed, err := c.Override.Query().Where(override.AccountID(accountID), override.PlanID(planID)).Count(ctx)
	if err != nil {
		return nil, err
	}
	b.Signed = int64(signed)
	v, err := c.Service.Query().Where(service.RunningKey(applicationID + "|" + p.ProductID)).Only(ctx)
	if err == nil {
		b.Running = &statement.Running{ID: v.ID, PlanID: v.PlanID, OpenedAt: v.OpenedAt, ExpiresAt: v.ExpiresAt, AnchorDay: v.AnchorDay}
	} else if !db.IsNotFound(err) {
		return nil, err
	}
	e, err := c.LegalEntity.Query().Where(statement.Holds(ctx, accountID)).Only(ctx)
	if err == nil {
		b.Country = e.Country
	} else if !db.IsNotFound(err) {
		return nil, err
	}
	a, err := param.Of(ctx, c.Override, accountID, now)
	if f := a.Figure(clause.AgreementZone); f.Overridden() {
		b.Zone = f.Value()
	}
	return b, err
}

// agree gives an account several overrides of the zone: one that ended, two in
// force, of which the later applies, and one in the future. It also overrides
// another figure.
func agree(t *testing.T, w *portaltest.World, a *portaltest.Actor) {
	t.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		for _, o := range []struct {
			figure, zone string
			from, until  time.Duration
		}{
			{clause.AgreementZone, "Europe/Paris", -9 * time.Hour, -time.Hour}, {clause.AgreementZone, "Europe/Berlin", -8 * time.Hour, 0},
			{clause.AgreementZone, "Asia/Tokyo", -7 * time.Hour, time.Hour}, {clause.AgreementZone, "Asia/Seoul", time.Hour, 0},
			{clause.DeveloperUsers, "120", -time.Minute, 0},
		} {
			c := tx.Override.Create().SetAccountID(a.AccountID).SetFigure(o.figure).SetValue(o.zone).SetAgreement("A-1").
				SetFromAt(tx.Now.Add(o.from)).SetRecordedBy("oper_1").SetRecordedAt(tx.Now)
			if o.until != 0 {
				c.SetUntilAt(tx.Now.Add(o.until))
			}
			if err := c.Exec(tx); err != nil {
				return err
			}
		}
		flagship, err := tx.Plan.Query().Where(plan.Code("im-flagship")).Only(tx)
		if err != nil {
			return err
		}
		err = tx.Override.Create().SetAccountID(a.AccountID).SetFigure("price.im-flagship.MONTH.1").SetValue("1").SetPlanID(flagship.ID).SetTermUnit("MONTH").
			SetTermCount(1).SetPer("1").SetAgreement("A-1").SetFromAt(tx.Now).SetRecordedBy("oper_1").SetRecordedAt(tx.Now).Exec(tx)
		if err != nil {
			return err
		}
		return tx.Plan.Update().Where(plan.Code("rtc-payg")).SetWithdrawnAt(tx.Now).SetVersion(7).Exec(tx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// run gives an application services of plans: one that was replaced, and one that runs.
func run(t *testing.T, w *portaltest.World, a *portaltest.Actor, applicationID string, plans ...string) {
	t.Helper()
	err := w.Portal.Store.Write(w.System(), func(tx *ent.Tx) error {
		for _, code := range plans {
			p, err := tx.Plan.Query().Where(plan.Code(code)).Only(tx)
			if err != nil {
				return err
			}
			for _, status := range []service.Status{service.StatusREPLACED, service.StatusRUNNING} {
				c := tx.Service.Create().SetAccountID(a.AccountID).SetApplicationID(applicationID).SetProductID(p.ProductID).SetPlanID(p.ID).
					SetOrderID(ent.NewID("ordr")).SetStatus(status).SetCharging(service.Charging(p.Charging)).SetClass(service.Class(p.Class)).
					SetLimits(p.Limits).SetOpenedAt(tx.Now).SetAutoRenew(false)
				if status == service.StatusRUNNING {
					c.SetRunningKey(applicationID + "|" + p.ProductID)
				}
				if p.Charging == plan.ChargingPREPAID {
					c.SetExpiresAt(tx.Now.Add(time.Hour)).SetAnchorDay(31)
				}
				if err := c.Exec(tx); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTheBasisOfAnOrderEqualsEntsAnswer(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b, pending := w.Verified("Ada"), w.Verified("Bea"), w.Owner("Cleo")
		agree(t, w, a)
		runs := map[string]string{a.Name: w.Application(a, "MAINLAND"), b.Name: w.Application(b, "MAINLAND")}
		run(t, w, b, runs[b.Name], "im-flagship", "rtc-payg")
		c, now := w.Portal.Store.Read(), w.Portal.Store.Now()
		plans := map[string]string{}
		for _, p := range c.Plan.Query().AllX(w.System()) {
			plans[p.Code] = p.ID
		}
		for _, at := range []time.Time{now, now.Add(time.Hour), now.Add(-8 * time.Hour), now.Add(-24 * time.Hour)} {
			for _, who := range []*portaltest.Actor{a, b, pending} {
				for _, code := range []string{"im-flagship", "rtc-payg", "sms-partner"} {
					t.Run("2.1, 13.3: "+who.Name+", "+code+", "+at.Format(time.TimeOnly), func(t *testing.T) {
						id := plans[code]
						want, err := basisByEnt(w.As(who), c, id, who.AccountID, runs[who.Name], at)
						if err != nil {
							t.Fatal(err)
						}
						got, err := statement.BasisOf(w.As(who), c, id, who.AccountID, runs[who.Name], at)
						if err != nil {
							t.Fatal(err)
						}
						if d := cmp.Diff(want, got); d != "" {
							t.Error(d)
						}
					})
				}
			}
		}
	})
}

func TestTheBasisOfAnOrderIsOfOnesOwnAccount(t *testing.T) {
	portaltest.Each(t, func(t *testing.T, w *portaltest.World) {
		a, b := w.Verified("Ada"), w.Verified("Bea")
		agree(t, w, a)
		c, now, id := w.Portal.Store.Read(), w.Portal.Store.Now(), w.PlanID("im-flagship")
		app := w.Application(a, "MAINLAND")
		run(t, w, a, app, "im-flagship")
		for name, asked := range map[string]struct {
			ctx   context.Context
			knows bool
		}{
			"1.4: one's own": {w.As(a), true},
			"1.4: the account that a command acts on":      {authz.Narrow(w.As(a), a.AccountID), true},
			"1.4: a foreign account tells nothing":         {w.As(b), false},
			"1.4: nor does one that isn't acted on":        {authz.Narrow(w.System(), b.AccountID), false},
			"1.4: a visitor is told of the catalogue only": {authz.With(t.Context(), authz.Nobody("-", "-")), false},
		} {
			t.Run(name, func(t *testing.T) {
				got, err := statement.BasisOf(asked.ctx, c, id, a.AccountID, app, now)
				if err != nil || (got.Running != nil) != asked.knows || (got.Country != "") != asked.knows || (got.Zone != "") != asked.knows || got.ProviderBody == "" {
					t.Errorf("%+v, %v", got, err)
				}
			})
		}
		t.Run("2.1: of no plan there is none", func(t *testing.T) {
			if got, err := statement.BasisOf(w.As(a), c, "plan_none", a.AccountID, app, now); got != nil || err != nil {
				t.Errorf("%+v, %v", got, err)
			}
		})
	})
}
