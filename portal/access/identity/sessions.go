package identity

import (
	"context"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/predicate"
	"portico/ent/db/session"
	"portico/portal/kernel/command"
)

// LiveSessions returns the condition that a session of a person can still be
// used at an instant of wall time.
func LiveSessions(personID string, wall time.Time) predicate.Session {
	since := wall.Add(-RefreshLifetime)
	return session.And(session.PersonID(personID), session.RevokedAtIsNil(), session.CreatedAtGT(wall.Add(-lifetime())),
		session.Or(session.LastUsedAtGT(since), session.And(session.LastUsedAtIsNil(), session.CreatedAtGT(since))))
}

// LastUsed returns when a session's tokens were last issued or refreshed, in
// wall time: within the lifetime of an access token of its last use.
func LastUsed(row *db.Session) time.Time {
	if row.LastUsedAt != nil {
		return *row.LastUsedAt
	}
	return row.CreatedAt
}

// SessionEnds returns when a session ends unless its tokens are refreshed, at
// the latest at the end of its lifetime. Wall time.
func SessionEnds(row *db.Session) time.Time {
	return earlier(LastUsed(row).Add(RefreshLifetime), over(row))
}

// over returns when a session ends even if its tokens are refreshed (1.4). Wall
// time.
func over(row *db.Session) time.Time { return row.CreatedAt.Add(lifetime()) }

func lifetime() time.Duration { return clause.Standard(clause.SessionLifetime).Duration() }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
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
