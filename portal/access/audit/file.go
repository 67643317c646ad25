package audit

import (
	"context"
	"encoding/json"
	"time"

	"portico/ent/db"
	"portico/ent/db/auditevent"
	"portico/text"
)

// exportVersion names the form of a file in JSON Lines: documented in the README, so
// that somebody else can read and check it.
const exportVersion = "portico.audit.export.1"

// The records of a file.
const (
	recordExport = "export"
	recordSeal   = "seal"
	recordEvent  = "event"
	recordEnd    = "end"
)

// fileHeader is the first line of a file.
type fileHeader struct {
	Record    string     `json:"record"`
	Version   string     `json:"version"`
	ID        string     `json:"id"`
	AccountID string     `json:"accountId"`
	From      *time.Time `json:"from"`
	To        *time.Time `json:"to"`
	CreatedAt time.Time  `json:"createdAt"`
	// Complete is true if the file has all that is in the account's chain between From
	// and To, and so can be checked.
	Complete bool `json:"complete"`
	// Head is the chain value before the first sealed event.
	Head string `json:"head,omitempty"`
}

// fileSeal is a seal.
type fileSeal struct {
	Record   string    `json:"record"`
	ID       string    `json:"id"`
	Number   int64     `json:"number"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Until    time.Time `json:"until"`
	Events   int64     `json:"events"`
	Last     int64     `json:"last"`
	Head     string    `json:"head"`
	Previous string    `json:"previous"`
	SealedAt time.Time `json:"sealedAt"`
	Digest   string    `json:"digest"`
}

// fileEvent is an audit event.
type fileEvent struct {
	Record    string               `json:"record"`
	ID        string               `json:"id"`
	At        time.Time            `json:"at"`
	ActorKind auditevent.ActorKind `json:"actorKind"`
	ActorID   string               `json:"actorId,omitempty"`
	ActorName string               `json:"actorName,omitempty"`
	ActingAs  string               `json:"actingAs"`
	Action    string               `json:"action"`
	ObjectID  string               `json:"objectId,omitempty"`
	Result    auditevent.Result    `json:"result"`
	Code      string               `json:"code,omitempty"`
	Clause    string               `json:"clause,omitempty"`
	IPAddress string               `json:"ipAddress,omitempty"`
	Count     int64                `json:"count"`
	Details   json.RawMessage      `json:"details"`
	Changes   json.RawMessage      `json:"changes,omitempty"`
	Chain     *filePlace           `json:"chain,omitempty"`
}

// filePlace is the place of a sealed event in the chain of its account. A salt is given
// for what the reader may see; of the rest there is the hash alone.
type filePlace struct {
	Position int64     `json:"position"`
	Value    string    `json:"value"`
	Hashes   fileParts `json:"hashes"`
	Salts    fileParts `json:"salts"`
}

type fileParts struct {
	Actor   string `json:"actor,omitempty"`
	Address string `json:"address,omitempty"`
	Request string `json:"request,omitempty"`
}

// fileEnd is the last line of a file: without it the file isn't complete.
type fileEnd struct {
	Record string `json:"record"`
	Seals  int    `json:"seals"`
	Events int    `json:"events"`
}

func sealLine(s *db.AuditSeal) fileSeal {
	return fileSeal{Record: recordSeal, ID: s.ID, Number: s.Number, From: s.FromAt.UTC(), To: s.ToAt.UTC(), Until: s.UntilAt.UTC(), Events: s.Events,
		Last: s.Last, Head: s.Head, Previous: s.Previous, SealedAt: s.SealedAt.UTC(), Digest: s.Digest}
}

// row returns the seal of an account as it was stored.
func (l *fileSeal) row(accountID string) *db.AuditSeal {
	return &db.AuditSeal{ID: l.ID, AccountID: accountID, Number: l.Number, FromAt: l.From, ToAt: l.To, UntilAt: l.Until, Events: l.Events,
		Last: l.Last, Head: l.Head, Previous: l.Previous, SealedAt: l.SealedAt, Digest: l.Digest}
}

// line writes an event in JSON Lines.
func (x *exporter) line(ctx context.Context, e *db.AuditEvent, link *db.AuditLink) error {
	actor, name := x.actor(ctx, e)
	address := text.Value((&Event{e}).Address(ctx))
	l := fileEvent{Record: recordEvent, ID: e.ID, At: e.At.UTC(), ActorKind: e.ActorKind, ActorID: actor, ActorName: name, ActingAs: e.ActingAs,
		Action: e.Action, ObjectID: e.ObjectID, Result: e.Result, Code: e.Code, Clause: e.Clause, IPAddress: address, Count: e.Count,
		Details: json.RawMessage(e.Details)}
	if e.Changes != nil {
		l.Changes = json.RawMessage(*e.Changes)
	}
	if link != nil {
		p := partsOf(x.store, e)
		l.Chain = &filePlace{Position: link.Position, Value: link.Value, Hashes: fileParts{Actor: p.actor, Address: p.address, Request: p.request}}
		if actor != "" {
			l.Chain.Salts.Actor = saltOf(x.store, e.ID, partActor)
		}
		if address != "" {
			l.Chain.Salts.Address = saltOf(x.store, e.ID, partAddress)
		}
	}
	return x.out.Line(l)
}

// row returns the event of an account as it was stored, as far as the file has it, and
// the hashes of the parts that not every reader may see.
func (l *fileEvent) row(accountID string) (*db.AuditEvent, parts) {
	e := &db.AuditEvent{ID: l.ID, AccountID: accountID, At: l.At, ActorKind: l.ActorKind, ActorID: l.ActorID, ActingAs: l.ActingAs, Action: l.Action,
		ObjectID: l.ObjectID, Result: l.Result, Code: l.Code, Clause: l.Clause, IPAddress: l.IPAddress, Details: string(l.Details)}
	if l.Changes != nil {
		changes := string(l.Changes)
		e.Changes = &changes
	}
	return e, parts{actor: l.Chain.Hashes.Actor, address: l.Chain.Hashes.Address, request: l.Chain.Hashes.Request}
}

// shown reports whether what the file shows of an event is what was hashed.
func (l *fileEvent) shown() bool {
	h, salts := l.Chain.Hashes, l.Chain.Salts
	return (l.ActorID == "" || hashOf(salts.Actor, l.ActorID) == h.Actor) && (l.IPAddress == "" || hashOf(salts.Address, l.IPAddress) == h.Address)
}
