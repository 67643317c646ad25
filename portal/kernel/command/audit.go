package command

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"time"

	"portico/authz"
	"portico/clause"
	"portico/ent"
	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/ent/statement"
)

// record writes the audit event of a command in its transaction: who, as whom,
// what, on what, from where, with which result and clause (1.2). Of several
// refusals it names the first, and the codes of all in its details. Refusals of
// strangers are one event per network, code and hour, with a count. Undone
// means that the command's writes were undone, so the objects that it named
// don't exist.
func record(tx *Tx, o authz.Object, refused clause.Refusals, undone bool) error {
	c, account, object := tx.Command(), tx.state.account, tx.state.object
	if undone {
		account = o.AccountID
		object = c.Object
		if account == "" && ent.TypeOf(object) == "Account" && tx.Principal().Reaches(object) {
			account = object
		}
	}
	result, code, ref := auditevent.ResultDONE, "", clause.Ref("")
	if len(refused) > 0 {
		result, code, ref = auditevent.ResultREFUSED, refused[0].Code, refused[0].Clause
	}
	if len(refused) > 1 {
		codes := make([]string, len(refused))
		for i, r := range refused {
			codes[i] = r.Code
		}
		tx.AuditDetail("codes", codes)
	}
	actor := tx.Principal()
	if tx.state.actor != nil && !undone {
		actor = tx.state.actor
	}
	changes, err := changesOf(tx.Changes(), account)
	if err != nil {
		return err
	}
	return write(tx.Tx, actor, c, account, object, result, code, ref, tx.state.details, changes)
}

// changesOf returns the JSON of what a transaction changed, for the event of an
// account; nil if it changed nothing. Changes of the rows of another account aren't
// part of it. An event of no account has all changes.
func changesOf(all []ent.Change, account string) (*string, error) {
	var own []ent.Change
	for _, c := range all {
		if account == "" || c.AccountID == "" || c.AccountID == account {
			own = append(own, c)
		}
	}
	if len(own) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(own)
	s := string(b)
	return &s, err
}

func write(tx *ent.Tx, p *authz.Principal, c Command, account, object string, result auditevent.Result, code string, ref clause.Ref, details map[string]any, changes *string) error {
	text, err := stated(p, details)
	if err != nil {
		return err
	}
	e := event(tx, p, c.Name, account, object)
	e.ID, e.Result, e.Code, e.Clause, e.Details, e.Changes = c.event, result, code, string(ref), text, changes
	if result == auditevent.ResultDONE || tx.Principal().Kind != authz.Visitor && !c.Stranger {
		return ent.Insert(tx, e)
	}
	// Refusals of strangers are one event an hour, with a count (5.4).
	network := tx.Principal().Network()
	once := strings.Join([]string{c.Name, string(p.Kind), p.ID, account, code, network, tx.Wall.Truncate(time.Hour).Format(time.RFC3339)}, "|")
	key := tx.Store().Index("audit.once", once)
	e.OnceKey, e.LastAt = &key, &tx.Wall
	return statement.CountEvent(tx, e)
}

func event(tx *ent.Tx, p *authz.Principal, action, account, object string) *db.AuditEvent {
	return &db.AuditEvent{AccountID: account, At: tx.Now, ActorKind: actorKind(p), ActorID: p.ID, ActingAs: actingAs(p, account),
		Action: action, ObjectID: short(object), IPAddress: p.Address, Agent: p.Agent, CorrelationID: p.Correlation, Details: "{}", Count: 1}
}

// short fits an id that a caller sent into its column.
func short(id string) string {
	if len(id) > 40 {
		id = id[:40]
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, id)
}

// actorKind returns the kind of an actor as events keep it. An API key is a KEY; its id
// names its type.
func actorKind(p *authz.Principal) auditevent.ActorKind {
	if p.Kind == authz.APIKey {
		return auditevent.ActorKindKEY
	}
	return auditevent.ActorKind(p.Kind)
}

// stated returns what an event states about itself as JSON. That of an API key also names
// the employee that the key belongs to (1.2).
func stated(p *authz.Principal, details map[string]any) (string, error) {
	if p.Kind == authz.APIKey {
		details = maps.Clone(details)
		if details == nil {
			details = map[string]any{}
		}
		details["keyOwnerId"] = p.OwnerID
	}
	if len(details) == 0 {
		return "{}", nil
	}
	b, err := json.Marshal(details)
	return string(b), err
}

func actingAs(p *authz.Principal, account string) string {
	roles := p.OperatorRoles
	for _, g := range p.Grants {
		if g.AccountID == account {
			roles = append(roles[:len(roles):len(roles)], g.RoleCode)
		}
	}
	named := strings.Join(roles, ",")
	if len(named) > longestRoles { // the operator's roles come first
		named = named[:strings.LastIndexByte(named[:longestRoles-1], ',')] + ",+"
	}
	return named
}

// longestRoles is how many bytes of role names an event holds.
const longestRoles = 190

// TurnedAway refuses a command before it starts, to a principal who is signed
// in and holds its permission on nothing: FORBIDDEN, audited like a refusal of
// the command itself (1.2).
func TurnedAway(ctx context.Context, s *ent.Store, action string, perm authz.Permission) error {
	refusal := authz.Forbid(authz.From(ctx), perm)
	err := s.Write(ctx, func(tx *ent.Tx) error {
		return write(tx, tx.Principal(), Command{Name: action}, "", "", auditevent.ResultREFUSED, refusal.Code, refusal.Clause, nil, nil)
	})
	if err != nil {
		return err
	}
	return refusal
}

// failed records, in its own transaction, that a command failed. If that fails
// too, it is only logged.
func failed(ctx context.Context, s *ent.Store, c Command, v *visiting, cause error) {
	if errors.Is(cause, ErrSettled) { // it ran before
		return
	}
	p := authz.From(ctx)
	c.event = "" // the failure is an event of its own
	slog.ErrorContext(ctx, "command failed", "action", c.Name, "correlation_id", p.Correlation, "error", cause)
	own, done := context.WithTimeout(context.WithoutCancel(ctx), ownBound)
	defer done()
	err := s.Write(own, func(tx *ent.Tx) error {
		o, err := Locate(tx, tx.Client(), c.Object)
		if err != nil { // it names no object, or none that the sender can reach
			o = authz.Object{}
		}
		if err := write(tx, p, c, o.AccountID, c.Object, auditevent.ResultFAILED, clause.Broken.Code, "", nil, nil); err != nil {
			return err
		}
		return v.count(tx)
	})
	if err != nil {
		slog.ErrorContext(ctx, "failure not audited", "action", c.Name, "correlation_id", p.Correlation, "error", err)
	}
}
