package order

import (
	"context"
	"slices"

	"portico/ent/db"
	"portico/ent/db/application"
	"portico/ent/db/plan"
	"portico/portal/offer/catalog"
)

// checkRegion holds for whom a plan is: where a product's plans differ by region, a
// foreign entity or an application placed overseas orders the overseas ones
// (2.4); that everyone else orders the others is a rule of the catalogue (2.1).
// Products whose plans don't differ aren't touched.
func (d *decision) checkRegion(ctx context.Context) error {
	if d.plan.Region == plan.RegionANY {
		return nil
	}
	refusal, needed := MainlandPlanRequired, plan.RegionMAINLAND
	if d.outside() {
		refusal, needed = OverseasPlanRequired, plan.RegionOVERSEAS
	}
	if d.plan.Region == needed {
		return nil
	}
	other, err := d.client.Plan.Query().Where(plan.ProductID(d.plan.ProductID), plan.RegionIn(needed, plan.RegionANY),
		plan.ChargingEQ(d.plan.Charging), plan.Free(d.plan.Free), plan.WithdrawnAtIsNil()).
		Order(db.Asc(plan.FieldRank, plan.FieldID)).First(ctx)
	if db.IsNotFound(err) {
		other, err = d.client.Plan.Query().Where(plan.ProductID(d.plan.ProductID), plan.RegionIn(needed, plan.RegionANY), plan.WithdrawnAtIsNil()).
			Order(db.Asc(plan.FieldRank, plan.FieldID)).First(ctx)
	}
	if err != nil && !db.IsNotFound(err) {
		return err
	}
	if other != nil {
		refusal = refusal.With("otherPlanId", other.ID)
	}
	d.refuse(refusal.At("planId"))
	return nil
}

// outside reports whether the application is placed overseas, or the entity
// that holds the account is foreign, which means that the product's catalogue
// doesn't list its country as domestic. If no entity holds the account yet, 5.2
// refuses the order before.
func (d *decision) outside() bool {
	domestic := d.basis.Domestic
	if len(domestic) == 0 {
		domestic = catalog.Domestic
	}
	return d.application.Region == application.RegionOVERSEAS || d.basis.Country != "" && !slices.Contains(domestic, d.basis.Country)
}
