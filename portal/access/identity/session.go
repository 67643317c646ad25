package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"portico/authz"
	"portico/calendar"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/predicate"
	"portico/ent/db/session"
	"portico/ent/db/sessiontoken"
	"portico/ent/statement"
	"portico/portal/kernel/command"
)

// The lifetimes of tokens, in wall time.
const (
	AccessLifetime  = 15 * time.Minute
	RefreshLifetime = 30 * 24 * time.Hour
)

// The prefixes of tokens, by which secret scanners recognise them.
const (
	AccessPrefix  = "pa_"
	RefreshPrefix = "pr_"
	KeyPrefix     = "pk_"
)

// NewToken returns an opaque token: 256 random bits after a prefix.
func NewToken(prefix string) string {
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	return prefix + base64.RawURLEncoding.EncodeToString(b)
}

// Begin opens a session of a person in the caller's transaction, without asking
// for a second factor: for a person that has just registered. A registered
// person is let in by [Enter].
func Begin(tx *ent.Tx, personID string) (*Session, error) { return begin(tx, personID, nil) }

// begin opens a session. SecondFactorAt is when the person passed a second
// factor to open it; nil if it passed none. A sign-in from a network or with a kind
// of client that is new is marked, and told (1.4).
func begin(tx *ent.Tx, personID string, secondFactorAt *time.Time) (*Session, error) {
	p := tx.Principal()
	news, err := unfamiliar(tx, personID)
	if err != nil {
		return nil, err
	}
	row, err := tx.Session.Create().SetPersonID(personID).SetCreatedAt(tx.Wall).
		SetAddress(p.Address).SetAgent(p.Agent).SetNillableUnfamiliar(news).SetNillableSecondFactorAt(secondFactorAt).Save(tx)
	if err != nil {
		return nil, err
	}
	if err := recognise(tx, personID); err != nil {
		return nil, err
	}
	if news != nil {
		if err := tellEntry(tx, personID); err != nil {
			return nil, err
		}
	}
	limits, err := limited(statement.SessionLimits(tx, tx, personID))
	if err != nil {
		return nil, err
	}
	s, _, err := issue(tx, row, limits)
	return s, err
}

// issue creates a pair of tokens of a session. Neither expires later than the
// session, nor than it may be idle.
func issue(tx *ent.Tx, of *db.Session, limits Limits) (*Session, string, error) {
	access, refresh := NewToken(AccessPrefix), NewToken(RefreshPrefix)
	expires := earlier(tx.Wall.Add(AccessLifetime), limits.over(of))
	row, err := tx.SessionToken.Create().SetSessionID(of.ID).SetAccessHash(ent.Hash(access)).SetRefreshHash(ent.Hash(refresh)).
		SetIssuedAt(tx.Wall).SetAccessExpiresAt(expires).SetRefreshExpiresAt(earlier(tx.Wall.Add(limits.Idle), limits.over(of))).Save(tx)
	if err != nil {
		return nil, "", err
	}
	return &Session{AccessToken: access, RefreshToken: refresh, ExpiresAt: expires, RefreshExpiresAt: row.RefreshExpiresAt}, row.ID, nil
}

// RefreshSession exchanges a refresh token for the next pair. Sent again within
// 30 seconds it gives another pair, which is valid beside the first, as two
// tabs of a browser need it. Sent later it is reuse: the session ends. At most
// 20 pairs of one session are valid at once; the oldest are retired. Without a
// token in the input it takes the one in the cookie of the browser, and puts the
// next pair into cookies. It is public. Refusals: REFRESH_INVALID,
// REFRESH_REUSED, INVALID_INPUT, and those of [Deliver].
func RefreshSession(ctx context.Context, s *ent.Store, in RefreshSessionInput) (*RefreshSessionPayload, error) {
	if in.RefreshToken == nil {
		return refreshByCookie(ctx, s, in.Delivery)
	}
	return Deliver(ctx, s, in.Delivery, func() (*RefreshSessionPayload, error) { return refresh(ctx, s, *in.RefreshToken) })
}

// refresh is [RefreshSession] for a token, wherever it comes from.
func refresh(ctx context.Context, s *ent.Store, token string) (*RefreshSessionPayload, error) {
	hash := ent.Hash(token)
	// The session of a token never changes. It is read beforehand, so that the
	// transaction begins with the session's row: concurrent requests run one
	// after the other, and each sees what the one before it wrote.
	found, err := s.Read().SessionToken.Query().Where(sessiontoken.RefreshHash(hash)).Only(ctx)
	if err != nil && !db.IsNotFound(err) {
		return nil, err
	}
	limits, err := limitsOfSession(ctx, s, found)
	if err != nil {
		return nil, err
	}
	return command.Do(ctx, s, command.Command{Name: "refreshSession", Secret: true}, func(tx *command.Tx) (*RefreshSessionPayload, error) {
		if found == nil {
			return nil, RefreshInvalid.At("refreshToken")
		}
		live, err := tx.Session.Update().Where(session.ID(found.SessionID), session.RevokedAtIsNil(), usedAfter(tx.Wall.Add(-limits.Idle))).SetLastUsedAt(tx.Wall).Save(tx)
		if err != nil {
			return nil, err
		}
		token, err := tx.SessionToken.Get(tx, found.ID)
		if err != nil {
			return nil, err
		}
		row, err := tx.Session.Get(tx, token.SessionID)
		if err != nil {
			return nil, err
		}
		tx = proved(tx, row.PersonID)
		tx.AuditObject("", row.ID)
		window := clause.Standard(clause.RefreshReuseWindow).Duration()
		switch {
		case live == 0, !tx.Wall.Before(token.RefreshExpiresAt):
			return nil, RefreshInvalid.At("refreshToken")
		case token.RotatedAt != nil && calendar.Left(*token.RotatedAt, window, tx.Wall) == 0:
			return nil, reused(tx.Tx, token.SessionID)
		case !tx.Wall.Before(limits.over(row)):
			return nil, RefreshInvalid.At("refreshToken")
		}
		return rotate(tx.Tx, row, token, limits)
	})
}

