package order

import (
	"context"
	"time"

	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/application"
	"portico/ent/db/plan"
)

// mainland is the country code of mainland China; Hong Kong, Macao and Taiwan
// have their own and count as outside (2.4).
const mainland = "CN"

// region holds for whom a plan is: where a product's plans differ by region,
// an entity outside mainland China or an application placed overseas orders
// the overseas ones, everyone else the others (2.4). Products whose plans don't
// differ aren't touched.
func (d *decision) region(ctx context.Context, c *db.Client, _ time.Time) error {
	if d.plan == nil || d.application == nil || d.plan.Region == plan.RegionANY {
		return nil
	}
	outside, err := d.outside(ctx, c)
	if err != nil {
		return err
	}
	refusal, needed := MainlandPlanRequired, plan.RegionMAINLAND
	if outside {
		refusal, needed = OverseasPlanRequired, plan.RegionOVERSEAS
	}
	if d.plan.Region == needed {
		return nil
	}
	other, err := c.Plan.Query().Where(plan.ProductID(d.plan.ProductID), plan.RegionIn(needed, plan.RegionANY),
		plan.ChargingEQ(d.plan.Charging), plan.Free(d.plan.Free), plan.WithdrawnAtIsNil()).
		Order(db.Asc(plan.FieldRank, plan.FieldID)).First(ctx)
	if db.IsNotFound(err) {
		other, err = c.Plan.Query().Where(plan.ProductID(d.plan.ProductID), plan.RegionIn(needed, plan.RegionANY), plan.WithdrawnAtIsNil()).
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

func (d *decision) outside(ctx context.Context, c *db.Client) (bool, error) {
	if d.application.Region == application.RegionOVERSEAS {
		return true, nil
	}
	entity, err := c.LegalEntity.Query().Where(ent.Holds(ctx, d.accountID)).Only(ctx)
	if db.IsNotFound(err) { // not approved yet: 5.2 refuses before
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return entity.Country != mainland, nil
}
