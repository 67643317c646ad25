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

// LiveSessions are the sessions of a person that could still be used at an
// instant of wall time.
func LiveSessions(personID string, wall time.Time) predicate.Session {
	since := wall.Add(-RefreshLifetime)
	return session.And(session.PersonID(personID), session.RevokedAtIsNil(), session.CreatedAtGT(wall.Add(-lifetime())),
		session.Or(session.LastUsedAtGT(since), session.And(session.LastUsedAtIsNil(), session.CreatedAtGT(since))))
}

// LastUsed is when a session's tokens were made or renewed for the last time:
// within the lifetime of an access token of its last use. Wall time.
func LastUsed(row *db.Session) time.Time {
	if row.LastUsedAt != nil {
		return *row.LastUsedAt
	}
	return row.CreatedAt
}

// SessionEnds is when a session ends by itself unless its tokens are renewed
// before; at the latest when it is over. Wall time.
func SessionEnds(row *db.Session) time.Time {
	return earlier(LastUsed(row).Add(RefreshLifetime), over(row))
}

// over is when a session ends however often its tokens are renewed (1.4). Wall
// time.
func over(row *db.Session) time.Time { return row.CreatedAt.Add(lifetime()) }

func lifetime() time.Duration { return clause.Standard(clause.SessionLifetime).Duration() }

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// RevokeSession ends one session of the person that is signed in, its present
// one too. Ending one that has ended is no refusal. The refusal is NOT_FOUND,
// for what isn't a session of the person.
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
