package identity

import (
	"context"
	"fmt"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/sessionpolicy"
	"portico/ent/statement"
	"portico/portal/kernel/command"
)

// The bounds of an account's limits, in minutes. An idle time shorter than an
// access token's lifetime could not be told from use.
const (
	leastLifetime = 60
	leastIdle     = int(AccessLifetime / time.Minute)
	mostMinutes   = int(RefreshLifetime / time.Minute)
)

// Limits are how long the sessions of a person last: in all, and without a
// refresh.
type Limits struct{ Lifetime, Idle time.Duration }

// LimitsOf returns the limits of a person's sessions: the agreement's, or the
// shortest of the accounts that the person works on (1.4). For the person itself.
func LimitsOf(ctx context.Context, s *ent.Store, personID string) (Limits, error) {
	return limited(statement.SessionLimits(ctx, s.Read(), personID))
}

func limited(whole, idle time.Duration, err error) (Limits, error) {
	l := Limits{Lifetime: lifetime(), Idle: RefreshLifetime}
	if whole > 0 {
		l.Lifetime = min(l.Lifetime, whole)
	}
	if idle > 0 {
		l.Idle = min(l.Idle, idle)
	}
	return l, err
}

// over returns when a session ends even if its tokens are refreshed. Wall time.
func (l Limits) over(row *db.Session) time.Time { return row.CreatedAt.Add(l.Lifetime) }

// Ends returns when a session ends unless its tokens are refreshed, at the latest
// at the end of its lifetime. Wall time.
func (l Limits) Ends(row *db.Session) time.Time {
	return earlier(LastUsed(row).Add(l.Idle), l.over(row))
}

// SessionPolicy is what an account sets for the sessions of its employees, in
// minutes.
type SessionPolicy struct {
	LifetimeMinutes, IdleMinutes int
	// SetAt is when it was last set; nil for the agreement's limits.
	SetAt *time.Time
}

// PolicyOf returns the policy of a row; that of the agreement if there is none.
func PolicyOf(row *db.SessionPolicy) *SessionPolicy {
	p := &SessionPolicy{LifetimeMinutes: int(lifetime() / time.Minute), IdleMinutes: mostMinutes}
	if row == nil {
		return p
	}
	p.SetAt = &row.SetAt
	if row.LifetimeMinutes != nil {
		p.LifetimeMinutes = min(p.LifetimeMinutes, int(*row.LifetimeMinutes))
	}
	if row.IdleMinutes != nil {
		p.IdleMinutes = min(p.IdleMinutes, int(*row.IdleMinutes))
	}
	return p
}

// SetSessionPolicy limits the sessions of an account's employees more than the
// agreement does, at once: a session that is over by the new limits opens nothing
// any more (1.4). A person in several accounts has the shortest limits. For
// employees with employee:update. The refusal is INVALID_INPUT.
func SetSessionPolicy(ctx context.Context, s *ent.Store, in SetSessionPolicyInput) (*SetSessionPolicyPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "setSessionPolicy", Permission: authz.EmployeeUpdate,
		Object: in.AccountID, Field: "accountId", Input: in}, func(tx *command.Tx) (*SetSessionPolicyPayload, error) {
		var check clause.Check
		check.Add(minutes("lifetimeMinutes", in.LifetimeMinutes, leastLifetime))
		check.Add(minutes("idleMinutes", in.IdleMinutes, leastIdle))
		if err := check.Err(); err != nil {
			return nil, err
		}
		row, err := policyRow(tx.Tx, in.AccountID)
		if err != nil {
			return nil, err
		}
		tx.AuditDetail("sessionPolicy", map[string]any{
			"before": map[string]any{"lifetimeMinutes": row.LifetimeMinutes, "idleMinutes": row.IdleMinutes},
			"after":  map[string]any{"lifetimeMinutes": in.LifetimeMinutes, "idleMinutes": in.IdleMinutes}})
		update := tx.SessionPolicy.Update().Where(sessionpolicy.ID(row.ID), sessionpolicy.Version(row.Version)).
			AddVersion(1).SetSetAt(tx.Now).ClearLifetimeMinutes().ClearIdleMinutes()
		if in.LifetimeMinutes != nil {
			update.SetLifetimeMinutes(int64(*in.LifetimeMinutes))
		}
		if in.IdleMinutes != nil {
			update.SetIdleMinutes(int64(*in.IdleMinutes))
		}
		n, err := update.Save(tx)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, ent.ErrStale
		}
		return &SetSessionPolicyPayload{Account: tx.Found().(*db.Account)}, nil
	})
}

// policyRow returns an account's row, and creates it first if there is none.
func policyRow(tx *ent.Tx, accountID string) (*db.SessionPolicy, error) {
	row, err := tx.SessionPolicy.Query().Where(sessionpolicy.PolicyKey(accountID)).Only(tx)
	if !db.IsNotFound(err) {
		return row, err
	}
	row, err = tx.SessionPolicy.Create().SetAccountID(accountID).SetPolicyKey(accountID).SetSetAt(tx.Now).Save(tx)
	if ent.IsDuplicate(err) { // a concurrent command created it
		err = ent.ErrStale
	}
	return row, err
}

// minutes refuses a limit that is out of bounds: INVALID_INPUT.
func minutes(field string, n *int, least int) error {
	if n == nil || *n >= least && *n <= mostMinutes {
		return nil
	}
	return clause.InvalidField(field, fmt.Sprintf("须为 %d 至 %d 分钟。", least, mostMinutes), fmt.Sprintf("must be %d to %d minutes.", least, mostMinutes))
}