// limitsOfSession returns the limits of the session that a token belongs to.
func limitsOfSession(ctx context.Context, s *ent.Store, token *db.SessionToken) (l Limits, err error) {
	if token == nil {
		return l, nil
	}
	row, err := s.Read().Session.Get(ctx, token.SessionID)
	if err != nil {
		return l, err
	}
	return LimitsOf(ctx, s, row.PersonID)
}

// rotate issues the next pair for a token of a session, whose row the
// transaction holds. The window in which the token may be sent again starts at
// its first exchange.
func rotate(tx *ent.Tx, of *db.Session, token *db.SessionToken, limits Limits) (*RefreshSessionPayload, error) {
	if err := retire(tx, token.SessionID); err != nil {
		return nil, err
	}
	next, id, err := issue(tx, of, limits)
	if err != nil {
		return nil, err
	}
	update := tx.SessionToken.Update().Where(sessiontoken.ID(token.ID)).SetSuccessorID(id)
	if token.RotatedAt == nil {
		update.Where(sessiontoken.RotatedAtIsNil()).SetRotatedAt(tx.Wall)
	}
	n, err := update.Save(tx)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, ent.ErrStale
	}
	return &RefreshSessionPayload{Delivered: Delivered{Session: next}}, nil
}

// retire ends the oldest pairs of a session that can still be exchanged, so
// that one more stays within the limit. A holder of a retired pair signs in
// again; the session goes on.
func retire(tx *ent.Tx, sessionID string) error {
	live, err := tx.SessionToken.Query().
		Where(sessiontoken.SessionID(sessionID), sessiontoken.RotatedAtIsNil(), sessiontoken.RefreshExpiresAtGT(tx.Wall)).
		Order(db.Desc(sessiontoken.FieldIssuedAt, sessiontoken.FieldID)).IDs(tx)
	if err != nil {
		return err
	}
	room := clause.Standard(clause.RefreshLivePairs).Int() - 1
	if len(live) <= room {
		return nil
	}
	return tx.SessionToken.Update().Where(sessiontoken.IDIn(live[room:]...)).SetRefreshExpiresAt(tx.Wall).Exec(tx)
}

// reused ends a session whose refresh token was used by two parties.
func reused(tx *ent.Tx, sessionID string) error {
	if err := revoke(tx, "REFRESH_REUSE", session.ID(sessionID)); err != nil {
		return err
	}
	return command.CommitRefusal(RefreshReused.At("refreshToken"))
}

// SignOut ends the session that the request came with, or all of the person's.
// For persons who are signed in.
func SignOut(ctx context.Context, s *ent.Store, in SignOutInput) (*SignOutPayload, error) {
	return command.Do(ctx, s, command.Command{Name: "signOut", SignedIn: true, Input: in}, func(tx *command.Tx) (*SignOutPayload, error) {
		p := tx.Principal()
		tx.AuditObject("", p.SessionID)
		if in.Everywhere != nil && *in.Everywhere {
			return &SignOutPayload{}, RevokeAll(tx.Tx, p.ID, "SIGNED_OUT")
		}
		return &SignOutPayload{}, revoke(tx.Tx, "SIGNED_OUT", session.ID(p.SessionID))
	})
}

// RevokeAll ends every session of a person.
func RevokeAll(tx *ent.Tx, personID, reason string) error {
	return revoke(tx, reason, session.PersonID(personID))
}

func revoke(tx *ent.Tx, reason string, which ...predicate.Session) error {
	return tx.Session.Update().Where(append(which, session.RevokedAtIsNil())...).
		SetRevokedAt(tx.Wall).SetRevokedReason(reason).Exec(tx)
}

// Authenticate returns the principal of an access token, of a service key or of an API
// key; nil if it is unknown, expired or revoked, or if the key doesn't work from the
// address. One indexed read.
func Authenticate(ctx context.Context, s *ent.Store, token, address, agent, correlation string) (*authz.Principal, error) {
	p, err := statement.Principal(authz.With(ctx, authz.Nobody(address, agent)), s, token)
	if p == nil || err != nil || !p.Admits(address) {
		return nil, err
	}
	p.Address, p.Agent, p.Correlation = address, agent, correlation
	return p, nil
}
