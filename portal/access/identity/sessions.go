package identity

import (
	"context"
	"fmt"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/predicate"
	"portico/ent/db/session"
	"portico/ent/statement"
	"portico/portal/kernel/command"
)

// LiveSessions returns the condition that a session of a person can still be
// used at an instant of wall time.
func LiveSessions(personID string, wall time.Time, l Limits) predicate.Session {
	return session.And(session.PersonID(personID), session.RevokedAtIsNil(), session.CreatedAtGT(wall.Add(-l.Lifetime)),
		usedAfter(wall.Add(-l.Idle)))
}

// usedAfter returns the condition that a session was refreshed, or begun, after an
// instant.
func usedAfter(since time.Time) predicate.Session {
	return session.Or(session.LastUsedAtGT(since), session.And(session.LastUsedAtIsNil(), session.CreatedAtGT(since)))
}

// LastUsed returns when a session's tokens were last issued or refreshed, in
// wall time: within the lifetime of an access token of its last use.
func LastUsed(row *db.Session) time.Time {
	if row.LastUsedAt != nil {
		return *row.LastUsedAt
	}
	return row.CreatedAt
}

// lifetime returns how long a session lasts at most, by the agreement (1.4).
func lifetime() time.Duration { return clause.Standard(clause.SessionLifetime).Duration() }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// mostKept is how many sessions can be kept beside the present one.
const mostKept = 20

// RevokeOtherSessions ends every session of the signed-in person but the present
// one, and those that are to be kept (1.4). Ids of sessions that aren't the
// person's keep nothing. The refusal is INVALID_INPUT.
func RevokeOtherSessions(ctx context.Context, s *ent.Store, in RevokeOtherSessionsInput) (*RevokeOtherSessionsPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "revokeOtherSessions", SignedIn: true, Input: in}, func(tx *command.Tx) (*RevokeOtherSessionsPayload, error) {
		p := tx.Principal()
		switch {
		case p.Kind != authz.Person:
			return nil, clause.OnlySelf
		case len(in.KeepSessionIDs) > mostKept:
			return nil, clause.InvalidField("keepSessionIds", fmt.Sprintf("最多 %d 个会话。", mostKept), fmt.Sprintf("must have at most %d sessions.", mostKept))
		}
		kept := []string{p.SessionID}
		for _, id := range in.KeepSessionIDs {
			if ent.TypeOf(id) == "Session" {
				kept = append(kept, id)
			}
		}
		limits, err := limited(statement.SessionLimits(tx, tx, p.ID))
		if err != nil {
			return nil, err
		}
		n, err := tx.Session.Update().Where(LiveSessions(p.ID, tx.Wall, limits), session.IDNotIn(kept...)).
			SetRevokedAt(tx.Wall).SetRevokedReason("REVOKED").Save(tx)
		tx.AuditObject("", p.ID)
		tx.AuditDetail("revoked", n)
		return &RevokeOtherSessionsPayload{RevokedCount: &n}, err
	})
}

// RevokeSession ends one session of the signed-in person, which may be the
// present one. Ending a session that has ended is not refused. The refusal is
// NOT_FOUND, for a session that isn't the person's.
func RevokeSession(ctx context.Context, s *ent.Store, in RevokeSessionInput) (*RevokeSessionPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "revokeSession", SignedIn: true, Input: in}, func(tx *command.Tx) (*RevokeSessionPayload, error) {
		p := tx.Principal()
		if p.Kind != authz.Person {
			return nil, clause.OnlySelf
		}
		found := false
		if ent.TypeOf(in.SessionID) == "Session" {
			var err error
			if found, err = tx.Session.Query().Where(session.ID(in.SessionID), session.PersonID(p.ID)).Exist(tx); err != nil {
				return nil, err
			}
		}
		if !found {
			return nil, clause.NotFound.At("sessionId")
		}
		tx.AuditObject("", in.SessionID)
		return &RevokeSessionPayload{RevokedSessionID: &in.SessionID}, revoke(tx.Tx, "REVOKED", session.ID(in.SessionID))
	})
}
