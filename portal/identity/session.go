package identity

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/predicate"
	"portico/ent/db/session"
	"portico/ent/db/sessiontoken"
	"portico/portal/act"
)

// How long tokens serve, in wall time.
const (
	AccessLifetime  = 15 * time.Minute
	RefreshLifetime = 30 * 24 * time.Hour
)

// The prefixes of tokens, by which scanners for leaked secrets know them.
const (
	AccessPrefix  = "pa_"
	RefreshPrefix = "pr_"
	KeyPrefix     = "pk_"
)

// NewToken makes an opaque token: 256 random bits behind a prefix.
func NewToken(prefix string) string {
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	return prefix + base64.RawURLEncoding.EncodeToString(b)
}

// Begin opens a session of a person in the caller's transaction.
func Begin(tx *ent.Tx, personID string) (*Session, error) {
	p := tx.Principal()
	row, err := tx.Session.Create().SetPersonID(personID).SetCreatedAt(tx.Wall).
		SetAddress(p.Address).SetAgent(p.Agent).Save(tx)
	if err != nil {
		return nil, err
	}
	if err := recognise(tx, personID); err != nil {
		return nil, err
	}
	s, _, err := issue(tx, row.ID)
	return s, err
}

func issue(tx *ent.Tx, sessionID string) (*Session, string, error) {
	access, refresh := NewToken(AccessPrefix), NewToken(RefreshPrefix)
	expires := tx.Wall.Add(AccessLifetime)
	row, err := tx.SessionToken.Create().SetSessionID(sessionID).SetAccessHash(ent.Hash(access)).SetRefreshHash(ent.Hash(refresh)).
		SetIssuedAt(tx.Wall).SetAccessExpiresAt(expires).SetRefreshExpiresAt(tx.Wall.Add(RefreshLifetime)).Save(tx)
	if err != nil {
		return nil, "", err
	}
	return &Session{AccessToken: access, RefreshToken: refresh, ExpiresAt: expires}, row.ID, nil
}

// RefreshSession exchanges a refresh token for the next pair. Sent again within
// 30 seconds, its successor unused, it gives a new successor; later it is
// reuse: the session ends. For everyone. Refusals: REFRESH_INVALID,
// REFRESH_REUSED.
func RefreshSession(ctx context.Context, s *ent.Store, in RefreshSessionInput) (*RefreshSessionPayload, error) {
	return act.Do(ctx, s, act.Command{Name: "refreshSession", Secret: true}, func(tx *ent.Tx) (*RefreshSessionPayload, error) {
		token, err := tx.SessionToken.Query().Where(sessiontoken.RefreshHash(ent.Hash(in.RefreshToken))).Only(tx)
		if db.IsNotFound(err) {
			return nil, RefreshInvalid.At("refreshToken")
		}
		if err != nil {
			return nil, err
		}
		row, err := tx.Session.Get(tx, token.SessionID)
		if err != nil {
			return nil, err
		}
		tx = proved(tx, row.PersonID)
		tx.On("", row.ID)
		switch {
		case row.RevokedAt != nil:
			return nil, RefreshInvalid.At("refreshToken")
		case void(token): // a twin got another pair instead: one of the two isn't the person
			return nil, reused(tx, token.SessionID)
		case !tx.Wall.Before(token.RefreshExpiresAt), !tx.Wall.Before(row.CreatedAt.Add(clause.Standard(clause.SessionLifetime).Duration())):
			return nil, RefreshInvalid.At("refreshToken")
		case token.RotatedAt != nil:
			if err := again(tx, token); err != nil {
				return nil, err
			}
		}
		return rotate(tx, token)
	})
}

// rotate marks the token as exchanged by a conditional update, so that twins
// don't both rotate the same state.
func rotate(tx *ent.Tx, token *db.SessionToken) (*RefreshSessionPayload, error) {
	next, id, err := issue(tx, token.SessionID)
	if err != nil {
		return nil, err
	}
	update := tx.SessionToken.Update().Where(sessiontoken.ID(token.ID)).SetSuccessorID(id)
	if token.RotatedAt == nil {
		update.Where(sessiontoken.RotatedAtIsNil()).SetRotatedAt(tx.Wall)
		if token.FirstUsedAt == nil {
			update.SetFirstUsedAt(tx.Wall)
		}
	} else {
		update.Where(sessiontoken.SuccessorID(*token.SuccessorID))
	}
	n, err := update.Save(tx)
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, ent.ErrStale
	}
	return &RefreshSessionPayload{Session: next}, nil
}

