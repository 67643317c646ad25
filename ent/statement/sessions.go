package statement

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"portico/authz"
	"portico/ent"
)

// principalsQuery is like [principalQuery], but by sessions: those that haven't
// ended and whose last refresh token hasn't expired. The persons have proved
// their identity before.
const principalsQuery = "SELECT s.id, s.person_id, " + heldColumns + "FROM sessions s " + heldJoins +
	"WHERE s.revoked_at IS NULL AND s.created_at > ? AND EXISTS (SELECT 1 FROM session_tokens t WHERE t.session_id = s.id AND t.refresh_expires_at > ?) AND s.id"

const keysQuery = "SELECT id, role FROM service_keys WHERE revoked_at IS NULL AND id"

// Principals reads what known principals hold now, by their sessions, service keys and
// API keys, with one statement for each of the three. It leaves out what has ended.
func Principals(ctx context.Context, s *ent.Store, sessions, keys []string) (map[string]*authz.Principal, error) {
	found, over := map[string]*authz.Principal{}, map[string]bool{}
	apiKeys := slices.DeleteFunc(slices.Clone(keys), func(id string) bool { return ent.TypeOf(id) != "ApiKey" })
	keys = slices.DeleteFunc(slices.Clone(keys), func(id string) bool { return ent.TypeOf(id) == "ApiKey" })
	if err := apiKeyPrincipals(ctx, s, apiKeys, found); err != nil {
		return nil, err
	}
	if len(sessions) > 0 {
		rows, err := s.Read().QueryContext(ctx, principalsQuery+listOf(len(sessions)), append([]any{true, begun(s.Wall()), s.Wall()}, values(sessions)...)...)
		if err != nil {
			return nil, err
		}
		defer rows.Close()
		for rows.Next() {
			var r principalRow
			if err := rows.Scan(r.columns(&r.sessionID, &r.personID)...); err != nil {
				return nil, err
			}
			if over[r.sessionID] = over[r.sessionID] || r.over(s.Wall()); over[r.sessionID] {
				delete(found, r.sessionID)
				continue
			}
			p := found[r.sessionID]
			if p == nil {
				if p, err = r.person(s.Sandbox()); err != nil {
					return nil, err
				}
				found[r.sessionID] = p
			}
			if err := r.grant(p); err != nil {
				return nil, err
			}
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
	}
	if len(keys) == 0 {
		return found, nil
	}
	rows, err := s.Read().QueryContext(ctx, keysQuery+listOf(len(keys)), values(keys)...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, role string
		if err := rows.Scan(&id, &role); err != nil {
			return nil, err
		}
		found[id] = authz.AsKey(id, role)
	}
	return found, rows.Err()
}

// ReloadPrincipals reads what known principals hold now, and returns them in
// the order of the list. An entry is nil if the session has ended or the key is
// revoked, and for a visitor or a system. Address, agent, correlation and
// language stay as they were.
func ReloadPrincipals(ctx context.Context, s *ent.Store, list []*authz.Principal) ([]*authz.Principal, error) {
	sessions, keys := map[string]bool{}, map[string]bool{}
	for _, p := range list {
		switch p.Kind {
		case authz.Person:
			sessions[p.SessionID] = true
		case authz.Key, authz.APIKey:
			keys[p.ID] = true
		}
	}
	found, err := Principals(ctx, s, slices.Collect(maps.Keys(sessions)), slices.Collect(maps.Keys(keys)))
	if err != nil {
		return nil, err
	}
	fresh := make([]*authz.Principal, len(list))
	for i, p := range list {
		by := p.ID
		if p.Kind == authz.Person {
			by = p.SessionID
		}
		if now := found[by]; now != nil {
			one := *now
			one.Address, one.Agent, one.Correlation, one.Language = p.Address, p.Agent, p.Correlation, p.Language
			fresh[i] = &one
		}
	}
	return fresh, nil
}

func values(list []string) []any {
	all := make([]any, len(list))
	for i, v := range list {
		all[i] = v
	}
	return all
}

// lastActiveQuery reads the session of each person that began or was refreshed last. It
// has no tenant predicate: sessions belong to persons, and whoever asks was shown the
// persons before.
const lastActiveQuery = "SELECT p.id, s.created_at, s.last_used_at FROM persons p JOIN sessions s ON s.id = " +
	"(SELECT t.id FROM sessions t WHERE t.person_id = p.id ORDER BY COALESCE(t.last_used_at, t.created_at) DESC LIMIT 1) WHERE p.id"

// LastActive returns when a session of each person last began or was refreshed, by
// person; persons without a session are left out. One statement.
func LastActive(ctx context.Context, s *ent.Store, persons []string) (map[string]time.Time, error) {
	if authz.From(ctx) == nil {
		return nil, errNoPrincipal
	}
	last := map[string]time.Time{}
	if len(persons) == 0 {
		return last, nil
	}
	_, err := each(ctx, s.Read(), lastActiveQuery+listOf(len(persons)), values(persons), func(rows *sql.Rows, _ bool) error {
		var id string
		var began, used sql.NullTime
		if err := rows.Scan(&id, &began, &used); err != nil {
			return err
		}
		if last[id] = began.Time; used.Valid {
			last[id] = used.Time
		}
		return nil
	})
	return last, err
}
