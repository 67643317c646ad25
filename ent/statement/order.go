package statement

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent/db"
)

// Basis is the data on which an order is based, in addition to the rows that it
// names: the version of the plan in the catalogue, its provider, and the terms
// of the account.
type Basis struct {
	// Version grows with each change of the plan, and Prices, its number of
	// prices, with each new price. If neither differs between two reads, the
	// plan has not changed (2.1, 3.1).
	Version, Prices int64
	// WithdrawnAt is the time from which the plan can't be ordered any more.
	WithdrawnAt *time.Time
	// ProviderBody, or all of ProviderBodies, and Partner provide the product,
	// in the way that Provision names (2.2).
	ProviderBody       string
	ProviderBodies     []string
	Partner, Provision *string
	// Domestic are the countries whose entities aren't foreign (2.4); nil if
	// the catalogue names none.
	Domestic []string
	// Country is the country of the legal entity that holds the account; "" if
	// there is none yet (1.3).
	Country string
	// Signed is the number of prices of the plan that signed agreements set for
	// the account (13.3).
	Signed int64
	// Zone is the account's own zone by a signed agreement; "" if the standard
	// one applies (13.3).
	Zone string
	// Running is the service of the plan's product that the application runs; nil
	// if there is none (3.7).
	Running *Running
}

// Running is a service that hasn't ended, as far as an order depends on it. Its
// paid term may be over.
type Running struct {
	ID, PlanID string
	OpenedAt   time.Time
	// ExpiresAt is the end of the paid term, AnchorDay the day of the month on which
	// its terms end; nil as in the service.
	ExpiresAt *time.Time
	AnchorDay *int64
}

// basisQuery reads the catalogue, which is public, and, by the account's id,
// data of the account.
const basisQuery = "SELECT p.revision, (SELECT COUNT(*) FROM prices c WHERE c.plan_id = p.id), p.withdrawn_at, r.provider_body, r.provider_bodies, r.partner, r.provision, r.domestic_countries, " +
	"(SELECT e.country FROM holdings h JOIN legal_entities e ON e.id = h.legal_entity_id WHERE h.open_key = ?), " +
	"(SELECT o.value FROM overrides o WHERE o.account_id = ? AND o.figure = ? AND o.from_at <= ? AND (o.until_at IS NULL OR o.until_at > ?) " +
	"ORDER BY o.from_at DESC, o.id DESC LIMIT 1), " +
	"(SELECT COUNT(*) FROM overrides s WHERE s.account_id = ? AND s.plan_id = ?), v.id, v.plan_id, v.opened_at, v.expires_at, v.anchor_day " +
	"FROM plans p JOIN products r ON r.id = p.product_id " +
	"LEFT JOIN services v ON v.account_id = ? AND v.application_id = ? AND v.product_id = p.product_id AND v.status = 'RUNNING' WHERE p.id = ?"

// BasisOf reads the basis of an order for an application of an account in one
// statement. It returns nil if there is no such plan. It returns no data of an
// account that the principal doesn't reach.
func BasisOf(ctx context.Context, c *db.Client, planID, accountID, applicationID string, now time.Time) (*Basis, error) {
	if narrowed, is := authz.Narrowed(ctx); !authz.From(ctx).Reaches(accountID) || is && accountID != narrowed {
		accountID = ""
	}
	rows, err := c.QueryContext(ctx, basisQuery, accountID, accountID, clause.AgreementZone, now, now, accountID, planID, accountID, applicationID, planID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, rows.Err()
	}
	var b Basis
	var withdrawn, opened, expires sql.NullTime
	var bodies, partner, provision, domestic, country, zone, running, plan sql.NullString
	var anchor sql.NullInt64
	if err := rows.Scan(&b.Version, &b.Prices, &withdrawn, &b.ProviderBody, &bodies, &partner, &provision, &domestic, &country, &zone, &b.Signed,
		&running, &plan, &opened, &expires, &anchor); err != nil {
		return nil, err
	}
	if running.Valid {
		b.Running = &Running{ID: running.String, PlanID: plan.String, OpenedAt: opened.Time}
		if expires.Valid {
			b.Running.ExpiresAt = &expires.Time
		}
		if anchor.Valid {
			b.Running.AnchorDay = &anchor.Int64
		}
	}
	b.Country, b.Zone = country.String, zone.String
	if withdrawn.Valid {
		b.WithdrawnAt = &withdrawn.Time
	}
	if partner.Valid {
		b.Partner = &partner.String
	}
	if provision.Valid {
		b.Provision = &provision.String
	}
	for text, list := range map[*sql.NullString]*[]string{&bodies: &b.ProviderBodies, &domestic: &b.Domestic} {
		if text.Valid {
			if err := json.Unmarshal([]byte(text.String), list); err != nil {
				return nil, err
			}
		}
	}
	return &b, rows.Err()
}