// again judges a refresh token that was exchanged before: within the window
// and with its successor unused, the successor is void and another is given;
// otherwise the session is ended.
func again(tx *ent.Tx, token *db.SessionToken) error {
	window := clause.Standard(clause.RefreshReuseWindow).Duration()
	if tx.Wall.Sub(*token.RotatedAt) < window && token.SuccessorID != nil {
		n, err := tx.SessionToken.Update().
			Where(sessiontoken.ID(*token.SuccessorID), sessiontoken.FirstUsedAtIsNil(), sessiontoken.RotatedAtIsNil()).
			SetAccessExpiresAt(tx.Wall).SetRefreshExpiresAt(tx.Wall).SetFirstUsedAt(tx.Wall).Save(tx)
		if err != nil || n > 0 {
			return err
		}
		// A twin may have replaced that successor meanwhile: that is no use of it.
		same, err := tx.SessionToken.Query().Where(sessiontoken.ID(token.ID), sessiontoken.SuccessorID(*token.SuccessorID)).Exist(tx)
		if err != nil {
			return err
		}
		if !same {
			return ent.ErrStale
		}
	}
	return reused(tx, token.SessionID)
}

// void tells a pair that was replaced before its use: it ended before its time.
func void(token *db.SessionToken) bool {
	return token.RefreshExpiresAt.Before(token.IssuedAt.Add(RefreshLifetime))
}

// reused ends a session whose refresh token is in two hands.
func reused(tx *ent.Tx, sessionID string) error {
	if err := revoke(tx, "REFRESH_REUSE", session.ID(sessionID)); err != nil {
		return err
	}
	return act.Keep(RefreshReused.At("refreshToken"))
}

// SignOut ends the session that the request came with, or all of the person's.
// For persons who are signed in.
func SignOut(ctx context.Context, s *ent.Store, in SignOutInput) (*SignOutPayload, error) {
	return act.Do(ctx, s, act.Command{Name: "signOut", SignedIn: true, Input: in}, func(tx *ent.Tx) (*SignOutPayload, error) {
		p := tx.Principal()
		tx.On("", p.SessionID)
		if in.Everywhere != nil && *in.Everywhere {
			return &SignOutPayload{}, RevokeAll(tx, p.ID, "SIGNED_OUT")
		}
		return &SignOutPayload{}, revoke(tx, "SIGNED_OUT", session.ID(p.SessionID))
	})
}

// RevokeAll ends every session of a person.
func RevokeAll(tx *ent.Tx, personID, reason string) error {
	return revoke(tx, reason, session.PersonID(personID))
}

func revoke(tx *ent.Tx, reason string, which predicate.Session) error {
	return tx.Session.Update().Where(which, session.RevokedAtIsNil()).
		SetRevokedAt(tx.Wall).SetRevokedReason(reason).Exec(tx)
}

// Authenticate finds the principal of an access token or of a service key;
// nil if it is unknown, expired or revoked. One indexed read; the first use of
// a token is noted by one more statement, and a token that is replaced at the
// same moment opens nothing.
func Authenticate(ctx context.Context, s *ent.Store, token, address, agent, correlation string) (*authz.Principal, error) {
	ctx = authz.With(ctx, authz.Nobody(address, agent))
	p, first, err := s.Principal(ctx, token)
	if p == nil || err != nil {
		return nil, err
	}
	if first != "" {
		noted, err := noteUse(ctx, s, first)
		if err != nil {
			return nil, err
		}
		if !noted { // used by a twin, or replaced
			if p, _, err = s.Principal(ctx, token); p == nil || err != nil {
				return nil, err
			}
		}
	}
	p.Address, p.Agent, p.Correlation = address, agent, correlation
	return p, nil
}

func noteUse(ctx context.Context, s *ent.Store, tokenID string) (noted bool, err error) {
	err = s.Write(ctx, func(tx *ent.Tx) error {
		n, err := tx.SessionToken.Update().Where(sessiontoken.ID(tokenID), sessiontoken.FirstUsedAtIsNil()).
			SetFirstUsedAt(tx.Wall).Save(tx)
		noted = n > 0
		return err
	})
	return noted, err
}
